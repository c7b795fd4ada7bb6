// The part of judge.h about what is chosen by looking: of the clauses "look at", "go to" and "find".
#include "envs/playhouse/judge_clause.h"

#include <cstdlib>
#include <utility>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kLookAngle = from_degrees(6);
constexpr std::int32_t kLookHeightAngle = from_degrees(12);
constexpr std::int32_t kLookDistance = 5 * kMetre;
constexpr std::int32_t kGoToAngle = from_degrees(20);
constexpr std::int32_t kGoToDistance = kMetre;
constexpr std::int32_t kFindAngle = from_degrees(30);
constexpr std::int32_t kFindHeightAngle = from_degrees(24);
constexpr std::int32_t kFindDistance = 4 * kMetre;

bool is_looked_at(const Bearing& b) {
  return std::abs(b.right) <= kLookAngle && std::abs(b.up) <= kLookHeightAngle && b.distance < kLookDistance;
}
bool is_gone_to(const Bearing& b) { return std::abs(b.right) <= kGoToAngle && b.distance < kGoToDistance; }
bool is_found(const Bearing& b) {
  return std::abs(b.right) <= kFindAngle && std::abs(b.up) <= kFindHeightAngle && b.distance < kFindDistance;
}

// Where an entity has to be before somebody whom a clause of `verb` asks to look at, go to or find it.
bool is_before(Verb verb, const Bearing& bearing) {
  return verb == Verb::kLookAt ? is_looked_at(bearing) : verb == Verb::kGoTo ? is_gone_to(bearing) : is_found(bearing);
}

bool may_be_chosen(const TickView& view, const Targets& targets, Entity entity) {
  if (entity.is_thing()) {
    const Place place = view.after.things[entity.thing()].place;
    return place == Place::kResting || place == Place::kFalling;
  }
  // Everybody comes to doors on the way.
  return !entity.is_fixture() || holds(targets.objects, entity) ||
         view.house.fixtures[entity.fixture()].kind != FixtureKind::kDoor;
}

// The ids of all things, of all fixtures, or of the other player; the last is outside.
std::pair<std::uint8_t, std::uint8_t> class_of_object(const House& house, const Clause& clause) {
  const Noun& noun = clause.object.noun;
  if (std::holds_alternative<OtherPlayer>(noun)) return {player_entity(1).id, player_entity(2).id};
  if (std::holds_alternative<FixtureKind>(noun))
    return {fixture_entity(0).id, fixture_entity(house.fixtures.size()).id};
  return {thing_entity(0).id, thing_entity(house.things.size()).id};
}

}  // namespace

Entity chosen_in(const TickView& view, const Clause& clause, const Targets& targets) {
  Entity best;
  std::int32_t least = 0;
  const auto [first, end] = class_of_object(view.house, clause);
  for (std::uint8_t id = first; id != end; ++id) {
    const Entity entity{id};
    if (!may_be_chosen(view, targets, entity)) continue;
    const bool is_object = holds(targets.objects, entity);
    if (best.is_some() && !is_object && holds(targets.objects, best)) continue;
    const Bearing bearing = bearing_of(view.house, view.after, kJudged, entity);
    const std::int32_t off = std::abs(bearing.right) + std::abs(bearing.up);
    const bool improves = !best.is_some() || (is_object && !holds(targets.objects, best)) || off < least;
    if (!improves || !is_before(clause.verb, bearing) || !is_in_sight(view.house, view.after, kJudged, entity))
      continue;
    best = entity;
    least = off;
  }
  return best;
}

bool is_chosen(const House& house, const State& state, std::size_t player, Verb verb, Entity entity) {
  return is_before(verb, bearing_of(house, state, player, entity)) && is_in_sight(house, state, player, entity);
}

bool is_choosing(const House& house, const State& state, std::size_t player) {
  const auto chooses = [&](Entity entity) {
    return is_chosen(house, state, player, Verb::kLookAt, entity) ||
           is_chosen(house, state, player, Verb::kGoTo, entity);
  };
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    if (state.things[i].place == Place::kResting && chooses(thing_entity(i))) return true;
  }
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    if (house.fixtures[i].kind != FixtureKind::kDoor && chooses(fixture_entity(i))) return true;
  }
  return false;
}

}  // namespace atl::envs::playhouse
