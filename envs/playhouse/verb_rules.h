// Which parts each verb has and which nouns go there. What problem_of checks and what sample_phrases draws from.
#pragma once

#include "envs/playhouse/goal.h"

#include <array>

namespace atl::envs::playhouse {

enum class NounRule : std::uint8_t {
  kNone,      // the verb has no such part
  kAnything,  // things, fixtures, the other player
  kThing,     // what can be carried
  kStanding,  // things and fixtures
  kFlatTop,   // things that others can be stacked on
  kHinged,
  kSwitchable,
  kButton,
};

struct VerbRule {
  Family family = Family::kLook;
  NounRule object = NounRule::kNone;
  NounRule place = NounRule::kNone;
  bool has_room = false;
};
[[nodiscard]] const VerbRule& rule_of(Verb verb);

[[nodiscard]] bool fits(NounRule rule, const Noun& noun);

/// All nouns, as the phrase book lists them.
[[nodiscard]] const std::array<Noun, 24>& all_nouns();

}  // namespace atl::envs::playhouse
