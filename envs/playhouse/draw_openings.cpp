#include "envs/playhouse/draw_furniture.h"
#include "envs/playhouse/draw_place.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

using Span = std::array<std::int32_t, 2>;

constexpr std::int32_t kCasing = from_cm(9);  // width of a door's frame
constexpr std::int32_t kWindowFrame = from_cm(6);
constexpr std::int32_t kBar = from_cm(4);
constexpr std::int32_t kOff = from_cm(1) / 2;  // frames stand off their walls

// The axes of a stretch of a room's wall, out of the wall into the room.
PlaceAxes wall_axes(const Cell& room, Side side, std::int32_t begin, std::int32_t end) {
  const Rect& f = room.floor;
  switch (side) {
    case Side::kNorth: return {{{begin, f.high.y}, {end, f.high.y}}, Side::kSouth};
    case Side::kEast: return {{{f.high.x, begin}, {f.high.x, end}}, Side::kWest};
    case Side::kSouth: return {{{begin, f.low.y}, {end, f.low.y}}, Side::kNorth};
    case Side::kWest: return {{{f.low.x, begin}, {f.low.x, end}}, Side::kEast};
  }
  return {{}, side};
}

// Begins a body on a wall; 0: out of sight.
std::int32_t begin_on_wall(Workshop& shop, const PlaceAxes& axes, Span z) {
  const Vec3 middle = axes.at(axes.width() / 2, 0, (z[0] + z[1]) / 2);
  return shop.pen->begin(middle, axes.width() / 2 + (z[1] - z[0]) / 2 + kCasing);
}

}  // namespace

void draw_door_frame(Workshop& shop, const Cell& room, const Portal& portal, const RoomPaint& paint) {
  const PlaceAxes axes = wall_axes(room, portal.side, portal.begin, portal.end);
  if (begin_on_wall(shop, axes, {0, portal.height}) == 0) return;
  const std::uint8_t door = door_of(*shop.house, shop.house->cells[portal.cell]);
  shop.pen->set_ink(door == kNothing ? std::uint8_t{0} : static_cast<std::uint8_t>(fixture_entity(door).id + 1),
                    paint.light);
  const std::int32_t light = shop.pen->box_light()[axes.front()];
  const std::int32_t width = axes.width();
  const std::int32_t top = portal.height + kCasing;
  shop.pen->polygon(axes.panel({-kCasing, 0}, kOff, {0, top}), shop.paint.trim, light);
  shop.pen->polygon(axes.panel({width, width + kCasing}, kOff, {0, top}), shop.paint.trim, light);
  shop.pen->polygon(axes.panel({0, width}, kOff, {portal.height, top}), shop.paint.trim, light);
}

void draw_window_frame(Workshop& shop, const Cell& room, const Window& window, const RoomPaint& paint) {
  const PlaceAxes axes = wall_axes(room, window.side, window.begin, window.end);
  const std::int32_t metre_px = begin_on_wall(shop, axes, {window.sill, window.top});
  if (metre_px == 0) return;
  shop.pen->set_ink(0, paint.light);
  const std::int32_t light = std::min(shop.pen->box_light()[axes.front()] * 9 / 8, 256);
  const std::int32_t width = axes.width();
  const auto strip = [&](Span right, Span z) { shop.pen->polygon(axes.panel(right, kOff, z), shop.paint.trim, light); };
  strip({-kWindowFrame, 0}, {window.sill, window.top + kWindowFrame});
  strip({width, width + kWindowFrame}, {window.sill, window.top + kWindowFrame});
  strip({0, width}, {window.top, window.top + kWindowFrame});
  if (metre_px >= 12) {
    strip({(width - kBar) / 2, (width + kBar) / 2}, {window.sill, window.top});
    const std::int32_t middle = window.sill + (window.top - window.sill) * 3 / 5;
    strip({0, width}, {middle - kBar / 2, middle + kBar / 2});
  }
  const auto [low, high] =
      axes.box({-2 * kWindowFrame, width + 2 * kWindowFrame}, {0, from_cm(9)}, {window.sill - from_cm(5), window.sill});
  shop.pen->box({low, high}, shop.paint.trim, 0);
}

void draw_ceiling_light(Workshop& shop, const Cell& room, bool is_on, const RoomPaint& paint) {
  constexpr std::int32_t kRadius = from_cm(26);
  const Vec2 middle = room.floor.middle();
  const Vec3 at{middle.x, middle.y, room.height - kOff};
  if (shop.pen->begin(at, kRadius) == 0) return;
  shop.pen->set_ink(0, paint.light);
  std::array<Vec3, 10> corners;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    // Anticlockwise seen from above: clockwise from below.
    const auto angle = -static_cast<std::int32_t>(i) * kTurn / 10;
    const Vec2 p = middle + from_view({0, kRadius}, angle);
    corners[i] = {p.x, p.y, at.z};
  }
  shop.pen->polygon(corners, is_on ? 0xfffbe8 : 0xa8a8a4, is_on ? 256 : std::min(paint.light.level, 256));
}

}  // namespace atl::envs::playhouse
