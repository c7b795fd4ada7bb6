// The axes of what stands against a wall: to the right (as seen by somebody with the back to that wall), out of the
// wall, and up.
#pragma once

#include "envs/playhouse/house.h"

#include <array>
#include <utility>

namespace atl::envs::playhouse {

class PlaceAxes {
 public:
  /// `floor`: what the axes span, from its back left corner. `facing`: out of the wall.
  PlaceAxes(const Rect& floor, Side facing) : floor_(floor), facing_(facing) {}

  [[nodiscard]] std::int32_t width() const {
    return runs_along_x() ? floor_.high.x - floor_.low.x : floor_.high.y - floor_.low.y;
  }
  [[nodiscard]] std::int32_t depth() const {
    return runs_along_x() ? floor_.high.y - floor_.low.y : floor_.high.x - floor_.low.x;
  }
  [[nodiscard]] Vec3 at(std::int32_t right, std::int32_t out, std::int32_t z) const {
    switch (facing_) {
      case Side::kNorth: return {floor_.low.x + right, floor_.low.y + out, z};
      case Side::kEast: return {floor_.low.x + out, floor_.high.y - right, z};
      case Side::kSouth: return {floor_.high.x - right, floor_.high.y - out, z};
      case Side::kWest: return {floor_.high.x - out, floor_.low.y + right, z};
    }
    return {};
  }
  /// Low and high corner of a box.
  [[nodiscard]] std::pair<Vec3, Vec3> box(std::array<std::int32_t, 2> right, std::array<std::int32_t, 2> out,
                                          std::array<std::int32_t, 2> z) const {
    const Vec3 a = at(right[0], out[0], z[0]);
    const Vec3 b = at(right[1], out[1], z[1]);
    return {{std::min(a.x, b.x), std::min(a.y, b.y), a.z}, {std::max(a.x, b.x), std::max(a.y, b.y), b.z}};
  }
  /// Corners of an upright rectangle that looks out of the wall, clockwise seen from the room.
  [[nodiscard]] std::array<Vec3, 4> panel(std::array<std::int32_t, 2> right, std::int32_t out,
                                          std::array<std::int32_t, 2> z) const {
    return {at(right[1], out, z[0]), at(right[1], out, z[1]), at(right[0], out, z[1]), at(right[0], out, z[0])};
  }
  /// Number of the side that looks out, in the order of Light::on_box.
  [[nodiscard]] std::size_t front() const {
    constexpr std::array<std::size_t, 4> kFronts{3, 1, 2, 0};
    return kFronts[static_cast<std::size_t>(facing_)];
  }

 private:
  [[nodiscard]] bool runs_along_x() const { return facing_ == Side::kNorth || facing_ == Side::kSouth; }

  Rect floor_;
  Side facing_;
};

}  // namespace atl::envs::playhouse
