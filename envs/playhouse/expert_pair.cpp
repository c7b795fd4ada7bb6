#include "envs/playhouse/expert_pair.h"

namespace atl::envs::playhouse {
namespace {

// From surface to surface: so near is who wants to pass, to push a thing past, or to build where one stands.
constexpr std::int32_t kMakeWayFrom = from_cm(140);

}  // namespace

void Partner::help() {
  switch (clause_.verb) {
    case Verb::kBothStand: return stand_on(plate_of(1));
    case Verb::kHoldOpen: return go_through_gate();
    default: return lay_out_own();
  }
}

void Partner::give() {
  if (!self_.holding.is_some() || !holds(targets_.objects, self_.holding)) return take(nearest_object());
  const Entity other = player_entity(1 - memory_.player);
  result_.subgoal = {Doing::kGive, self_.holding, other, kNothing};
  const Bearing bearing = bearing_to(other);
  const bool is_aimed = std::abs(bearing.right) < kTakeAngle / 2 && std::abs(bearing.up) < kTakeHeightAngle / 2;
  if (is_aimed && is_within_reach(self_.position, other, 0) && in_sight(other)) {
    // Into full hands nothing is given, but put down: the other one frees them.
    if (!state_.players[other.player()].holding.is_some()) tap_key(kTake, result_.subgoal);
    return;
  }
  reach_for(other);
}

void Partner::stand_on(Entity plate) {
  result_.subgoal = aim(Doing::kGoTo, plate);
  if (!plate.is_some()) return;
  const Rect inner = shrunk(house_.fixtures[plate.fixture()].floor, from_cm(12));
  walk_to({hash_words({5, plate.id}), inner, [inner](Vec2 p) { return inner.contains(p); }});
}

Entity Partner::plate_of(std::size_t player) const {
  std::vector<Entity> plates;
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    if (house_.fixtures[i].kind == FixtureKind::kPlate) plates.push_back(fixture_entity(i));
  }
  if (plates.size() < 2) return {};
  // By where both stood at the start, so that neither changes their mind.
  const auto way = [&](std::size_t p, std::size_t plate) {
    const Vec2 middle = house_.fixtures[plates[plate].fixture()].floor.middle();
    return std::int64_t{length(middle - world_.start().players[p].position)};
  };
  const bool swapped = way(0, 1) + way(1, 0) < way(0, 0) + way(1, 1);
  return plates[swapped ? 1 - player : player];
}

void Partner::hold_button() {
  const Entity button = button_in_reach();
  result_.subgoal = aim(Doing::kPress, button);
  if (!button.is_some()) return;
  if (usable(house_, state_, memory_.player) == button) return hold_key(kUse, result_.subgoal);
  reach_for(button);
}

Entity Partner::button_in_reach() {
  Entity best;
  std::uint16_t least = RouteMap::kUnreachable;
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    if (house_.fixtures[i].kind != FixtureKind::kButton || house_.fixtures[i].opens == kNoFixture) continue;
    const Way& way = way_to(hand_of(fixture_entity(i)));
    const RouteMap::Next next = way.routes.next(floor_of(way), self_.position, 0);
    if (!next.is_reachable || next.distance >= least) continue;
    best = fixture_entity(i);
    least = next.distance;
  }
  return best;
}

void Partner::go_through_gate() {
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    if (!house_.is_gate(i) || is_open(state_, i)) continue;
    const Entity gate = fixture_entity(i);
    result_.subgoal = aim(Doing::kGoTo, gate);
    walk_to({key_of(7, gate), around(gate, kMetre), [this, gate](Vec2 p) {
               const std::int32_t gap = gap_to(p, gate);
               return gap >= from_cm(40) && gap <= kMetre;
             }});
    return;
  }
  enter(targets_.room);
}

void Partner::lay_out_own() {
  if (self_.holding.is_some()) return put_away();
  for (const std::uint8_t thing : self_.bag) {
    if (thing != kNothing && holds(targets_.objects, {thing})) return take_out({thing});
  }
  const bool is_given = clause_.verb == Verb::kGive && holds(targets_.objects, other().holding);
  const std::int32_t gap = length(other().position - self_.position) - 2 * kBodyRadius;
  if (gap < kMakeWayFrom && !is_given) make_way();
}

}  // namespace atl::envs::playhouse
