// Where the keys of the vocabulary stand on a drawn keyboard.
#pragma once

#include "core/controls.h"

#include <span>
#include <string_view>

namespace atl::video {

/// One key cap, in units of one letter key; x from the left, y from the top.
struct KeyCap {
  std::string_view control;  // its name in the vocabulary
  std::string_view label;    // drawn on it
  double x;
  double y;
  double width = 1.0;
};

inline constexpr double kKeyboardWidth = 19.0;  // in key units
inline constexpr double kKeyboardHeight = 6.0;

/// All 96 keys.
[[nodiscard]] std::span<const KeyCap> keyboard_layout();

}  // namespace atl::video
