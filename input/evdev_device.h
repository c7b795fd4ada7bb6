// One kernel input device (/dev/input/event*), decoded: keyboard, mouse, absolute pointer, gamepad or several of these
// at once. What it tells is whole: every press that is told has its release, also when the kernel dropped events or the
// device was unplugged.
#pragma once

#include "core/input_event.h"
#include "input/pointer_area.h"

#include <linux/input.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace atl::input {

/// What a device can be, as its capabilities say. Touchpads and touch screens are none of these: their absolute
/// positions are no positions of a pointer.
struct DeviceRoles {
  bool keyboard = false;          // has at least 8 keys of the vocabulary
  bool mouse = false;             // relative motion and a left button
  bool absolute_pointer = false;  // absolute positions and a left button: tablets of virtual machines
  bool gamepad = false;
  [[nodiscard]] bool any() const { return keyboard || mouse || absolute_pointer || gamepad; }
};

struct EvdevDeviceConfig {
  Origin origin = Origin::kHuman;
  std::uint8_t pad = 0;  // number of the gamepad
  PointerArea area{};    // absolute positions are told inside it; without screen size, in the device's own units
};

/// One thread.
class EvdevDevice {
 public:
  /// Throws Error(kDevice) naming what to do: cannot be opened, or is no input device.
  EvdevDevice(std::string path, const EvdevDeviceConfig& config);
  ~EvdevDevice();
  EvdevDevice(const EvdevDevice&) = delete;
  EvdevDevice& operator=(const EvdevDevice&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& physical() const { return physical_; }  // who made it: "atoll/..." for our own
  [[nodiscard]] const DeviceRoles& roles() const { return roles_; }
  [[nodiscard]] std::uint8_t pad() const { return config_.pad; }

  struct Result {
    int num_losses = 0;    // times that the kernel dropped events because nobody had read for too long
    bool is_gone = false;  // unplugged: all that was down is told as released
  };
  /// Appends what came since the last call, times by the kernel on CLOCK_MONOTONIC, to the microsecond; never blocks.
  /// Auto-repeat is left out, as are controls outside the vocabulary and what was down before the device was opened.
  Result read(std::vector<InputEvent>& out);

 private:
  // Events of one packet, until its SYN_REPORT.
  struct Packet {
    std::int32_t dx = 0;
    std::int32_t dy = 0;
    std::int32_t wheel = 0;
    std::int32_t wheel_parts = 0;  // 120 a detent
    bool has_wheel_parts = false;
    bool has_position = false;
    std::vector<InputEvent> controls;  // keys, buttons, pad axes, in order
  };

  void decode(const input_event& event, std::vector<InputEvent>& out);
  void decode_key(std::uint16_t code, bool pressed);
  void decode_relative(std::uint16_t code, std::int32_t value);
  void decode_absolute(std::uint16_t code, std::int32_t value);
  void decode_pad_substitute(std::uint16_t code, bool pressed);
  void tell_pad_axis(PadAxis axis, std::int32_t value);
  void end_packet(Timestamp time, std::vector<InputEvent>& out);
  void resynchronise(std::vector<InputEvent>& out);
  void release_all(std::vector<InputEvent>& out);
  [[nodiscard]] InputEvent event_of(InputKind kind) const;

  const std::string path_;
  const EvdevDeviceConfig config_;
  int fd_ = -1;
  std::string name_;
  std::string physical_;
  DeviceRoles roles_;
  std::array<input_absinfo, ABS_CNT> axes_{};
  std::array<bool, ABS_CNT> has_axis_{};
  std::array<bool, KEY_CNT> down_{};                  // as the kernel says
  std::array<bool, KEY_CNT> told_{};                  // presses that were told and not released
  std::array<std::int32_t, kNumPadAxes> pad_axes_{};  // as told
  std::int32_t wheel_parts_ = 0;                      // of a detent, not told yet
  Packet packet_;
};

}  // namespace atl::input
