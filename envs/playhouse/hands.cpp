#include "envs/playhouse/hands.h"

#include "envs/playhouse/bodies.h"
#include "envs/playhouse/walking.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kSpotStep = from_cm(6);  // how finely a free place is looked for around the one pointed at
constexpr int kSpotRings = 7;
constexpr int kSpotsPerRing = 16;

bool is_usable(FixtureKind kind) { return is_hinged(kind) || is_switchable(kind) || kind == FixtureKind::kButton; }

std::int32_t from_eye(const House& house, const State& state, std::size_t player, Entity entity) {
  const Vec3 eye = eye_of(state.players[player]);
  const Extent extent = extent_of(house, state, entity);
  const auto part = [](std::int32_t from, std::int32_t middle, std::int32_t half) {
    return square(std::max(std::abs(std::int64_t{middle} - from) - half, std::int64_t{0}));
  };
  return static_cast<std::int32_t>(square_root(part(eye.x, extent.middle.x, extent.half.x) +
                                               part(eye.y, extent.middle.y, extent.half.y) +
                                               part(eye.z, extent.middle.z, extent.half.z)));
}

// Of the entities begin .. end - 1 that `accepts` takes: the one under the crosshair, else the nearest to it.
template <class Accepts>
Entity pointed_at(const House& house, const State& state, std::size_t player, std::array<std::size_t, 2> range,
                  Accepts accepts) {
  const Hit hit = look_ahead(house, state, player, kReach);
  if (hit.entity.is_some() && hit.entity.id >= range[0] && hit.entity.id < range[1] && accepts(hit.entity))
    return hit.entity;
  Entity best;
  std::int32_t least = 0;
  for (std::size_t id = range[0]; id < range[1]; ++id) {
    const Entity entity{static_cast<std::uint8_t>(id)};
    if (!accepts(entity)) continue;
    const Bearing bearing = bearing_of(house, state, player, entity);
    const std::int32_t right = std::abs(bearing.right);
    const std::int32_t up = std::abs(bearing.up);
    // Height counts half: a hand reaches down more easily than it reaches aside.
    const std::int32_t off = right + up / 2;
    if (right > kTakeAngle || up > kTakeHeightAngle || (best.is_some() && off >= least)) continue;
    if (from_eye(house, state, player, entity) > kReach || !is_in_sight(house, state, player, entity)) continue;
    best = entity;
    least = off;
  }
  return best;
}

Entity other_player_at(const House& house, const State& state, std::size_t player) {
  const auto first = static_cast<std::size_t>(player_entity(0).id);
  const auto count = static_cast<std::size_t>(house.level->players);
  return pointed_at(house, state, player, {first, first + count},
                    [&](Entity entity) { return entity != player_entity(player); });
}

// Where a thing may be put that is pointed at a level place: free of others, all of it within `limits`.
struct Spot {
  Rect limits;
  std::int32_t z = 0;
  Entity support;
};

PutPlace place_at(const House& house, const State& state, std::size_t thing, Vec2 wanted, const Spot& spot) {
  const Body body = body_of(house.things[thing].kind);
  const auto clamped = [&](Vec2 p) {
    return Vec2{std::clamp(p.x, spot.limits.low.x, spot.limits.high.x),
                std::clamp(p.y, spot.limits.low.y, spot.limits.high.y)};
  };
  for (int ring = 0; ring < kSpotRings; ++ring) {
    for (int i = 0; i < (ring == 0 ? 1 : kSpotsPerRing); ++i) {
      const Vec2 at = clamped(wanted + from_view({0, ring * kSpotStep}, i * (kTurn / kSpotsPerRing)));
      const Vec3 position{at.x, at.y, spot.z};
      if (!is_free(house, state, position, body, {set_of(thing), kNothing})) continue;
      // What it would really stand on: the place pointed at, not the edge of something lower.
      const Support below = support_below(house, state, position, body, set_of(thing));
      if (below.z == spot.z && below.entity == spot.support) return {true, position, spot.support};
    }
  }
  return {};
}

