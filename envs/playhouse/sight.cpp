#include "envs/playhouse/sight.h"

#include "envs/playhouse/bodies.h"
#include "envs/playhouse/clear_line.h"
#include "envs/playhouse/physics.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace atl::envs::playhouse {
namespace {

constexpr std::int64_t kFar = std::numeric_limits<std::int32_t>::max();

// A line and the nearest thing that it has met so far.
class Line {
 public:
  Line(Vec3 from, Direction direction, std::int32_t reach) : from_(from), direction_(direction) {
    hit_.distance = reach;
    hit_.is_free = true;
  }

  // The stretch [in, out] of the line, Q16 metres, in which a coordinate lies between two planes; in > out: never.
  struct Stretch {
    std::int64_t in = 0;
    std::int64_t out = 0;
  };
  [[nodiscard]] static Stretch between(std::int32_t from, std::int32_t step, std::int32_t low, std::int32_t high) {
    if (step == 0) return from >= low && from <= high ? Stretch{-kFar, kFar} : Stretch{1, 0};
    const std::int64_t a = ((std::int64_t{low} - from) << 16) / step;
    const std::int64_t b = ((std::int64_t{high} - from) << 16) / step;
    return {std::min(a, b), std::max(a, b)};
  }

  [[nodiscard]] Vec3 at(std::int64_t distance) const {
    const auto part = [&](std::int32_t from, std::int32_t step) {
      return static_cast<std::int32_t>(from + (distance * step >> 16));
    };
    return {part(from_.x, direction_.x), part(from_.y, direction_.y), part(from_.z, direction_.z)};
  }

  void meet(Entity entity, std::int64_t distance, bool is_surface) {
    if (distance < 0 || distance >= hit_.distance) return;
    hit_ = {entity, is_surface, false, at(distance), static_cast<std::int32_t>(distance)};
  }

  // An upright cylinder whose underside's middle is `position`.
  void meet_cylinder(Entity entity, Vec3 position, Body body) {
    // In Q12, so that products of three lengths fit: a t^2 + 2 b t + c = 0.
    const std::int64_t x = (std::int64_t{from_.x} - position.x) >> 4;
    const std::int64_t y = (std::int64_t{from_.y} - position.y) >> 4;
    const std::int64_t dx = direction_.x >> 4;
    const std::int64_t dy = direction_.y >> 4;
    const std::int64_t a = dx * dx + dy * dy;
    const std::int64_t b = x * dx + y * dy;
    const std::int64_t c = x * x + y * y - square(body.radius >> 4);
    if (b >= 0 && c > 0) return;  // it lies behind
    const std::int64_t root_squared = b * b - a * c;
    if (root_squared < 0 || a == 0) return;
    const std::int64_t root = square_root(root_squared);
    const std::int64_t in = ((-b - root) << 16) / a;
    const std::int64_t out = ((-b + root) << 16) / a;
    const Stretch upright = between(from_.z, direction_.z, position.z, position.z + body.height);
    const std::int64_t first = std::max(in, upright.in);
    if (first > std::min(out, upright.out)) return;
    meet(entity, first, upright.in > in && direction_.z < 0);
  }

  void meet_box(Entity entity, const Rect& floor, std::int32_t bottom, std::int32_t top, bool is_hollow) {
    const Stretch x = between(from_.x, direction_.x, floor.low.x, floor.high.x);
    const Stretch y = between(from_.y, direction_.y, floor.low.y, floor.high.y);
    const Stretch z = between(from_.z, direction_.z, bottom, top);
    const std::int64_t in = std::max({x.in, y.in, z.in});
    if (in > std::min({x.out, y.out, z.out})) return;
    const bool from_above = in == z.in && direction_.z < 0;
    const Rect inner{{floor.low.x + kContainerWall, floor.low.y + kContainerWall},
                     {floor.high.x - kContainerWall, floor.high.y - kContainerWall}};
    if (!is_hollow || !from_above || !inner.contains(at(in).flat())) return meet(entity, in, from_above);
    // Into the container: down to its bottom, or against a wall from inside.
    const std::int64_t bottom_at = between(from_.z, direction_.z, bottom + kContainerBottom, top).out;
    const std::int64_t wall_at = std::min(between(from_.x, direction_.x, inner.low.x, inner.high.x).out,
                                          between(from_.y, direction_.y, inner.low.y, inner.high.y).out);
    meet(entity, std::min(bottom_at, wall_at), bottom_at <= wall_at);
  }

