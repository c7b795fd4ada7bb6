// Which bodies touch, and what is below them: the geometry under physics.h. Bodies of things and players are upright
// cylinders, fixtures are boxes (containers hollow ones), walls are whatever is no cell.
#pragma once

#include "envs/playhouse/state.h"

#include <cstdint>

namespace atl::envs::playhouse {

/// A set of things, by index.
using ThingSet = std::uint64_t;
[[nodiscard]] constexpr ThingSet set_of(std::size_t thing) { return ThingSet{1} << thing; }

/// Whether a body of `radius` may stand at `p` as far as walls are concerned: within a room, that far from its walls,
/// or in a doorway. Walls count as if bodies were square, so that they slide along corners.
[[nodiscard]] bool is_inside_walls(const House& house, Vec2 p, std::int32_t radius);

/// Calls `visit(index)` for the fixtures that a body at `p` could touch: those of its cell and of the cells next to it.
template <class Visit>
void for_each_fixture_near(const House& house, Vec2 p, Visit visit) {
  const int index = house.cell_at(p);
  if (index < 0) return;
  const Cell& cell = house.cells[static_cast<std::size_t>(index)];
  for (const std::uint8_t fixture : cell.fixtures) visit(std::size_t{fixture});
  for (const Portal& portal : cell.portals) {
    for (const std::uint8_t fixture : house.cells[portal.cell].fixtures) visit(std::size_t{fixture});
  }
}

/// From the nearest point of `box` to `p`.
[[nodiscard]] constexpr Vec2 away_from(const Rect& box, Vec2 p) {
  const auto part = [](std::int32_t v, std::int32_t low, std::int32_t high) {
    return v < low ? v - low : (v > high ? v - high : 0);
  };
  return {part(p.x, box.low.x, box.high.x), part(p.y, box.low.y, box.high.y)};
}

/// `box`, smaller by `by` on each side; sides that would cross meet in the middle.
[[nodiscard]] Rect shrunk(const Rect& box, std::int32_t by);

/// Whether a fixture stands in the way of a body between `bottom` and `top` at this moment: plates, switches and open
/// doors never do.
[[nodiscard]] bool is_solid(const House& house, const State& state, std::size_t fixture, std::int32_t bottom,
                            std::int32_t top);

/// Whether a thing rests in a container, not on it.
[[nodiscard]] bool lies_inside(const House& house, const ThingState& thing);
/// Whether a thing lies in a box that is shut.
[[nodiscard]] bool is_shut_away(const House& house, const State& state, std::size_t thing);
/// Whether something rests on top of a fixture.
[[nodiscard]] bool has_load(const House& house, const State& state, std::size_t fixture);

/// Whether things can be put into this container now.
[[nodiscard]] bool is_open_container(const House& house, const State& state, std::size_t fixture);

/// Whom is_free passes over.
struct Besides {
  ThingSet things = 0;
  std::uint8_t player = kNothing;
};

/// Whether an upright cylinder with its underside at `position` is within the walls and overlaps nothing: no fixture
/// (it may be inside of an open container), no thing (those in hands and bags count as nowhere), no player.
[[nodiscard]] bool is_free(const House& house, const State& state, Vec3 position, Body body, Besides besides);

/// What a cylinder over `position` would come to stand on: the highest level at or below position.z that it overlaps.
struct Support {
  std::int32_t z = 0;
  Entity entity;  // nothing: the floor
};
[[nodiscard]] Support support_below(const House& house, const State& state, Vec3 position, Body body, ThingSet ignored);

/// The middle of the cell of the blocks' grid that `position` lies in, at its height.
[[nodiscard]] Vec3 snapped_to_blocks(Vec3 position);

/// `thing` and everything that is stacked on it.
[[nodiscard]] ThingSet stack_on(const House& house, const State& state, std::size_t thing);

}  // namespace atl::envs::playhouse
