#include "envs/playhouse/bodies.h"

#include "envs/playhouse/physics.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

bool overlap(Vec2 a, std::int32_t a_radius, Vec2 b, std::int32_t b_radius) {
  return length_squared(a - b) < square(std::int64_t{a_radius} + b_radius);
}

// Doorways as bodies use them: as wide as they are, and far enough into both rooms to meet the places where a body of
// this radius may stand.
Rect passage_of(const Cell& doorway, std::int32_t radius) {
  Rect passage = doorway.floor;
  const bool along_y = doorway.portals.front().side == Side::kNorth || doorway.portals.front().side == Side::kSouth;
  const Vec2 grow = along_y ? Vec2{-radius, radius} : Vec2{radius, -radius};  // narrower across, longer along
  passage.low = passage.low - grow;
  passage.high = passage.high + grow;
  return passage;
}

bool is_inside_cell(const House& house, int index, Vec2 p, std::int32_t radius) {
  const Cell& cell = house.cells[static_cast<std::size_t>(index)];
  if (index >= house.num_rooms) return passage_of(cell, radius).contains(p);
  const Rect& floor = cell.floor;
  return p.x >= floor.low.x + radius && p.x <= floor.high.x - radius && p.y >= floor.low.y + radius &&
         p.y <= floor.high.y - radius;
}

bool fits_into(const Fixture& container, Vec3 position, Body body) {
  const Rect inner = shrunk(container.floor, kContainerWall);
  return position.z >= kContainerBottom && position.x - body.radius >= inner.low.x &&
         position.x + body.radius <= inner.high.x && position.y - body.radius >= inner.low.y &&
         position.y + body.radius <= inner.high.y;
}

bool touches_fixture(const House& house, const State& state, std::size_t index, Vec3 position, Body body) {
  const Fixture& fixture = house.fixtures[index];
  if (!is_solid(house, state, index, position.z, position.z + body.height)) return false;
  if (length_squared(away_from(fixture.floor, position.flat())) >= square(body.radius)) return false;
  return !(is_open_container(house, state, index) && fits_into(fixture, position, body));
}

bool is_loose(const ThingState& thing) { return thing.place == Place::kResting || thing.place == Place::kFalling; }

}  // namespace

Rect shrunk(const Rect& box, std::int32_t by) {
  Rect smaller{{box.low.x + by, box.low.y + by}, {box.high.x - by, box.high.y - by}};
  if (smaller.low.x > smaller.high.x) smaller.low.x = smaller.high.x = box.middle().x;
  if (smaller.low.y > smaller.high.y) smaller.low.y = smaller.high.y = box.middle().y;
  return smaller;
}

bool is_inside_walls(const House& house, Vec2 p, std::int32_t radius) {
  const int index = house.cell_at(p);
  if (index < 0) return false;
  if (is_inside_cell(house, index, p, radius)) return true;
  if (index >= house.num_rooms) return false;
  const Cell& room = house.cells[static_cast<std::size_t>(index)];
  return std::any_of(room.portals.begin(), room.portals.end(),
                     [&](const Portal& portal) { return is_inside_cell(house, portal.cell, p, radius); });
}

bool is_solid(const House& house, const State& state, std::size_t fixture, std::int32_t bottom, std::int32_t top) {
  const Fixture& f = house.fixtures[fixture];
  if (is_passable(f.kind) || top <= f.bottom || bottom >= f.height) return false;
  return f.kind != FixtureKind::kDoor || !is_open(state, fixture);
}

bool lies_inside(const House& house, const ThingState& thing) {
  return thing.place == Place::kResting && thing.support.is_fixture() &&
         thing.position.z < house.fixtures[thing.support.fixture()].height;
}

bool is_shut_away(const House& house, const State& state, std::size_t thing) {
  const ThingState& inside = state.things[thing];
  if (!lies_inside(house, inside)) return false;
  const std::size_t container = inside.support.fixture();
  return has_lid(house.fixtures[container].kind) && !is_open(state, container);
}