  // Through cells and portals up to a wall, the floor or a ceiling.
  void meet_walls(const House& house) {
    int index = house.cell_at(from_.flat());
    if (index < 0) return meet({}, 0, false);
    for (std::size_t crossed = 0; crossed < house.cells.size(); ++crossed) {
      const Cell& cell = house.cells[static_cast<std::size_t>(index)];
      const std::int64_t x = between(from_.x, direction_.x, cell.floor.low.x, cell.floor.high.x).out;
      const std::int64_t y = between(from_.y, direction_.y, cell.floor.low.y, cell.floor.high.y).out;
      const std::int64_t z = between(from_.z, direction_.z, 0, cell.height).out;
      const std::int64_t out = std::min({x, y, z});
      if (out >= hit_.distance) return;
      if (out == z) return meet({}, out, direction_.z < 0);
      const Side side =
          out == x ? (direction_.x > 0 ? Side::kEast : Side::kWest) : (direction_.y > 0 ? Side::kNorth : Side::kSouth);
      const Vec3 point = at(out);
      const std::int32_t along = out == x ? point.y : point.x;
      const auto portal = std::find_if(cell.portals.begin(), cell.portals.end(), [&](const Portal& p) {
        return p.side == side && along >= p.begin && along <= p.end && point.z <= p.height;
      });
      if (portal == cell.portals.end()) return meet({}, out, false);
      index = portal->cell;
    }
  }

  [[nodiscard]] Hit hit() const {
    if (!hit_.is_free) return hit_;
    Hit end = hit_;
    end.point = at(hit_.distance);
    return end;
  }

 private:
  Vec3 from_;
  Direction direction_;
  Hit hit_;
};

void meet_fixture(Line& line, const House& house, const State& state, std::size_t index) {
  const Fixture& fixture = house.fixtures[index];
  if (fixture.kind == FixtureKind::kPlate) return;
  const bool open = is_hinged(fixture.kind) && is_open(state, index);
  if (fixture.kind == FixtureKind::kDoor && open) return;
  const bool hollow = is_container(fixture.kind) && (open || !has_lid(fixture.kind));
  line.meet_box(fixture_entity(index), fixture.floor, fixture.bottom, fixture.height, hollow);
}

// From the eye to 4 cm before a point: what hangs on a wall ends in it. Nothing: it is nearer.
std::optional<Segment> line_of_sight(Vec3 eye, Vec3 point) {
  constexpr std::int64_t kSlack = from_cm(4);
  const std::int64_t x = std::int64_t{point.x} - eye.x;
  const std::int64_t y = std::int64_t{point.y} - eye.y;
  const std::int64_t z = std::int64_t{point.z} - eye.z;
  const std::int64_t distance = square_root(x * x + y * y + z * z);
  if (distance <= kSlack) return std::nullopt;
  const auto part = [&](std::int64_t v) { return static_cast<std::int32_t>(v * (distance - kSlack) / distance); };
  return Segment{eye, {eye.x + part(x), eye.y + part(y), eye.z + part(z)}};
}

// What lies in or on the sought belongs to it: a full basket is seen as well as an empty one.
bool may_hide(const ThingState& thing, Entity sought) {
  return thing.place != Place::kStored && (thing.place != Place::kResting || thing.support != sought);
}

bool is_hidden_by_fixture(const House& house, const State& state, const Segment& line, std::size_t index) {
  const Fixture& fixture = house.fixtures[index];
  const bool is_door_open = fixture.kind == FixtureKind::kDoor && is_open(state, index);
  if (fixture.kind == FixtureKind::kPlate || is_door_open) return false;
  return is_open_container(house, state, index)
             ? meets_open_container(line, fixture.floor, fixture.bottom, fixture.height)
             : meets_box(line, fixture.floor, fixture.bottom, fixture.height);
}

// Whether nothing stands in the way when `player` looks for `sought`.
bool is_clear(const House& house, const State& state, const Segment& line, std::size_t player, Entity sought) {
  const Ignored ignored{player_entity(player), state.players[player].holding, sought};
  if (!stays_in_cells(line, house)) return false;
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const ThingState& thing = state.things[i];
    if (ignored.holds(thing_entity(i)) || !may_hide(thing, sought)) continue;
    if (meets_cylinder(line, thing.position, body_of(house.things[i].kind))) return false;
  }
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    if (!ignored.holds(fixture_entity(i)) && is_hidden_by_fixture(house, state, line, i)) return false;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) {
    const PlayerState& other = state.players[i];
    const Vec3 feet{other.position.x, other.position.y, other.z};
    if (!ignored.holds(player_entity(i)) && meets_cylinder(line, feet, {kBodyRadius, kBodyHeight})) return false;
  }
  return true;
}

