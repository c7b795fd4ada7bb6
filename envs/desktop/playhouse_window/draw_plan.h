// How finely pictures for people are drawn, so that sixty fit into a second on this machine at this window's size:
// smooth while there is time for it, else plain, else smaller and enlarged. Follows what drawing is measured to cost.
// One thread; nothing that happens in the world depends on it.
#pragma once

#include "core/clock.h"
#include "core/frame.h"

#include <array>

namespace atl::envs::desktop {

struct DrawPlan {
  bool smooth = true;
  int divisor = 1;  // a pixel that is drawn covers divisor x divisor of the view
  friend bool operator==(const DrawPlan&, const DrawPlan&) = default;
};

/// From the finest to the coarsest.
inline constexpr std::array<DrawPlan, 6> kDrawPlans{
    {{true, 1}, {false, 1}, {false, 2}, {false, 3}, {false, 4}, {false, 6}}};

/// The finest plan for pictures of `view` that takes no longer than `budget`, when a drawn pixel costs `pixel_ns` ns.
[[nodiscard]] DrawPlan plan_drawing(FrameSize view, double pixel_ns, Duration budget);

class DrawPace {
 public:
  /// Begins with what usual machines can do.
  explicit DrawPace(FrameSize view);

  [[nodiscard]] const DrawPlan& plan() const { return plan_; }

  /// A picture of the present plan took `time`. Returns whether the plan is another one from now on: twice a second at
  /// most, and only where it is clearly too slow or would clearly leave time.
  bool note(Duration time);

 private:
  FrameSize view_;
  DrawPlan plan_;
  Duration total_{};
  int num_pictures_ = 0;
};

}  // namespace atl::envs::desktop
