// What the parts of the house checker share: the house in metres, and the list of broken promises.
#pragma once

#include "envs/playhouse/house.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace atl::envs::playhouse::checker {

// All in metres here; bits of the fixed-point numbers are left as tolerance.
inline constexpr double kTolerance = 1e-3;

inline double metres(std::int32_t q16) { return q16 / 65536.0; }

struct Point {
  double x = 0;
  double y = 0;
};
inline Point to_point(Vec2 v) { return {metres(v.x), metres(v.y)}; }
inline double distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

struct Box {
  double x0, y0, x1, y1;
};
inline Box to_box(const Rect& r) { return {metres(r.low.x), metres(r.low.y), metres(r.high.x), metres(r.high.y)}; }
inline double distance(const Box& b, Point p) {
  return std::hypot(std::max({b.x0 - p.x, 0.0, p.x - b.x1}), std::max({b.y0 - p.y, 0.0, p.y - b.y1}));
}
inline bool overlap(const Box& a, const Box& b) {
  return std::min(a.x1, b.x1) - std::max(a.x0, b.x0) > kTolerance &&
         std::min(a.y1, b.y1) - std::max(a.y0, b.y0) > kTolerance;
}
inline bool inside(const Box& inner, const Box& outer) {
  return inner.x0 >= outer.x0 - kTolerance && inner.x1 <= outer.x1 + kTolerance && inner.y0 >= outer.y0 - kTolerance &&
         inner.y1 <= outer.y1 + kTolerance;
}
inline bool is_along_x(Side side) { return side == Side::kNorth || side == Side::kSouth; }

/// The floor of `room` before begin .. end of its wall on `side`, `depth` deep; a negative one lies outside.
[[nodiscard]] Box before_wall(const Box& room, Side side, double begin, double end, double depth);

/// Reads one house and adds what is wrong to a list of its caller's.
class Part {
 public:
  Part(const House& house, std::vector<std::string>& problems) : house_(house), problems_(problems) {}

 protected:
  template <class... Args>
  void require(bool holds, fmt::format_string<Args...> format, Args&&... args) {
    if (!holds) problems_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  [[nodiscard]] const House& house() const { return house_; }
  [[nodiscard]] std::size_t num_rooms() const { return static_cast<std::size_t>(house_.num_rooms); }
  [[nodiscard]] Box floor_of(std::size_t cell) const { return to_box(house_.cells[cell].floor); }
  /// The floor before doorways and that of doors.
  [[nodiscard]] std::vector<Box> kept_free(std::size_t room) const;
  /// The fixture that carries a thing; -1: the floor; -2: nothing does.
  [[nodiscard]] int support_of(const Thing& thing) const;

 private:
  const House& house_;
  std::vector<std::string>& problems_;
};

/// Rooms, doorways, windows and how it all looks.
void check_plan(const House& house, std::vector<std::string>& problems);
/// Furniture, doors, and that there is room for more on and in it.
void check_fixtures(const House& house, std::vector<std::string>& problems);
/// Things and the players' starts.
void check_things(const House& house, std::vector<std::string>& problems);
/// That everything can be walked up to.
void check_ways(const House& house, std::vector<std::string>& problems);

}  // namespace atl::envs::playhouse::checker
