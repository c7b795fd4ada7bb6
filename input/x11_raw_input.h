// XInput2 raw events, decoded. Listens on the root window to all master devices over a borrowed connection.
#pragma once

#include "core/input_event.h"
#include "x11/connection.h"

#include <cstdint>
#include <map>
#include <optional>

namespace atl::input {

struct RawInput {
  InputEvent event;            // origin kHuman; time when the server saw it
  std::uint32_t sequence = 0;  // of the last request of this connection that the server had served
};

class X11RawInput {
 public:
  /// `window`: absolute positions are told relative to its client area; 0: the screen. Throws Error(kDevice) without
  /// XInput 2.2.
  X11RawInput(const x11::Connection& connection, std::uint32_t window);

  /// As in the constructor, from now on.
  void set_window(std::uint32_t window) { window_ = window; }

  /// The input that `event` tells; nothing if it tells none that the vocabulary knows.
  [[nodiscard]] std::optional<RawInput> decode(const x11::Event& event);

 private:
  struct Device {
    bool is_absolute = false;
    double left_x = 0.0;  // parts of a count that were not told yet
    double left_y = 0.0;
  };
  Device& device(std::uint16_t id);
  bool decode_motion(const x11::Event& event, InputEvent& input);
  bool read_position(InputEvent& input) const;

  const x11::Connection& connection_;
  std::uint32_t window_;
  std::uint8_t opcode_ = 0;
  std::map<std::uint16_t, Device> devices_;
};

}  // namespace atl::input
