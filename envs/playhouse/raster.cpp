#include "envs/playhouse/raster.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

constexpr std::int64_t kHalfPixel = 1 << (kSubpixelBits - 1);

// The first pixel whose middle is not left of (above) `q8`.
std::int64_t first_pixel(std::int64_t q8) { return (q8 + kHalfPixel - 1) >> kSubpixelBits; }

// Where the line from `in` to `out` (one on each side) meets the near plane.
Vec3 at_near_plane(Vec3 in, Vec3 out) {
  const std::int64_t part = in.z - kNearPlane;
  const std::int64_t whole = std::int64_t{in.z} - out.z;
  const auto mix = [&](std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(a + (std::int64_t{b} - a) * part / whole);
  };
  return {mix(in.x, out.x), mix(in.y, out.y), kNearPlane};
}

}  // namespace

Rasteriser::Rasteriser(FrameSize size)
    : size_(size), left_(static_cast<std::size_t>(size.height_px)), right_(static_cast<std::size_t>(size.height_px)) {
  points_.reserve(64);
  spans_.reserve(static_cast<std::size_t>(size.height_px));
}

void Rasteriser::project_clipped(const Camera& camera, std::span<const Vec3> corners) {
  points_.clear();
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec3 here = corners[i];
    const Vec3 next = corners[i + 1 < corners.size() ? i + 1 : 0];
    const bool inside = here.z >= kNearPlane;
    if (inside) points_.push_back(camera.project(here));
    if (inside == (next.z >= kNearPlane)) continue;
    // Always from the inner to the outer point: both polygons at an edge compute the same one.
    points_.push_back(camera.project(inside ? at_near_plane(here, next) : at_near_plane(next, here)));
  }
}

bool Rasteriser::faces_away() const {
  std::int64_t area = 0;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const ScreenPoint a = points_[i];
    const ScreenPoint b = points_[i + 1 < points_.size() ? i + 1 : 0];
    area += a.x * b.y - b.x * a.y;
  }
  return area <= 0;  // y points down: clockwise is positive
}

void Rasteriser::scan_edge(ScreenPoint from, ScreenPoint to) {
  // Clockwise with y down: edges that go down are on the right, those that go up on the left.
  std::vector<std::int32_t>& side = to.y > from.y ? right_ : left_;
  if (to.y < from.y) std::swap(from, to);
  const std::int64_t begin = std::max<std::int64_t>(first_pixel(from.y), 0);
  const std::int64_t end = std::min<std::int64_t>(first_pixel(to.y), size_.height_px);
  if (begin >= end) return;
  const std::int64_t slope = ((to.x - from.x) << 16) / (to.y - from.y);
  std::int64_t x = (from.x << 16) + ((begin << kSubpixelBits) + kHalfPixel - from.y) * slope;
  for (std::int64_t row = begin; row < end; ++row, x += slope << kSubpixelBits) {
    const std::int64_t column = first_pixel(x >> 16);
    side[static_cast<std::size_t>(row)] =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(column, 0, size_.width_px));
  }
}

std::span<const Span> Rasteriser::spans_of(const Camera& camera, std::span<const Vec3> eye_corners) {
  project_clipped(camera, eye_corners);
  spans_.clear();
  if (points_.size() < 3 || faces_away()) return {};
  std::int64_t top = points_[0].y;
  std::int64_t bottom = points_[0].y;
  for (const ScreenPoint& point : points_) {
    top = std::min(top, point.y);
    bottom = std::max(bottom, point.y);
  }
  const auto first = static_cast<std::int32_t>(std::clamp<std::int64_t>(first_pixel(top), 0, size_.height_px));
  const auto last = static_cast<std::int32_t>(std::clamp<std::int64_t>(first_pixel(bottom), 0, size_.height_px));
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const ScreenPoint& to = points_[i + 1 < points_.size() ? i + 1 : 0];
    if (points_[i].y != to.y) scan_edge(points_[i], to);
  }
  for (std::int32_t row = first; row < last; ++row) {
    const std::int32_t begin = left_[static_cast<std::size_t>(row)];
    const std::int32_t end = right_[static_cast<std::size_t>(row)];
    if (begin < end) spans_.push_back({row, begin, end});
  }
  return spans_;
}

}  // namespace atl::envs::playhouse