bool has_load(const House& house, const State& state, std::size_t fixture) {
  const auto end = state.things.begin() + static_cast<std::ptrdiff_t>(house.things.size());
  return std::any_of(state.things.begin(), end, [&](const ThingState& thing) {
    return thing.place == Place::kResting && thing.support == fixture_entity(fixture) && !lies_inside(house, thing);
  });
}

bool is_open_container(const House& house, const State& state, std::size_t fixture) {
  const FixtureKind kind = house.fixtures[fixture].kind;
  return is_container(kind) && (!has_lid(kind) || is_open(state, fixture));
}

bool is_free(const House& house, const State& state, Vec3 position, Body body, Besides besides) {
  if (!is_inside_walls(house, position.flat(), body.radius)) return false;
  bool is_touched = false;
  for_each_fixture_near(house, position.flat(), [&](std::size_t i) {
    is_touched = is_touched || touches_fixture(house, state, i, position, body);
  });
  if (is_touched) return false;
  const auto same_height = [&](std::int32_t bottom, std::int32_t height) {
    return position.z < bottom + height && bottom < position.z + body.height;
  };
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const ThingState& other = state.things[i];
    if ((besides.things & set_of(i)) || !is_loose(other)) continue;
    const Body other_body = body_of(house.things[i].kind);
    if (same_height(other.position.z, other_body.height) &&
        overlap(position.flat(), body.radius, other.position.flat(), other_body.radius))
      return false;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) {
    const PlayerState& player = state.players[i];
    if (i != besides.player && same_height(player.z, kBodyHeight) &&
        overlap(position.flat(), body.radius, player.position, kBodyRadius))
      return false;
  }
  return true;
}

Support support_below(const House& house, const State& state, Vec3 position, Body body, ThingSet ignored) {
  Support best;
  const auto offer = [&](std::int32_t z, Entity entity) {
    if (z <= position.z && z > best.z) best = {z, entity};
  };
  for_each_fixture_near(house, position.flat(), [&](std::size_t i) {
    const Fixture& fixture = house.fixtures[i];
    if (is_passable(fixture.kind) || fixture.kind == FixtureKind::kDoor) return;
    if (length_squared(away_from(fixture.floor, position.flat())) >= square(body.radius)) return;
    const Vec3 inside{position.x, position.y, kContainerBottom};
    const bool falls_in = is_open_container(house, state, i) && fits_into(fixture, inside, body);
    offer(falls_in ? kContainerBottom : fixture.height, fixture_entity(i));
  });
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const ThingState& other = state.things[i];
    if ((ignored & set_of(i)) || other.place != Place::kResting) continue;
    const Body other_body = body_of(house.things[i].kind);
    if (overlap(position.flat(), body.radius, other.position.flat(), other_body.radius))
      offer(other.position.z + other_body.height, thing_entity(i));
  }
  return best;
}

Vec3 snapped_to_blocks(Vec3 position) {
  const auto snapped = [](std::int32_t v) {
    const std::int32_t cell = v >= 0 ? v / kBlockSide : -((-v + kBlockSide - 1) / kBlockSide);
    return cell * kBlockSide + kBlockSide / 2;
  };
  return {snapped(position.x), snapped(position.y), position.z};
}

ThingSet stack_on(const House& house, const State& state, std::size_t thing) {
  ThingSet stack = set_of(thing);
  for (bool grows = true; grows;) {
    grows = false;
    for (std::size_t i = 0; i < house.things.size(); ++i) {
      const ThingState& other = state.things[i];
      if ((stack & set_of(i)) || other.place != Place::kResting || !other.support.is_thing()) continue;
      if (!(stack & set_of(other.support.thing()))) continue;
      stack |= set_of(i);
      grows = true;
    }
  }
  return stack;
}

}  // namespace atl::envs::playhouse
