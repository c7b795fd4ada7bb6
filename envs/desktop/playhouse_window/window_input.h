// What was done at a window since it was last asked, before anybody says what it means. Plain data.
#pragma once

#include "core/controls.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// One press for a line of text: what key, and what it writes.
struct Keystroke {
  std::optional<Control> control{};  // none for text that no single key made
  std::string text{};                // UTF-8; empty for keys that write nothing
  bool repeats = false;              // the key has been down for a while
};

struct WindowInput {
  std::int32_t dx = 0;             // mouse counts while the mouse is captured, right positive
  std::int32_t dy = 0;             // down positive
  std::int32_t wheel = 0;          // detents, away positive
  ControlSet held;                 // down now
  std::vector<Control> pressed;    // went down since the last time, in order; auto-repeat left out
  std::vector<Keystroke> strokes;  // all presses, auto-repeat too, in order
};

}  // namespace atl::envs::desktop
