#include "envs/house/pronoun.h"

#include "envs/house/verb_rules.h"

namespace atl::envs::house {
namespace {

bool is_it(const NounPhrase& np) { return np.count == 1 && !std::holds_alternative<OtherPlayer>(np.noun); }

// "find the ball in the kitchen": from then on it is the ball in the kitchen.
NounPhrase object_of(const Clause& clause) {
  NounPhrase object = clause.object;
  if (clause.verb == Verb::kFind && object.location.kind == Location::Kind::kNone) {
    object.location = {.kind = Location::Kind::kInRoom, .room = clause.room};
  }
  return object;
}

}  // namespace

std::optional<Clause> resolve_it(Clause clause, ItPart part, const Clause& said_before) {
  const VerbRule& rule = rule_of(said_before.verb);
  const bool is_held = said_before.verb == Verb::kDrop && said_before.object == NounPhrase{};
  const auto try_with = [&](const NounPhrase& np) {
    (part == ItPart::kObject ? clause.object : clause.place) = np;
    return is_it(np) && problem_of(clause).empty();
  };
  if (rule.object != NounRule::kNone && !is_held && try_with(object_of(said_before))) return clause;
  if (rule.place != NounRule::kNone && try_with(said_before.place)) return clause;
  return std::nullopt;
}

}  // namespace atl::envs::house
