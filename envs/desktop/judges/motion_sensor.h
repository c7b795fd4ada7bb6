// Judge kind "motion": how a first-person camera moved, from its pictures alone.
//
// Between two pictures, the shifts of a grid of blocks are found by phase correlation (Kuglin and Hines 1975; OpenCV's
// phaseCorrelate) and fitted by u = a + s x, v = b + s y about the picture's centre: a is turning, b looking up or
// down, and s the growth of everything that is walked towards.
#pragma once

#include "envs/desktop/judges/sensor.h"

#include <memory>

namespace atl::envs::desktop {

/// How the camera moved from one picture to the next.
struct CameraMotion {
  double right_deg = 0.0;
  double up_deg = 0.0;
  double growth = 0.0;  // of what is seen: positive forward
};

/// One thread.
class MotionMeter {
 public:
  /// `field_of_view_deg`: horizontal, of the whole picture.
  explicit MotionMeter(double field_of_view_deg);
  MotionMeter(MotionMeter&&) noexcept;
  MotionMeter& operator=(MotionMeter&&) noexcept;
  ~MotionMeter();
  /// Since the last picture; nothing moved at the first. `view`: BGRA8, always the same size.
  [[nodiscard]] CameraMotion update(ImageView view);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Readings: one a picture, all since the start of the episode: "right_deg", "up_deg", "forward" (the sum of the
/// growths: about the logarithm of how much nearer things are), and "turned_deg", the sum of all turns without signs.
[[nodiscard]] std::unique_ptr<Sensor> create_motion_sensor(const JudgeProfile& judge);

}  // namespace atl::envs::desktop
