// Input events in one line, for tests; times and origins are left as they are by default.
#pragma once

#include "core/input_event.h"

namespace atl::tests {

[[nodiscard]] inline InputEvent control_event(Control control, bool pressed) {
  InputEvent event;
  event.control = control;
  event.pressed = pressed;
  return event;
}

[[nodiscard]] inline InputEvent motion(InputKind kind, int dx, int dy) {
  InputEvent event;
  event.kind = kind;
  event.dx = dx;
  event.dy = dy;
  return event;
}

}  // namespace atl::tests