PutPlace place_block(const House& house, const State& state, std::size_t thing, Vec3 point) {
  const Body body = body_of(house.things[thing].kind);
  // Straight down from half a block above the point: onto the floor, a top, or the blocks that are there.
  const Vec3 above = snapped_to_blocks({point.x, point.y, point.z + kBlockSide / 2});
  const Support below = support_below(house, state, above, body, set_of(thing));
  const Vec3 position{above.x, above.y, below.z};
  if (below.entity.is_thing() && !has_flat_top(house.things[below.entity.thing()].kind.shape)) return {};
  if (!is_free(house, state, position, body, {set_of(thing), kNothing})) return {};
  return {true, position, below.entity};
}

PutPlace place_on_fixture(const House& house, const State& state, std::size_t thing, std::size_t index, Vec2 point) {
  const Fixture& fixture = house.fixtures[index];
  const std::int32_t radius = body_of(house.things[thing].kind).radius;
  if (is_open_container(house, state, index))
    return place_at(house, state, thing, point,
                    {shrunk(fixture.floor, radius + kContainerWall + 1), kContainerBottom, fixture_entity(index)});
  if (!has_top(fixture.kind)) return {};
  return place_at(house, state, thing, point, {shrunk(fixture.floor, radius), fixture.height, fixture_entity(index)});
}

PutPlace place_on_thing(const House& house, const State& state, std::size_t thing, std::size_t below) {
  if (!has_flat_top(house.things[below].kind.shape)) return {};
  const ThingState& support = state.things[below];
  if (support.place != Place::kResting) return {};
  const std::int32_t z = support.position.z + body_of(house.things[below].kind).height;
  const Vec2 middle = support.position.flat();
  return place_at(house, state, thing, middle, {{middle, middle}, z, thing_entity(below)});
}

void put_down(const House& house, State& state, std::size_t player, Events& events) {
  PlayerState& self = state.players[player];
  const std::size_t index = self.holding.thing();
  ThingState& thing = state.things[index];
  const auto by = static_cast<std::uint8_t>(player);
  const PutPlace place = put_place(house, state, player);
  if (!place.is_possible &&
      !is_free(house, state, thing.position, body_of(house.things[index].kind), {set_of(index), by})) {
    events.add({EventKind::kRefused, by, self.holding, {}});
    return;
  }
  thing.owner = kNothing;
  state.restless |= set_of(index);
  if (place.is_possible) {
    thing.position = place.position;
    thing.support = place.support;
    thing.place = Place::kResting;
    if (house.things[index].kind.shape == Shape::kBlock) thing.heading = 0;
    events.add({EventKind::kPutDown, by, self.holding, place.support});
  } else {
    thing.support = {};
    thing.fall_speed = 0;
    thing.place = Place::kFalling;
    events.add({EventKind::kDropped, by, self.holding, {}});
  }
  self.holding = {};
}

void take_or_put(const House& house, State& state, std::size_t player, Events& events) {
  PlayerState& self = state.players[player];
  const auto by = static_cast<std::uint8_t>(player);
  if (!self.holding.is_some()) {
    const Entity entity = takeable(house, state, player);
    if (entity.is_some()) take_into_hands(house, state, player, entity);
    events.add({entity.is_some() ? EventKind::kTook : EventKind::kRefused, by, entity, {}});
    return;
  }
  const Entity other = house.level->players > 1 ? other_player_at(house, state, player) : Entity{};
  if (other.is_some() && !state.players[other.player()].holding.is_some()) {
    const Entity given = self.holding;
    self.holding = {};
    take_into_hands(house, state, other.player(), given);
    events.add({EventKind::kGave, by, given, other});
    return;
  }
  put_down(house, state, player, events);
}

bool is_blocked(const House& house, const State& state, std::size_t index) {
  const Fixture& fixture = house.fixtures[index];
  const auto stands_in = [&](Vec2 p, std::int32_t radius) {
    return length_squared(away_from(fixture.floor, p)) < square(radius);
  };
  if (has_lid(fixture.kind)) return has_load(house, state, index);
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) {
    if (stands_in(state.players[i].position, kBodyRadius)) return true;
  }
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const ThingState& thing = state.things[i];
    const bool is_loose = thing.place == Place::kResting || thing.place == Place::kFalling;
    if (is_loose && stands_in(thing.position.flat(), body_of(house.things[i].kind).radius)) return true;
  }
  return false;
}

