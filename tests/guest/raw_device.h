// Devices as the kernel has them, read and made without Atoll's decoding: the independent side of the tests in the
// guest.
#pragma once

#include "core/clock.h"
#include "core/input_event.h"
#include "input/uinput_device.h"

#include <linux/input.h>

#include <string>
#include <vector>

namespace atl::tests {

inline constexpr Duration kPatience =
    std::chrono::seconds(20);  // the guest is emulated on a machine that has more to do

[[nodiscard]] Timestamp in(Duration d);

/// Reads a node with nothing but read(2).
class RawReader {
 public:
  explicit RawReader(const std::string& path);
  ~RawReader();
  RawReader(const RawReader&) = delete;
  RawReader& operator=(const RawReader&) = delete;

  /// Waits until `count` events of `type` are there (or the device is gone) and returns all of that type.
  std::vector<input_event> wait(std::uint16_t type, std::size_t count);
  [[nodiscard]] bool is_gone() const { return gone_; }
  [[nodiscard]] input_absinfo axis(std::uint16_t code) const;

 private:
  void read_until(Timestamp deadline);
  int fd_;
  bool gone_ = false;
  std::vector<input_event> events_;
};

/// Waits until shift is down, or up, for the kernel's own console; false if that does not come.
[[nodiscard]] bool wait_console_shift(bool down);

// What people have on their desks.
[[nodiscard]] input::UinputSpec keyboard_spec(const std::string& name = "some keyboard");
[[nodiscard]] input::UinputSpec mouse_spec();
/// A tablet as virtual machines have it, each axis from 0 to `high`.
[[nodiscard]] input::UinputSpec tablet_spec(int high);
[[nodiscard]] input::UinputSpec touchpad_spec();

[[nodiscard]] std::vector<InputEvent> without_times(std::vector<InputEvent> events);

/// Runs `work` in a child process that may do nothing but what user nobody may; returns what it returned.
[[nodiscard]] int run_as_nobody(int (*work)());

/// Prints a figure for the study that runs these tests.
void print_figure(const std::string& name, double value, const std::string& unit, std::size_t n);

}  // namespace atl::tests
