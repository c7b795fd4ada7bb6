// Turns convex polygons before the eye into spans of pixels, in integers: neighbours that share an edge leave no gap
// and share no pixel.
#pragma once

#include "envs/playhouse/camera.h"

#include <cstdint>
#include <span>
#include <vector>

namespace atl::envs::playhouse {

/// Pixels begin .. end - 1 of row `y`.
struct Span {
  std::int32_t y = 0;
  std::int32_t begin = 0;
  std::int32_t end = 0;
};

class Rasteriser {
 public:
  explicit Rasteriser(FrameSize size);

  /// The spans of a convex polygon whose corners (eye space, see Camera::to_eye) are seen clockwise; empty when it
  /// faces away or lies outside. Clipped at the near plane. Valid until the next call.
  [[nodiscard]] std::span<const Span> spans_of(const Camera& camera, std::span<const Vec3> eye_corners);

 private:
  void project_clipped(const Camera& camera, std::span<const Vec3> eye_corners);
  [[nodiscard]] bool faces_away() const;
  void scan_edge(ScreenPoint from, ScreenPoint to);

  FrameSize size_;
  std::vector<ScreenPoint> points_;
  std::vector<std::int32_t> left_;   // first column of each row, of the present polygon
  std::vector<std::int32_t> right_;  // one past the last
  std::vector<Span> spans_;
};

/// Nothing nearer than this is drawn; the body keeps the eye further away from everything.
inline constexpr std::int32_t kNearPlane = from_cm(5);

}  // namespace atl::envs::playhouse
