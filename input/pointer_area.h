// Where a window's client area lies on the screen: what a device with absolute positions needs to know, because kernel
// devices know screens only.
#pragma once

#include "core/action.h"

#include <cstdint>
#include <optional>

namespace atl::input {

/// In pixels of the device's whole screen (of all monitors together, where the compositor lays the device over all).
struct PointerArea {
  std::int32_t screen_width_px = 0;  // 0: unknown
  std::int32_t screen_height_px = 0;
  std::int32_t x_px = 0;  // of the window's client area, from the left of the screen
  std::int32_t y_px = 0;
  friend bool operator==(const PointerArea&, const PointerArea&) = default;
};

/// The pixel of `size_px` that `value` of an axis from `low` to `high` (inclusive) lies in: 0 to size_px - 1. As
/// libinput does it: the axis has high - low + 1 values, so both borders are reached (libinput, evdev.h,
/// absinfo_scale_axis).
[[nodiscard]] constexpr std::int32_t pixel_of(std::int32_t value, std::int32_t low, std::int32_t high,
                                              std::int32_t size_px) {
  const std::int64_t num_values = std::int64_t{high} - low + 1;
  return static_cast<std::int32_t>((std::int64_t{value} - low) * size_px / num_values);
}

}  // namespace atl::input
