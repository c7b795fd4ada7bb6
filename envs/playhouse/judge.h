// Decides when something has been done in Playhouse, from the state alone: no pixels, no agent, so that a stepped world
// and a window that shows it come to the same verdict on the same ticks.
//
//   go to    nearer than 1.0 m (from the body's middle to the object's surface), within 20 degrees of the view axis,
//            nearly still for 0.2 s (3 action steps)
//   look at  within 6 degrees of the view axis and inside the picture's height, not hidden by another object, nearly
//            still for 0.5 s
//   pick up  E pressed while the object is nearer than 1.2 m and within 12 degrees of the view axis
//
// Whichever object this is true of has been chosen: the target means success, another one `wrong_object`. Of several
// the target counts, if it is among them, else the one nearest to the view axis.
#pragma once

#include "envs/playhouse/motion.h"
#include "envs/playhouse/scene.h"

#include <cstdint>

namespace atl::envs::playhouse {

inline constexpr std::int32_t kGoToDistance = kMetre;
inline constexpr std::int32_t kGoToAngle = from_degrees(20);
inline constexpr int kGoToTicks = 3 * kTicksPerStep;
inline constexpr std::int32_t kLookAtAngle = from_degrees(6);
inline constexpr std::int32_t kLookAtHeightAngle = from_degrees(25);
inline constexpr int kLookAtTicks = kTickRateHz / 2;
inline constexpr std::int32_t kPickUpDistance = from_cm(120);
inline constexpr std::int32_t kPickUpAngle = from_degrees(12);

inline constexpr int kNothing = -1;

/// What is asked for.
struct Quest {
  Family family = Family::kGoTo;
  int target = 0;  // index of an object
  int limit_ticks = 10 * kTickRateHz;
};

class Judge {
 public:
  /// Looks at the state after one tick. Returns the index of the object that has just been gone to, looked at or picked
  /// up, or kNothing.
  int observe(const Scene& scene, const Pose& pose, const Quest& quest, const TickInput& input, bool still);

  /// The object that is being held in view or reach, and for how many ticks: part of the world's state.
  [[nodiscard]] int candidate() const { return candidate_; }
  [[nodiscard]] int ticks() const { return ticks_; }

 private:
  int candidate_ = kNothing;
  int ticks_ = 0;
};

/// How near an object's surface has to be, and how near its middle to the view axis.
struct Reach {
  std::int32_t distance = 0;
  std::int32_t angle = 0;  // counts
};

[[nodiscard]] bool is_in_reach(const Scene& scene, const Pose& pose, int index, Reach reach);
/// Whether object `index` satisfies "look at": see above.
[[nodiscard]] bool is_in_view(const Scene& scene, const Pose& pose, int index);

/// Whether another object stands before the middle of object `index`, seen from the eye.
[[nodiscard]] bool is_hidden(const Scene& scene, const Pose& pose, int index);

}  // namespace atl::envs::playhouse
