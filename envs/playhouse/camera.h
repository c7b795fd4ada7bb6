// The eye of Playhouse: how points of the room fall onto the picture, and where a pixel's ray goes. It never rolls, so
// a row of pixels keeps one slope against the floor: the floor is linear along a row.
#pragma once

#include "core/frame.h"
#include "envs/playhouse/mesh.h"
#include "envs/playhouse/motion.h"

#include <cstdint>

namespace atl::envs::playhouse {

inline constexpr int kFieldOfView_deg = 80;  // horizontal
inline constexpr int kSubpixelBits = 8;

struct ScreenPoint {
  std::int64_t x = 0;  // Q8 px from the left
  std::int64_t y = 0;  // Q8 px from the top
};

class Camera {
 public:
  Camera(FrameSize size, const Pose& pose);

  /// A point of the room as x right, y up, z depth before the eye (Q16 m).
  [[nodiscard]] Vec3 to_eye(Vec3 point) const;
  /// Where a point before the eye (depth > 0) falls.
  [[nodiscard]] ScreenPoint project(Vec3 eye_point) const;
  /// Direction in the room of the ray through the middle of pixel (x, y); z is the same for a whole row. Long enough
  /// that neighbours differ by `ray_step`.
  [[nodiscard]] Vec3 ray(int x, int y) const;
  /// What `ray` gains from one pixel to the next one on its right.
  [[nodiscard]] Vec3 ray_step() const;

  [[nodiscard]] Vec3 eye() const { return eye_; }

 private:
  FrameSize size_;
  Vec3 eye_;
  Vec3 right_;  // Q16 unit vectors
  Vec3 up_;
  Vec3 forward_;
  std::int64_t focal_;  // Q8 px
};

}  // namespace atl::envs::playhouse
