// What was done at a window since it was last asked, before anybody says what it means. Plain data.
#pragma once

#include "core/controls.h"

#include <cstdint>
#include <vector>

namespace atl::envs::desktop {

struct WindowInput {
  std::int32_t dx = 0;           // mouse counts while the mouse is captured, right positive
  std::int32_t dy = 0;           // down positive
  std::int32_t wheel = 0;        // detents, away positive
  ControlSet held;               // down now
  std::vector<Control> pressed;  // went down since the last time, in order; auto-repeat left out
};

}  // namespace atl::envs::desktop
