#include "envs/playhouse/draw_region.h"

#include <array>

namespace atl::envs::playhouse {
namespace {

constexpr std::int64_t kHalfPixel = 1 << (kSubpixelBits - 1);

// The first pixel whose middle is not left of (above) `q8`.
std::int64_t first_pixel(std::int64_t q8) { return (q8 + kHalfPixel - 1) >> kSubpixelBits; }

// Where the line from `in` to `out` (one on each side) meets the near plane.
EyePoint at_near_plane(EyePoint in, EyePoint out) {
  const std::int64_t part = std::int64_t{in.z} - kWallNear;
  const std::int64_t whole = std::int64_t{in.z} - out.z;
  const auto mix = [&](std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(a + (std::int64_t{b} - a) * part / whole);
  };
  return {mix(in.x, out.x), mix(in.y, out.y), kWallNear};
}

struct Points {
  std::array<View::Point, 8> all;
  std::size_t count = 0;
  void add(View::Point p) { all[count++] = p; }
};

Points project_clipped(const View& view, std::span<const EyePoint> corners) {
  Points points;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const EyePoint here = corners[i];
    const EyePoint next = corners[i + 1 < corners.size() ? i + 1 : 0];
    const bool inside = here.z >= kWallNear;
    if (inside) points.add(view.project_far(here));
    if (inside == (next.z >= kWallNear)) continue;
    // Always from the inner to the outer point: both polygons at an edge compute the same one.
    points.add(view.project_far(inside ? at_near_plane(here, next) : at_near_plane(next, here)));
  }
  return points;
}

// One side of a polygon: its edge's columns in the rows of `region`, within `clip`.
void scan_edge(View::Point from, View::Point to, const Region& clip, Region& region) {
  // Clockwise with y down: edges that go down are on the right, those that go up on the left.
  const bool is_right = to.y > from.y;
  if (!is_right) std::swap(from, to);
  const std::int64_t begin = std::max<std::int64_t>(first_pixel(from.y), region.top);
  const std::int64_t end = std::min<std::int64_t>(first_pixel(to.y), region.bottom);
  if (begin >= end) return;
  // Q16 / Q8. A line that is nearly level may be very long: its slope is kept in bounds that leave no picture.
  const std::int64_t slope = ((to.x - from.x) << 16) / (to.y - from.y);
  std::int64_t x = (from.x << 16) + ((begin << kSubpixelBits) + kHalfPixel - from.y) * slope;
  for (std::int64_t y = begin; y < end; ++y, x += slope << kSubpixelBits) {
    const Interval limit = clip.rows[static_cast<std::size_t>(y)];
    const std::int64_t column = first_pixel(x >> 16);
    const auto clamped =
        static_cast<std::int16_t>(std::clamp<std::int64_t>(column, limit.begin, std::max(limit.begin, limit.end)));
    Interval& row = region.rows[static_cast<std::size_t>(y)];
    (is_right ? row.end : row.begin) = clamped;
  }
}

// Leaves out empty rows above and below, and finds left and right.
void tighten(Region& region) {
  const auto is_empty = [&](int y) {
    const Interval row = region.rows[static_cast<std::size_t>(y)];
    return row.begin >= row.end;
  };
  while (region.top < region.bottom && is_empty(region.top)) ++region.top;
  while (region.top < region.bottom && is_empty(region.bottom - 1)) --region.bottom;
  if (region.top >= region.bottom) return;
  region.left = region.rows[static_cast<std::size_t>(region.top)].begin;
  region.right = region.rows[static_cast<std::size_t>(region.top)].end;
  for (int y = region.top; y < region.bottom; ++y) {
    const Interval row = region.rows[static_cast<std::size_t>(y)];
    region.left = std::min<int>(region.left, row.begin);
    region.right = std::max<int>(region.right, row.end);
  }
}

}  // namespace

Region whole_of(FrameSize size) {
  Region region{0, size.height_px, 0, size.width_px, {}};
  region.rows.assign(static_cast<std::size_t>(size.height_px), {0, static_cast<std::int16_t>(size.width_px)});
  return region;
}

void outline(const View& view, std::span<const EyePoint> corners, const Region& clip, Region& region) {
  region.rows.resize(clip.rows.size());
  region.left = region.right = 0;
  region.top = region.bottom = 0;
  const Points points = project_clipped(view, corners);
  if (points.count < 3) return;
  std::int64_t top = points.all[0].y;
  std::int64_t bottom = top;
  for (std::size_t i = 1; i < points.count; ++i) {
    top = std::min(top, points.all[i].y);
    bottom = std::max(bottom, points.all[i].y);
  }
  region.top = static_cast<int>(std::clamp<std::int64_t>(first_pixel(top), clip.top, clip.bottom));
  region.bottom = static_cast<int>(std::clamp<std::int64_t>(first_pixel(bottom), clip.top, clip.bottom));
  for (std::size_t i = 0; i < points.count; ++i) {
    const View::Point to = points.all[i + 1 < points.count ? i + 1 : 0];
    if (points.all[i].y != to.y) scan_edge(points.all[i], to, clip, region);
  }
  tighten(region);
}

}  // namespace atl::envs::playhouse