// Turns a lamp, TV or light switch on or off.
void switch_over(State& state, std::uint8_t by, std::size_t index, Events& events) {
  FixtureState& fixture = state.fixtures[index];
  fixture.is_on ^= 1;
  events.add({fixture.is_on ? EventKind::kTurnedOn : EventKind::kTurnedOff, by, fixture_entity(index), {}});
}

void use(const House& house, State& state, std::size_t player, Events& events) {
  const auto by = static_cast<std::uint8_t>(player);
  const Entity entity = usable(house, state, player);
  if (!entity.is_some()) {
    events.add({EventKind::kRefused, by, {}, {}});
    return;
  }
  FixtureState& fixture = state.fixtures[entity.fixture()];
  const FixtureKind kind = house.fixtures[entity.fixture()].kind;
  if (kind == FixtureKind::kButton) {
    fixture.is_on = 1;
    if (fixture.ticks_left != kLitForGood) fixture.ticks_left = kButtonTicks;
    events.add({EventKind::kPressed, by, entity, {}});
    const std::uint8_t lamp = house.fixtures[entity.fixture()].lights;
    if (lamp != kNoFixture) switch_over(state, by, lamp, events);
    return;
  }
  if (is_hinged(kind)) {
    if (has_lid(kind) && is_blocked(house, state, entity.fixture())) {
      events.add({EventKind::kRefused, by, entity, {}});
      return;
    }
    fixture.is_on ^= 1;  // the hinge follows; the event comes when it has moved
    return;
  }
  switch_over(state, by, entity.fixture(), events);
}

void move_hinge(const House& house, State& state, std::size_t index, Events& events) {
  FixtureState& fixture = state.fixtures[index];
  const std::int32_t before = fixture.angle;
  const std::int32_t wanted = fixture.is_on ? kOpenAngle : 0;
  if (before == wanted) return;
  // A door stops before whoever stands in it.
  if (!fixture.is_on && before - kDoorPerTick < kPassAngle && !has_lid(house.fixtures[index].kind) &&
      is_blocked(house, state, index))
    return;
  const std::int32_t after =
      fixture.is_on ? std::min(before + kDoorPerTick, wanted) : std::max(before - kDoorPerTick, wanted);
  fixture.angle = static_cast<std::int16_t>(after);
  if (before < kPassAngle && after >= kPassAngle) events.add({EventKind::kOpened, kNothing, fixture_entity(index), {}});
  if (after == 0) events.add({EventKind::kClosed, kNothing, fixture_entity(index), {}});
}

bool is_held_open(const House& house, const State& state, std::size_t gate) {
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    if (house.fixtures[i].kind == FixtureKind::kButton && house.fixtures[i].opens == gate && is_on(state, i))
      return true;
  }
  return false;
}

bool is_stood_on(const House& house, const State& state, std::size_t index) {
  const Rect& floor = house.fixtures[index].floor;
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) {
    if (state.players[i].z == 0 && floor.contains(state.players[i].position)) return true;
  }
  return std::any_of(state.things.begin(), state.things.begin() + static_cast<std::ptrdiff_t>(house.things.size()),
                     [&](const ThingState& thing) {
                       return thing.place == Place::kResting && thing.position.z == 0 &&
                              floor.contains(thing.position.flat());
                     });
}

}  // namespace

void take_into_hands(const House& house, State& state, std::size_t player, Entity entity) {
  ThingState& thing = state.things[entity.thing()];
  const bool was_resting = thing.place == Place::kResting;
  thing.place = Place::kHeld;
  thing.owner = static_cast<std::uint8_t>(player);
  thing.support = {};
  thing.fall_speed = 0;
  state.players[player].holding = entity;
  state.players[player].carry_distance = kCarryDistance;
  if (was_resting) take_away(house, state, entity);
  thing.position = carried_at(house, state, player);
}

