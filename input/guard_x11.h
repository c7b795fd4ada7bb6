// The guard on an X display: XTest out, XInput2 in, the window's focus, origins by the log of what was sent.
#pragma once

#include "input/guard_system.h"
#include "input/pressed_keys.h"

#include <memory>
#include <string>

namespace atl::input {

/// The guard's twin with a connection of its own to the display, open beforehand. Call before threads, before the
/// guard's own connections. Throws Error(kDevice).
void start_x11_twin(const std::string& display, const PressedKeys& pressed);

/// Borrows `pressed`. Throws Error(kDevice) when display or window cannot be used.
[[nodiscard]] std::unique_ptr<GuardSystem> create_x11_system(const GuardSettings& settings, PressedKeys& pressed);

}  // namespace atl::input
