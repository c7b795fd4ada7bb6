// The light on a room's floor, square by square: darker along walls and below furniture, lighter in the sun and around
// lamps.
#pragma once

#include "envs/playhouse/draw_light.h"

#include <algorithm>
#include <cstdint>

namespace atl::envs::playhouse {

inline constexpr std::int32_t kSoftEdge = from_cm(45);    // how far from walls and furniture light is taken away
inline constexpr std::int32_t kLampReach = from_cm(210);  // radius of a pool of light

/// What is lost at this distance from an edge: `most` there, nothing from kSoftEdge on.
[[nodiscard]] constexpr int lost_at(std::int64_t distance, int most) {
  if (distance >= kSoftEdge) return 0;
  const std::int64_t left = kSoftEdge - std::max<std::int64_t>(distance, 0);
  return static_cast<int>(most * left * left / (std::int64_t{kSoftEdge} * kSoftEdge));
}

/// Fills `floor_levels` of one room's paint, whose `level` is set: edges first, then the others in any order.
class FloorLight {
 public:
  FloorLight(const Cell& cell, RoomPaint& paint);

  void edges();
  void below(const Rect& furniture);
  void lamp(Vec2 middle);
  /// Where the sun shines in; `from`: where it stands, level, of unit length.
  void sun(const Window& window, Vec2 from);

 private:
  [[nodiscard]] std::uint8_t& square(int x, int y) {
    return paint_
        .floor_levels[static_cast<std::size_t>(y) * static_cast<std::size_t>(num_x_) + static_cast<std::size_t>(x)];
  }
  void set(int x, int y, int level) { square(x, y) = static_cast<std::uint8_t>(std::clamp(level, 2, kNumLevels - 1)); }
  // visit(x, y, middle) for the squares in `area`.
  template <class Visit>
  void for_each(const Rect& area, Visit visit);

  const Cell& cell_;
  RoomPaint& paint_;
  std::int32_t side_;
  int num_x_ = 0;
  int num_y_ = 0;
};

}  // namespace atl::envs::playhouse
