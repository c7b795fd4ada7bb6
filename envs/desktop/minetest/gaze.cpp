#include "envs/desktop/minetest/gaze.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace atl::envs::desktop {
namespace {

// Steps from the answer of the expert to the line that tells of it: one until it is carried out, two or three for the
// game's picture, its server and the file. The gain is low, so that one step more on a busy machine does not make the
// eyes swing.
constexpr std::size_t kLateSteps = 4;
constexpr double kGain = 0.45;
constexpr double kStill_deg = 0.35;
constexpr double kEye = 1.625;  // above the feet, in nodes

double to_degrees(double radians) { return radians * 180.0 / std::numbers::pi; }

// -180 to 180.
double wrapped(double degrees) { return std::remainder(degrees, 360.0); }

}  // namespace

void MinetestGaze::begin_step(const MinetestState& state) {
  sent_.emplace_back();
  if (sent_.size() > kLateSteps) sent_.pop_front();
  yaw_deg_ = state.yaw_deg;
  pitch_deg_ = state.pitch_deg;
  for (const Sent& sent : sent_) {
    yaw_deg_ -= sent.dx * deg_per_count_;
    pitch_deg_ += sent.dy * deg_per_count_;
  }
  pitch_deg_ = std::clamp(pitch_deg_, -89.5, 89.5);
}

void MinetestGaze::turn_by(double right_deg, double down_deg, Action& action) {
  const Sent more{static_cast<int>(std::lround(right_deg / deg_per_count_)),
                  static_cast<int>(std::lround(down_deg / deg_per_count_))};
  action.dx += more.dx;
  action.dy += more.dy;
  if (sent_.empty()) return;
  sent_.back().dx += more.dx;
  sent_.back().dy += more.dy;
}

double MinetestGaze::turn_to(double yaw_deg, double pitch_deg, Action& action) {
  const double left = wrapped(yaw_deg - yaw_deg_);
  const double down = pitch_deg - pitch_deg_;
  const double far = std::hypot(left, down);
  if (far > kStill_deg) {
    const double share = std::min(kGain, kMaxStep_deg / far);
    turn_by(-left * share, down * share, action);
  }
  return far;
}

double MinetestGaze::look_at(const MinetestState& state, const MinetestPlace& place, Action& action) {
  const double east = place.x - state.feet.x;
  const double north = place.z - state.feet.z;
  const double below = state.feet.y + kEye - place.y;
  return turn_to(to_degrees(std::atan2(-east, north)), to_degrees(std::atan2(below, std::hypot(east, north))), action);
}

}  // namespace atl::envs::desktop
