// The guard's twin: a process that only waits for the guard to die or hang, and then releases what it held. It has its
// connection to the display open beforehand, and shares the set of pressed keys with the guard.
#pragma once

#include "input/pressed_keys.h"

#include <string>

namespace atl::input {

/// Forks the twin of the calling process. Call early: before threads, before the guard's own connections. The twin ends
/// when the caller does, however that happens. Throws Error(kDevice).
void start_guard_twin(const std::string& display, const PressedKeys& pressed);

}  // namespace atl::input
