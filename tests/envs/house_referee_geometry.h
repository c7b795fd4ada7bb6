// The referee's own geometry: metres and counts of angle in floating point, bodies, gaps, bearings and lines of sight.
#pragma once

#include "envs/playhouse/state.h"

#include <string>

namespace atl::envs::playhouse::referee {

/// Whether something holds. Undecided: nearer to a border than the world's rounding.
struct Truth {
  enum class Kind : std::uint8_t { kNo, kUndecided, kYes };
  Kind kind = Kind::kNo;
  const char* border = "";  // where undecided: what was compared
  double margin = 0;        // and by how much it missed the border
  [[nodiscard]] bool is_yes() const { return kind == Kind::kYes; }
  [[nodiscard]] bool is_no() const { return kind == Kind::kNo; }
  [[nodiscard]] bool is_undecided() const { return kind == Kind::kUndecided; }
};
[[nodiscard]] inline Truth sure(bool holds) { return {holds ? Truth::Kind::kYes : Truth::Kind::kNo}; }
[[nodiscard]] inline Truth operator&(const Truth& a, const Truth& b) { return b.kind < a.kind ? b : a; }
[[nodiscard]] inline Truth operator|(const Truth& a, const Truth& b) { return b.kind > a.kind ? b : a; }
[[nodiscard]] Truth operator!(const Truth& a);
/// "gap to the place: 0.3 mm from the border"
[[nodiscard]] std::string to_text(const Truth& undecided);

/// Lengths closer than this to a border are undecided: the world's lengths are whole 65536ths of a metre (15 um), its
/// square roots and sines are rounded.
inline constexpr double kLengthMargin = 2e-5;
/// The same of lines of sight, whose directions are rounded, too.
inline constexpr double kSightMargin = 2e-4;
/// Whether `value` < `limit`, both in metres.
[[nodiscard]] Truth less(double value, double limit, const char* border, double margin = kLengthMargin);

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
[[nodiscard]] double distance(Point a, Point b);

/// What stands somewhere: an upright cylinder or a box.
struct Solid {
  bool is_round = false;
  double radius = 0;  // of a cylinder
  Point low, high;    // of a box; of a cylinder: its middle, twice
  double bottom = 0, top = 0;
  [[nodiscard]] Point3 middle() const { return {(low.x + high.x) / 2, (low.y + high.y) / 2, (bottom + top) / 2}; }
};
[[nodiscard]] Solid solid_of(const House& house, const State& state, Entity entity);

/// Level distance between two surfaces, or of a surface from a point; 0 where they overlap.
[[nodiscard]] double gap(const Solid& a, const Solid& b);
[[nodiscard]] double gap(const Solid& a, Point p);

/// The room or doorway that holds a point; -1: none. On the border of a room and a doorway: the room.
[[nodiscard]] int cell_of(const House& house, Point p);

// ---- Angles. The world measures them in whole counts, 4096 to a turn, clockwise from north (fixed.h), so that a limit
// of some degrees is one of whole counts, and a direction is rounded to a count before it is compared.

[[nodiscard]] int counts_of(double degrees);
/// An angle in counts as the world would round it: one of these two, which are mostly the same.
struct Counts {
  int one = 0, other = 0;
};
/// The heading from `from` to `to`.
[[nodiscard]] Counts heading_towards(Point from, Point to);
/// `heading` less `axis`, in -2048 .. 2047.
[[nodiscard]] Counts relative_to(Counts heading, int axis);
/// The angle above the level at which `to` is seen from `from`, less `pitch`.
[[nodiscard]] Counts elevation(Point3 from, Point3 to, int pitch);
/// Whether an angle is at most `degrees`, to either side.
[[nodiscard]] Truth within(Counts angle, double degrees, const char* border);

/// Where the eye of a player is.
[[nodiscard]] Point3 eye_of_player(const State& state, std::size_t player);

/// Whether `player` would see `entity` if they turned to it: a straight line from the eye to 4 cm before the middle of
/// its body, or before the point at three quarters of its height, meets nothing (walls, fixtures but open doors,
/// things, players), or first something that rests on or in the entity. It runs through what the player holds. Nothing
/// in a bag is seen.
[[nodiscard]] Truth in_sight(const House& house, const State& state, std::size_t player, Entity entity);

}  // namespace atl::envs::playhouse::referee
