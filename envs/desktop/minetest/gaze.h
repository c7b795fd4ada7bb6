// Turns the player's eyes towards a place in Minetest by mouse counts, though what is told of them comes late.
#pragma once

#include "core/action.h"
#include "envs/desktop/minetest/scene.h"

#include <deque>

namespace atl::envs::desktop {

/// One thread; one `begin_step` per action, in order.
class MinetestGaze {
 public:
  explicit MinetestGaze(double counts_per_turn) : deg_per_count_(360.0 / counts_per_turn) {}

  /// A new step begins, in which `state` is the newest that was told.
  void begin_step(const MinetestState& state);

  /// Adds to `action` the mouse motion towards yaw and pitch, at most kMaxStep_deg. Returns how far the eyes are away
  /// from there, in degrees, before it.
  double turn_to(double yaw_deg, double pitch_deg, Action& action);

  /// The same towards a place, from the player's eyes.
  double look_at(const MinetestState& state, const MinetestPlace& place, Action& action);

  /// Adds any motion; it is known of in the steps after it.
  void turn_by(double right_deg, double down_deg, Action& action);

  static constexpr double kMaxStep_deg = 14.0;

 private:
  const double deg_per_count_;
  double yaw_deg_ = 0;  // as they should be now: what was told, and what was sent since
  double pitch_deg_ = 0;
  struct Sent {
    int dx = 0;
    int dy = 0;
  };
  std::deque<Sent> sent_;  // in the last steps, that nothing was told of yet
};

}  // namespace atl::envs::desktop
