// What can be seen and pointed at from where: straight lines through cells, portals, open doors, past furniture and
// things. In integers; used by hands (physics.h), judges and experts, never by the renderer.
#pragma once

#include "envs/playhouse/state.h"

#include <cstdint>
#include <optional>

namespace atl::envs::playhouse {

inline constexpr std::int32_t kEyeHeight = from_cm(150);  // above the feet

/// Where a line from the eye ends.
struct Hit {
  Entity entity;            // what it meets; nothing: wall, floor or ceiling, or the line's end in the air
  bool is_surface = false;  // it came down on something level: the floor, a top, the bottom of a container
  bool is_free = false;     // nothing was met within the reach
  Vec3 point;
  std::int32_t distance = 0;  // from the line's start, Q16 metres
};

/// A unit vector (Q16) from heading and pitch.
struct Direction {
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::int32_t z = 0;
};
[[nodiscard]] Direction direction_of(std::int32_t heading, std::int32_t pitch);

[[nodiscard]] Vec3 eye_of(const PlayerState& player);

/// Entities that a line passes through: who looks, what they hold, what is looked for.
struct Ignored {
  Entity first{};
  Entity second{};
  Entity third{};
  [[nodiscard]] constexpr bool holds(Entity entity) const {
    return entity == first || entity == second || entity == third;
  }
};

/// Follows a line of length `reach` from `from`, a point inside a cell. Bodies are those of physics.h: upright
/// cylinders and boxes; an open door or lid is no obstacle, the inside of an open container can be looked into.
[[nodiscard]] Hit follow(const House& house, const State& state, Vec3 from, Direction direction, std::int32_t reach,
                         Ignored ignored);

/// What the crosshair of `player` is on, within `reach`.
[[nodiscard]] Hit look_ahead(const House& house, const State& state, std::size_t player, std::int32_t reach);

/// The middle of an entity's body, and its half extents: (radius, radius, height / 2) of a thing. Halves are rounded
/// towards zero to whole Q16.
struct Extent {
  Vec3 middle;
  Vec3 half;
};
[[nodiscard]] Extent extent_of(const House& house, const State& state, Entity entity);

/// Where `player` would see `entity` by turning: its middle, or a point a quarter of its height above, if the straight
/// line from the eye until 4 cm before it (the whole length rounded down, the end's coordinates towards the eye, to
/// whole Q16) meets nothing: walls, fixtures but plates and open doors, things, players. It passes through what the
/// player holds, and through what rests on or in the entity: a full basket is seen as well as an empty one. What is in
/// a bag is never visible. Exact (clear_line.h).
[[nodiscard]] std::optional<Vec3> visible_point(const House& house, const State& state, std::size_t player,
                                                Entity entity);
[[nodiscard]] bool is_in_sight(const House& house, const State& state, std::size_t player, Entity entity);

/// Where `entity` is as seen by `player`: bearing of its middle to the right and elevation above the view axis in
/// counts, and the level distance from the player's middle to its surface (0: inside), rounded down to whole Q16. The
/// elevation is that of the height over the level distance, as headings are rounded (heading_of).
struct Bearing {
  std::int32_t right = 0;
  std::int32_t up = 0;
  std::int32_t distance = 0;
};
[[nodiscard]] Bearing bearing_of(const House& house, const State& state, std::size_t player, Entity entity);

}  // namespace atl::envs::playhouse