Entity takeable(const House& house, const State& state, std::size_t player) {
  if (state.players[player].holding.is_some()) return {};
  return pointed_at(house, state, player, {0, house.things.size()}, [&](Entity entity) {
    const Place place = state.things[entity.thing()].place;
    return place == Place::kResting || place == Place::kFalling;
  });
}

Entity usable(const House& house, const State& state, std::size_t player) {
  const auto first = static_cast<std::size_t>(fixture_entity(0).id);
  return pointed_at(house, state, player, {first, first + house.fixtures.size()}, [&](Entity entity) {
    return is_usable(house.fixtures[entity.fixture()].kind) && !house.is_gate(entity.fixture());
  });
}

PutPlace put_place(const House& house, const State& state, std::size_t player) {
  const PlayerState& self = state.players[player];
  if (!self.holding.is_some()) return {};
  const std::size_t thing = self.holding.thing();
  const std::int32_t radius = body_of(house.things[thing].kind).radius;
  const Hit hit = look_ahead(house, state, player, kReach);
  if (hit.is_free) return {};
  if (hit.entity.is_fixture()) return place_on_fixture(house, state, thing, hit.entity.fixture(), hit.point.flat());
  const auto is_block = [&](std::size_t index) { return house.things[index].kind.shape == Shape::kBlock; };
  if (is_block(thing) && (!hit.entity.is_some() || (hit.entity.is_thing() && is_block(hit.entity.thing())))) {
    // Beside what is pointed at from the side: half a block back along the line of sight.
    const Direction ahead = direction_of(self.heading, self.pitch);
    const std::int32_t back = hit.is_surface ? 0 : kBlockSide / 2;
    const Vec3 point{hit.point.x - multiply(ahead.x, back), hit.point.y - multiply(ahead.y, back), hit.point.z};
    return place_block(house, state, thing, point);
  }
  if (hit.entity.is_thing()) return place_on_thing(house, state, thing, hit.entity.thing());
  if (hit.entity.is_player()) return {};
  // The floor, or its edge below a wall.
  const Rect& floor = house.cells[static_cast<std::size_t>(std::max(house.cell_at(hit.point.flat()), 0))].floor;
  return place_at(house, state, thing, hit.point.flat(), {shrunk(floor, radius), 0, {}});
}

void work(const House& house, State& state, std::size_t player, const TickInput& input, Events& events) {
  PlayerState& self = state.players[player];
  if (input.pressed & (kTake | kClick)) take_or_put(house, state, player, events);
  if (input.pressed & kUse) use(house, state, player, events);
  if ((input.pressed & kRotate) && self.holding.is_some()) {
    ThingState& thing = state.things[self.holding.thing()];
    thing.heading = wrap_turn(thing.heading + kTurn / 4);
  }
  // A button stays down while it is held.
  if ((input.held & kUse) && !(input.pressed & kUse)) {
    const Entity entity = usable(house, state, player);
    if (!entity.is_some() || house.fixtures[entity.fixture()].kind != FixtureKind::kButton) return;
    FixtureState& button = state.fixtures[entity.fixture()];
    if (button.is_on && button.ticks_left != kLitForGood) button.ticks_left = kButtonTicks;
  }
}

void advance_fixtures(const House& house, State& state, Events& events) {
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    FixtureState& fixture = state.fixtures[i];
    switch (house.fixtures[i].kind) {
      case FixtureKind::kDoor:
        if (house.level->players > 1 && house.is_gate(i)) fixture.is_on = is_held_open(house, state, i) ? 1 : 0;
        move_hinge(house, state, i, events);
        break;
      case FixtureKind::kBox: move_hinge(house, state, i, events); break;
      case FixtureKind::kButton:
        if (fixture.ticks_left == 0 || fixture.ticks_left == kLitForGood) break;
        if (--fixture.ticks_left == 0) fixture.is_on = 0;
        break;
      case FixtureKind::kPlate: fixture.is_on = is_stood_on(house, state, i) ? 1 : 0; break;
      default: break;
    }
  }
}

}  // namespace atl::envs::playhouse
