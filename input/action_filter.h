// Cuts an action down to what the guard's settings allow.
#pragma once

#include "core/action.h"
#include "input/guard_types.h"

namespace atl::input {

struct FilteredAction {
  Action action;
  ControlSet forbidden;     // taken out
  bool motion_cut = false;  // motion, wheel or position was beyond the limits
};

[[nodiscard]] FilteredAction filter_action(const Action& action, const GuardSettings& settings);

}  // namespace atl::input