std::int32_t outside(std::int32_t value, std::int32_t low, std::int32_t high) {
  return value < low ? low - value : (value > high ? value - high : 0);
}

}  // namespace

Direction direction_of(std::int32_t heading, std::int32_t pitch) {
  const std::int32_t flat = cosine(pitch);
  return {multiply(sine(heading), flat), multiply(cosine(heading), flat), sine(pitch)};
}

Vec3 eye_of(const PlayerState& player) { return {player.position.x, player.position.y, player.z + kEyeHeight}; }

Hit follow(const House& house, const State& state, Vec3 from, Direction direction, std::int32_t reach,
           Ignored ignored) {
  Line line(from, direction, reach);
  line.meet_walls(house);
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const ThingState& thing = state.things[i];
    if (thing.place == Place::kStored || ignored.holds(thing_entity(i))) continue;
    line.meet_cylinder(thing_entity(i), thing.position, body_of(house.things[i].kind));
  }
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    if (!ignored.holds(fixture_entity(i))) meet_fixture(line, house, state, i);
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) {
    const PlayerState& player = state.players[i];
    if (ignored.holds(player_entity(i))) continue;
    line.meet_cylinder(player_entity(i), {player.position.x, player.position.y, player.z}, {kBodyRadius, kBodyHeight});
  }
  return line.hit();
}

Hit look_ahead(const House& house, const State& state, std::size_t player, std::int32_t reach) {
  const PlayerState& self = state.players[player];
  return follow(house, state, eye_of(self), direction_of(self.heading, self.pitch), reach,
                {player_entity(player), self.holding, {}});
}

Extent extent_of(const House& house, const State& state, Entity entity) {
  if (entity.is_fixture()) {
    const Fixture& fixture = house.fixtures[entity.fixture()];
    const Vec2 middle = fixture.floor.middle();
    return {{middle.x, middle.y, (fixture.bottom + fixture.height) / 2},
            {(fixture.floor.high.x - fixture.floor.low.x) / 2, (fixture.floor.high.y - fixture.floor.low.y) / 2,
             (fixture.height - fixture.bottom) / 2}};
  }
  if (entity.is_player()) {
    const PlayerState& player = state.players[entity.player()];
    return {{player.position.x, player.position.y, player.z + kBodyHeight / 2},
            {kBodyRadius, kBodyRadius, kBodyHeight / 2}};
  }
  const Body body = body_of(house.things[entity.thing()].kind);
  const Vec3 position = state.things[entity.thing()].position;
  return {{position.x, position.y, position.z + body.height / 2}, {body.radius, body.radius, body.height / 2}};
}

std::optional<Vec3> visible_point(const House& house, const State& state, std::size_t player, Entity entity) {
  if (entity.is_thing() && state.things[entity.thing()].place == Place::kStored) return std::nullopt;
  const Vec3 eye = eye_of(state.players[player]);
  const Extent extent = extent_of(house, state, entity);
  for (const std::int32_t height : {extent.middle.z, extent.middle.z + extent.half.z / 2}) {
    const Vec3 point{extent.middle.x, extent.middle.y, height};
    const std::optional<Segment> line = line_of_sight(eye, point);
    if (!line || is_clear(house, state, *line, player, entity)) return point;
  }
  return std::nullopt;
}

bool is_in_sight(const House& house, const State& state, std::size_t player, Entity entity) {
  return visible_point(house, state, player, entity).has_value();
}

Bearing bearing_of(const House& house, const State& state, std::size_t player, Entity entity) {
  const PlayerState& self = state.players[player];
  const Extent extent = extent_of(house, state, entity);
  const Vec2 away = extent.middle.flat() - self.position;
  Bearing bearing;
  bearing.right = wrap_signed(heading_of(away) - self.heading);
  const std::int32_t flat = std::max(length(away), 1);
  bearing.up = wrap_signed(heading_of({extent.middle.z - eye_of(self).z, flat}) - self.pitch);
  if (entity.is_fixture()) {
    const Rect& floor = house.fixtures[entity.fixture()].floor;
    bearing.distance = length(
        {outside(self.position.x, floor.low.x, floor.high.x), outside(self.position.y, floor.low.y, floor.high.y)});
  } else {
    bearing.distance = std::max(flat - extent.half.x, 0);
  }
  return bearing;
}

}  // namespace atl::envs::playhouse
