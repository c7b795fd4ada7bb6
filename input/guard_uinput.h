// The guard without a display, for consoles and Wayland: uinput out, evdev in. Whoever is no device of the guard's own
// is a person. The kernel knows no windows: what the guard sends goes to whatever has the focus.
#pragma once

#include "input/guard_system.h"
#include "input/pressed_keys.h"
#include "input/uinput_sink.h"

#include <memory>

namespace atl::input {

/// The guard's devices. Borrows `pressed`. Throws Error(kDevice) that says what to do without uinput.
[[nodiscard]] std::unique_ptr<UinputSink> create_guard_devices(const GuardSettings& settings, PressedKeys& pressed);

/// The guard's twin, which shares the devices: when the guard dies they go with the twin, and the kernel releases what
/// they held; when the guard hangs the twin releases it. Call before threads. Throws Error(kDevice).
void start_uinput_twin(const UinputSink& devices, const PressedKeys& pressed);

/// Throws Error(kDevice) that says what to do when no person's keyboard or mouse can be read: without them there is
/// neither takeover nor kill key.
[[nodiscard]] std::unique_ptr<GuardSystem> create_uinput_system(const GuardSettings& settings,
                                                                std::unique_ptr<UinputSink> devices);

}  // namespace atl::input
