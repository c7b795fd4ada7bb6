// Injection through the kernel's uinput: for consoles, Wayland and gamepads. Needs no display; knows no window.
#pragma once

#include "input/pressed_keys.h"
#include "input/sink.h"
#include "input/uinput_device.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace atl::input {

class UinputSink final : public InputSink {
 public:
  /// Borrows `pressed`, marked by evdev code (buttons from BTN_MISC). Throws Error(kConfig) or Error(kDevice).
  UinputSink(const UinputSinkConfig& config, PressedKeys& pressed);

  void send(std::span<const InputEvent> events) override;
  void release_all() override;

  /// Releases all that is marked, whoever pressed it: what a guard's twin does, which shares the devices. Throws
  /// nothing that matters: a lost device holds nothing.
  void release_marked() const;

  /// For a process that is forked from this one and keeps the devices.
  [[nodiscard]] std::vector<int> fds() const;

  /// Paths of its devices, for those who read them.
  [[nodiscard]] std::vector<std::string> devices() const;

 private:
  void send_control(const InputEvent& event);
  void send_position(const InputEvent& event);
  void send_pad_button(const InputEvent& event);
  void send_pad_axis(const InputEvent& event);
  void write(const UinputDevice& device, std::initializer_list<UinputChange> changes);
  [[nodiscard]] const UinputDevice& pad(int number) const;
  void release_pads();

  const UinputSinkConfig config_;
  PressedKeys& pressed_;
  std::unique_ptr<UinputDevice> mouse_;    // mouse and keyboard
  std::unique_ptr<UinputDevice> pointer_;  // absolute; null without a screen
  std::vector<std::unique_ptr<UinputDevice>> pads_;
  const UinputDevice* pointing_;               // moved the pointer last: clicks and wheel go through it
  const UinputDevice* last_device_ = nullptr;  // sent the last packet,
  std::int64_t last_us_ = 0;                   // at this time
  std::optional<PointerPosition> position_;    // last that was sent, on the screen
};

}  // namespace atl::input
