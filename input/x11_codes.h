// Between controls and what X calls them. Under evdev rules (Xorg, Xwayland, Xvfb) the keycode of a key is its evdev
// code + 8, whatever the keyboard layout; buttons have their own numbers, wheels are buttons 4 to 7.
#pragma once

#include "core/controls.h"

#include <cstdint>
#include <optional>

namespace atl::input {

inline constexpr std::uint8_t kWheelUpButton = 4;
inline constexpr std::uint8_t kWheelDownButton = 5;

/// Keycode of a key, or button number of a button.
[[nodiscard]] std::uint8_t x_code_of(Control control);

/// The control with this keycode or button number; nothing outside the vocabulary.
[[nodiscard]] std::optional<Control> control_of_keycode(std::uint32_t keycode);
[[nodiscard]] std::optional<Control> control_of_button(std::uint32_t button);

}  // namespace atl::input
