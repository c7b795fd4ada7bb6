// The part of judge.h about how things stand to each other: the relations of "put", "push" and "stack", and structures
// of blocks.
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/judge.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kNextTo = from_cm(50);
constexpr std::int32_t kBeside = kMetre;
constexpr std::int32_t kPushedTo = from_cm(40);
constexpr std::int32_t kSameLevel = from_cm(10);

// The level gap between the surfaces of a thing and another entity, 0 where they overlap.
std::int32_t gap_between(const House& house, const State& state, std::size_t thing, Entity other) {
  const Vec2 position = state.things[thing].position.flat();
  const std::int32_t radius = body_of(house.things[thing].kind).radius;
  if (other.is_fixture()) {
    const std::int32_t distance = length(away_from(house.fixtures[other.fixture()].floor, position));
    return std::max(distance - radius, 0);
  }
  const Extent extent = extent_of(house, state, other);
  return std::max(length(extent.middle.flat() - position) - radius - extent.half.x, 0);
}

// ---- Structures of blocks.

class Blocks {
 public:
  Blocks(const House& house, const State& state, std::optional<Colour> colour) {
    for (std::size_t i = 0; i < house.things.size(); ++i) {
      const Kind kind = house.things[i].kind;
      const ThingState& thing = state.things[i];
      if (kind.shape != Shape::kBlock || (colour && kind.colour != *colour) || thing.place != Place::kResting) continue;
      cells_.push_back(snapped_to_blocks(thing.position));
    }
  }

  // Whether a block lies `x`, `y` cells beside and `z` blocks above `from`.
  [[nodiscard]] bool has(Vec3 from, int x, int y, int z) const {
    const Vec3 cell{from.x + x * kBlockSide, from.y + y * kBlockSide, from.z + z * kBlockSide};
    return std::find(cells_.begin(), cells_.end(), cell) != cells_.end();
  }

  [[nodiscard]] bool forms(Structure structure, int count) const {
    return std::any_of(cells_.begin(), cells_.end(), [&](Vec3 at) {
      switch (structure) {
        case Structure::kTower: return line(at, 0, 0, 1, count);
        case Structure::kRow: return line(at, 1, 0, 0, count) || line(at, 0, 1, 0, count);
        case Structure::kWall:
          return has(at, 0, 0, 1) && ((has(at, 1, 0, 0) && has(at, 1, 0, 1)) || (has(at, 0, 1, 0) && has(at, 0, 1, 1)));
        case Structure::kSquare: return has(at, 1, 0, 0) && has(at, 0, 1, 0) && has(at, 1, 1, 0);
      }
      return false;
    });
  }

 private:
  [[nodiscard]] bool line(Vec3 at, int x, int y, int z, int count) const {
    for (int i = 1; i < count; ++i) {
      if (!has(at, i * x, i * y, i * z)) return false;
    }
    return true;
  }
  std::vector<Vec3> cells_;  // of the grid, in which a block that counts rests
};

// Not to_view: its rounding could move the diagonals.
bool stands_beside(const Clause& clause, const State& start, Vec2 object, Vec2 place) {
  const Vec2 away = object - place;
  const std::int64_t s = sine(start.players[0].heading);
  const std::int64_t c = cosine(start.players[0].heading);
  const std::int64_t right = away.x * c - away.y * s;
  const std::int64_t ahead = away.x * s + away.y * c;
  switch (clause.relation) {
    case Relation::kBehind: return ahead > 0 && std::abs(right) <= ahead;
    case Relation::kLeftOf: return right < 0 && std::abs(ahead) <= -right;
    case Relation::kRightOf: return right > 0 && std::abs(ahead) <= right;
    default: return true;
  }
}

}  // namespace

bool is_related(const House& house, const State& start, const State& state, const Clause& clause,
                const Targets& targets, std::size_t object) {
  const ThingState& thing = state.things[object];
  if (thing.place != Place::kResting) return false;
  const bool on_or_in = clause.verb == Verb::kStack || (clause.verb == Verb::kPut && clause.relation <= Relation::kIn);
  if (on_or_in) {
    if (!holds(targets.places, thing.support)) return false;
    if (!thing.support.is_fixture()) return clause.relation == Relation::kOn;
    return lies_inside(house, thing) == (clause.relation == Relation::kIn);
  }
  for (std::size_t id = 0; id < targets.places.size(); ++id) {
    const Entity place{static_cast<std::uint8_t>(id)};
    if (!targets.places.test(id) || place == thing_entity(object)) continue;
    if (place.is_thing() && state.things[id].place != Place::kResting) continue;
    const std::int32_t gap = gap_between(house, state, object, place);
    if (clause.verb == Verb::kPush) {
      if (gap < kPushedTo) return true;
      continue;
    }
    // At one level: both on the floor, or on the same top.
    const std::int32_t level = place.is_thing() ? state.things[id].position.z : 0;
    if (std::abs(level - thing.position.z) > kSameLevel) continue;
    if (gap >= (clause.relation == Relation::kNextTo ? kNextTo : kBeside)) continue;
    const Vec2 middle = extent_of(house, state, place).middle.flat();
    if (stands_beside(clause, start, thing.position.flat(), middle)) return true;
  }
  return false;
}

bool is_built(const House& house, const State& state, const Clause& clause) {
  // Of one colour, whichever it is, only where one was asked for.
  return Blocks(house, state, clause.colour).forms(clause.structure, clause.count);
}

}  // namespace atl::envs::playhouse
