#include "envs/playhouse/draw_floor_light.h"

#include "envs/playhouse/geometry.h"

#include <array>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kSunSlope = 72090;  // height a metre of level way, Q16
constexpr int kSunLevels = 9;

}  // namespace

FloorLight::FloorLight(const Cell& cell, RoomPaint& paint)
    : cell_(cell), paint_(paint), side_(1 << paint.square_shift) {
  num_x_ = (cell_.floor.high.x - cell_.floor.low.x) / side_ + 2;
  num_y_ = (cell_.floor.high.y - cell_.floor.low.y) / side_ + 2;
  paint.stride = num_x_;
  paint.floor_levels.assign(static_cast<std::size_t>(num_x_) * static_cast<std::size_t>(num_y_), 0);
}

template <class Visit>
void FloorLight::for_each(const Rect& area, Visit visit) {
  const Vec2 origin = cell_.floor.low;
  const auto index = [&](std::int32_t v, int count) { return std::clamp(v / side_, 0, count - 1); };
  const int last_x = index(area.high.x - origin.x, num_x_);
  const int last_y = index(area.high.y - origin.y, num_y_);
  for (int y = index(area.low.y - origin.y, num_y_); y <= last_y; ++y) {
    for (int x = index(area.low.x - origin.x, num_x_); x <= last_x; ++x) {
      visit(x, y, Vec2{origin.x + x * side_ + side_ / 2, origin.y + y * side_ + side_ / 2});
    }
  }
}

void FloorLight::edges() {
  const int most = paint_.level / 5;
  const auto lost = [&](int i, std::int32_t length) {
    const std::int32_t at = i * side_ + side_ / 2;
    return lost_at(at, most) + lost_at(length - at, most);
  };
  std::vector<int> across(static_cast<std::size_t>(num_x_));
  for (int x = 0; x < num_x_; ++x)
    across[static_cast<std::size_t>(x)] = lost(x, cell_.floor.high.x - cell_.floor.low.x);
  for (int y = 0; y < num_y_; ++y) {
    const int level = paint_.level - lost(y, cell_.floor.high.y - cell_.floor.low.y);
    for (int x = 0; x < num_x_; ++x) set(x, y, level - across[static_cast<std::size_t>(x)]);
  }
}

void FloorLight::below(const Rect& furniture) {
  constexpr std::int32_t kSoft = kSoftEdge / 2;
  constexpr int kStepBits = 9;
  std::array<int, (2 * kSoftEdge >> kStepBits) + 1> lost;
  for (std::size_t i = 0; i < lost.size(); ++i)
    lost[i] = lost_at(std::int64_t{2} * (static_cast<std::int32_t>(i) << kStepBits), paint_.level * 2 / 5);
  const auto outside = [](std::int32_t v, std::int32_t low, std::int32_t high) {
    return std::max({low - v, v - high, 0});
  };
  const Vec2 soft{kSoft, kSoft};
  for_each({furniture.low - soft, furniture.high + soft}, [&](int x, int y, Vec2 at) {
    const std::int32_t dx = outside(at.x, furniture.low.x, furniture.high.x);
    const std::int32_t dy = outside(at.y, furniture.low.y, furniture.high.y);
    const auto step = static_cast<std::size_t>((std::max(dx, dy) + std::min(dx, dy) / 2) >> kStepBits);
    std::uint8_t& level = square(x, y);
    level = static_cast<std::uint8_t>(std::max(level - lost[std::min(step, lost.size() - 1)], 2));
  });
}

void FloorLight::lamp(Vec2 middle) {
  const int most = (kNumLevels - paint_.level) / 2;
  const Vec2 reach{kLampReach, kLampReach};
  for_each({middle - reach, middle + reach}, [&](int x, int y, Vec2 at) {
    const std::int64_t d = length_squared(at - middle);
    constexpr std::int64_t kWhole = std::int64_t{kLampReach} * kLampReach;
    if (d < kWhole) set(x, y, square(x, y) + static_cast<int>(most * (kWhole - d) / kWhole));
  });
}

void FloorLight::sun(const Window& window, Vec2 from) {
  const bool along_x = runs_along_x(window.side);
  const std::int32_t outward =
      along_x ? (window.side == Side::kNorth ? from.y : -from.y) : (window.side == Side::kEast ? from.x : -from.x);
  if (outward < kMetre / 3) return;
  const std::int32_t wall = window.side == Side::kNorth   ? cell_.floor.high.y
                            : window.side == Side::kSouth ? cell_.floor.low.y
                            : window.side == Side::kEast  ? cell_.floor.high.x
                                                          : cell_.floor.low.x;
  const auto farthest = static_cast<std::int32_t>(std::int64_t{window.top} * outward / kSunSlope);
  Rect patch = cell_.floor;
  switch (window.side) {
    case Side::kNorth: patch.low.y = wall - farthest; break;
    case Side::kSouth: patch.high.y = wall + farthest; break;
    case Side::kEast: patch.low.x = wall - farthest; break;
    case Side::kWest: patch.high.x = wall + farthest; break;
  }
  for_each(patch, [&](int x, int y, Vec2 at) {
    const std::int64_t away = std::abs((along_x ? at.y : at.x) - wall);
    const std::int64_t way = (away << 16) / outward;  // level way to the window, towards the sun
    const std::int64_t height = way * kSunSlope >> 16;
    const std::int64_t along = (along_x ? at.x : at.y) + (way * (along_x ? from.x : from.y) >> 16);
    if (height < window.sill || height > window.top || along < window.begin || along > window.end) return;
    set(x, y, square(x, y) + kSunLevels);
  });
}

}  // namespace atl::envs::playhouse
