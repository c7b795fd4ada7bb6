// Controls as OWAMcap writes them: Windows' virtual-key codes, names and flags of mouse buttons. Shared by the writer
// of its topics and the reader of its files. Sources:
// https://learn.microsoft.com/windows/win32/inputdev/virtual-key-codes; RAWMOUSE of winuser.h; owa-msgs 0.6.
#pragma once

#include "core/controls.h"

#include <optional>
#include <span>
#include <string_view>

namespace atl::datasets {

/// Windows' virtual-key code of a key (not of a button). Keypad Enter has that of Enter, as Windows gives it.
[[nodiscard]] int windows_key_code(Control control);

/// The key with this code; either hand's for those that do not say which (Shift, Ctrl, Alt): the left one. Nothing
/// outside the vocabulary.
[[nodiscard]] std::optional<Control> control_of_windows_code(int code);

struct OwaButton {
  Control control;
  std::string_view name;
  int down;  // flag of button_flags
  int up;
};

/// The five buttons, in the vocabulary's order.
[[nodiscard]] std::span<const OwaButton, kNumButtons> owa_buttons();
[[nodiscard]] std::optional<Control> control_of_owa_button(std::string_view name);

inline constexpr int kOwaWheelFlag = 0x0400;
inline constexpr int kOwaWheelDetent = 120;  // WHEEL_DELTA

}  // namespace atl::datasets
