#include "input/x11_codes.h"

#include <linux/input-event-codes.h>

#include <utility>

namespace atl::input {
namespace {

constexpr std::uint32_t kKeycodeOffset = 8;
constexpr std::pair<std::uint16_t, std::uint8_t> kButtons[] = {
    {BTN_LEFT, 1}, {BTN_MIDDLE, 2}, {BTN_RIGHT, 3}, {BTN_SIDE, 8}, {BTN_EXTRA, 9}};

}  // namespace

std::uint8_t x_code_of(Control control) {
  const std::uint16_t code = info_of(control).evdev_code;
  for (const auto& [evdev, button] : kButtons) {
    if (code == evdev) return button;
  }
  return static_cast<std::uint8_t>(code + kKeycodeOffset);
}

std::optional<Control> control_of_keycode(std::uint32_t keycode) {
  if (keycode < kKeycodeOffset) return std::nullopt;
  return control_of_evdev(static_cast<std::uint16_t>(keycode - kKeycodeOffset));
}

std::optional<Control> control_of_button(std::uint32_t button) {
  for (const auto& [evdev, number] : kButtons) {
    if (button == number) return control_of_evdev(evdev);
  }
  return std::nullopt;
}

}  // namespace atl::input
