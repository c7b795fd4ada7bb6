// Where injected keys and mouse motion go. Used by the guard, which owns the injection device; nothing else should
// inject into a person's session. A sink belongs to one thread.
#pragma once

#include "core/input_event.h"
#include "input/pointer_area.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace atl::input {

class InputSink {
 public:
  virtual ~InputSink() = default;

  /// Injects the events in order, now, whatever their times say; returns when they are handed to the system. Pressing
  /// what is down and releasing what is up is left out. Throws Error(kDevice) when the device is lost.
  virtual void send(std::span<const InputEvent> events) = 0;

  /// Releases all that this sink holds down.
  virtual void release_all() = 0;
};

struct X11SinkConfig {
  std::string display{};  // ":77"; empty: the display that the process was started on
  /// Whose client area absolute positions refer to; clicks and wheel are left out while the pointer is elsewhere.
  /// 0: the whole screen.
  std::uint32_t window = 0;
};

/// Injects through XTest over a connection of its own. Keys go by position (evdev code + 8), so no keyboard layout
/// matters. Relative motion is not accelerated. Absolute positions warp the pointer: XTest's own absolute motion would
/// reach games as huge relative motion. The server keeps keys down when a client dies: only the guard may hold keys.
[[nodiscard]] std::unique_ptr<InputSink> create_x11_sink(const X11SinkConfig& config);

struct UinputSinkConfig {
  PointerArea area{};    // what absolute positions refer to; without screen size, there is no absolute pointer
  int num_gamepads = 0;  // 0 to 4, told apart by InputEvent::pad
};

/// Injects through devices that the kernel makes for it: a mouse with a keyboard, an absolute pointer, gamepads (Xbox
/// 360). Works on consoles, Wayland and X alike, for whatever has the focus; keys go by position. Positions outside the
/// screen go to its border. The kernel releases everything when the process ends, however it does. Sending a motion by
/// nothing, or an axis where it stands, has no effect. Throws Error(kDevice) that says what to do without uinput.
[[nodiscard]] std::unique_ptr<InputSink> create_uinput_sink(const UinputSinkConfig& config);

}  // namespace atl::input
