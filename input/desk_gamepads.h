// The gamepads of the desk that a display belongs to: X knows none, the kernel does. Part of what listens to a display:
// create_x11_source and the guard.
#pragma once

#include "input/evdev_reader.h"
#include "x11/connection.h"

#include <optional>
#include <vector>

namespace atl::input {

/// One thread.
class DeskGamepads {
 public:
  /// Those that are there and come later, as far as this user may read them; none unless `wanted`, or on a machine
  /// without input devices. Borrows `display`. Throws Error(kDevice).
  DeskGamepads(const x11::Connection& display, bool wanted, Origin origin = Origin::kHuman);
  ~DeskGamepads();
  DeskGamepads(const DeskGamepads&) = delete;
  DeskGamepads& operator=(const DeskGamepads&) = delete;

  /// Readable when the display or a gamepad has something.
  [[nodiscard]] int fd() const { return wait_fd_ >= 0 ? wait_fd_ : display_.fd(); }

  /// Appends what came; never blocks.
  void read(std::vector<InputEvent>& events);
  [[nodiscard]] std::vector<InputLoss> take_losses();

 private:
  const x11::Connection& display_;
  std::optional<EvdevReader> reader_;
  int wait_fd_ = -1;
};

}  // namespace atl::input
