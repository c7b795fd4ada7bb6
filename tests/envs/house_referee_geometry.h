// The referee's own geometry: bodies, gaps, bearings and lines of sight, all exact. Lengths are metres in floating
// point: the world's are whole 65536ths of a metre below 64 m, so that their sums, differences, halves and squares are
// exact, and borders are compared by squares, never by roots. Lines of sight cross surfaces at fractions of whole
// numbers.
#pragma once

#include "envs/playhouse/state.h"

namespace atl::envs::playhouse::referee {

/// `cm` as the world's lengths have them: down to a whole 65536th of a metre.
[[nodiscard]] double metres_of_cm(double cm);

struct Point {
  double x = 0;  // metres, east
  double y = 0;  // north
};
struct Point3 {
  double x = 0, y = 0, z = 0;
  [[nodiscard]] Point flat() const { return {x, y}; }
};
[[nodiscard]] inline double metres(std::int32_t q16) { return q16 / 65536.0; }
[[nodiscard]] inline Point to_point(Vec2 v) { return {metres(v.x), metres(v.y)}; }
[[nodiscard]] inline Point3 to_point(Vec3 v) { return {metres(v.x), metres(v.y), metres(v.z)}; }
[[nodiscard]] double distance_squared(Point a, Point b);

/// What stands somewhere: an upright cylinder or a box.
struct Solid {
  bool is_round = false;
  double radius = 0;  // of a cylinder
  Point low, high;    // of a box; of a cylinder: its middle, twice
  double bottom = 0, top = 0;
  /// In whole 65536ths, halves towards zero.
  [[nodiscard]] Point3 middle() const;
};
[[nodiscard]] Solid solid_of(const House& house, const State& state, Entity entity);

/// Whether the level distance between two surfaces, or of a surface from a point, is less than `limit` > 0.
[[nodiscard]] bool is_nearer(const Solid& a, const Solid& b, double limit);
[[nodiscard]] bool is_nearer(const Solid& a, Point p, double limit);
/// Whether they share more than a border, seen from above.
[[nodiscard]] bool overlap(const Solid& a, const Solid& b);

/// The room or doorway that holds a point; -1: none. On the border of a room and a doorway: the room.
[[nodiscard]] int cell_of(const House& house, Point p);

// ---- Angles. The world measures them in whole counts, 4096 to a turn, clockwise from north (fixed.h), so that a limit
// of some degrees is one of whole counts, and a direction is rounded to a count before it is compared (heading_of).

[[nodiscard]] int counts_of(double degrees);
/// The heading from `from` to `to`, in -1024 .. 3072.
[[nodiscard]] int heading_towards(Point from, Point to);
/// `heading` less `axis`, in -2048 .. 2047.
[[nodiscard]] int relative_to(int heading, int axis);
/// The angle above the level at which `to` is seen from `from`, less `pitch`.
[[nodiscard]] int elevation(Point3 from, Point3 to, int pitch);
/// Whether an angle is at most `degrees`, to either side.
[[nodiscard]] bool within(int angle, double degrees);
/// The sine and cosine of a heading as the world has them: the nearest 65536ths.
[[nodiscard]] Point sine_and_cosine(int heading);

/// Where the eye of a player is.
[[nodiscard]] Point3 eye_of_player(const State& state, std::size_t player);

/// Whether `player` would see `entity` if they turned to it: a straight line from the eye to 4 cm before the middle of
/// its body, or before the point a quarter of its height above, meets nothing: walls, fixtures but plates and open
/// doors, things, players. It runs through what the player holds and what rests on or in the entity. Nothing in a bag
/// is seen. As sight.h says, the line ends on whole 65536ths of a metre.
[[nodiscard]] bool in_sight(const House& house, const State& state, std::size_t player, Entity entity);

}  // namespace atl::envs::playhouse::referee
