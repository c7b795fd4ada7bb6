#include "envs/playhouse/pronoun.h"

#include "envs/playhouse/verb_rules.h"

namespace atl::envs::playhouse {
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

// "put the thing on it" is also said for stacking; where that makes sense with the first candidate, it is meant.
bool would_stack(const Clause& clause, ItPart part, const Clause& said_before) {
  if (part != ItPart::kPlace || clause.verb != Verb::kPut || clause.relation != Relation::kOn) return false;
  return problem_of(Clause{.verb = Verb::kStack, .object = clause.object, .place = object_of(said_before)}).empty();
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
  if (rule.place == NounRule::kNone || would_stack(clause, part, said_before)) return std::nullopt;
  if (try_with(said_before.place)) return clause;
  return std::nullopt;
}

}  // namespace atl::envs::playhouse
