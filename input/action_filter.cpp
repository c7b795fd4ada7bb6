#include "input/action_filter.h"

#include <algorithm>

namespace atl::input {

FilteredAction filter_action(const Action& action, const GuardSettings& settings) {
  FilteredAction filtered{action, {}, false};
  Action& kept = filtered.action;
  for (std::size_t i = 0; i < kNumControls; ++i) {
    if (settings.allowed.test(i) || (!kept.held.test(i) && kept.presses[i] == 0)) continue;
    filtered.forbidden.set(i);
    kept.held.reset(i);
    kept.presses[i] = 0;
  }
  kept.dx = std::clamp(kept.dx, -settings.max_counts_per_step, settings.max_counts_per_step);
  kept.dy = std::clamp(kept.dy, -settings.max_counts_per_step, settings.max_counts_per_step);
  kept.wheel = std::clamp(kept.wheel, -settings.max_wheel_per_step, settings.max_wheel_per_step);
  if (!settings.allow_pointer) kept.pointer.reset();
  filtered.motion_cut =
      kept.dx != action.dx || kept.dy != action.dy || kept.wheel != action.wheel || kept.pointer != action.pointer;
  return filtered;
}

}  // namespace atl::input
