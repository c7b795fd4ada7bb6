// The language of Playhouse: phrases for each family of tasks, some of them held out. Every word of a held-out phrase
// occurs in a training phrase of its family or another, so that a learner has met all words but not their combination.
#pragma once

#include "core/random.h"
#include "envs/playhouse/scene.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::playhouse {

enum class PhraseSet : std::uint8_t { kTraining, kHeldOut };

/// One instruction that asks for `kind`: template and noun drawn with numbers from `random`.
[[nodiscard]] std::string phrase(Family family, Kind kind, PhraseSet set, Random& random);

/// Every instruction of a set: families x templates x nouns x colours. Training: without the held-out pairs.
[[nodiscard]] std::vector<std::string> all_phrases(PhraseSet set);

struct Meaning {
  Family family;
  Kind kind;
  PhraseSet set;
};

/// What an instruction of the grammar means; nothing for words that the grammar cannot say.
[[nodiscard]] std::optional<Meaning> understand(std::string_view instruction);

}  // namespace atl::envs::playhouse
