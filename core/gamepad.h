// What a gamepad has: 11 buttons and 8 axes, those of an Xbox 360 pad. Every pad is told in these terms, so that
// recordings of different pads read alike; files name them ("a", "left_x").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace atl {

inline constexpr int kNumPadButtons = 11;
inline constexpr int kNumPadAxes = 8;

/// Index of a button or an axis in its table. The order is fixed: append only.
enum class PadButton : std::uint8_t {};
enum class PadAxis : std::uint8_t {};

struct PadButtonInfo {
  std::string_view name;     // the label on an Xbox pad
  std::uint16_t evdev_code;  // BTN_*
};

/// Values run from `low` to `high`; at rest 0. Sticks: right and down positive; hat likewise; triggers: pulled.
struct PadAxisInfo {
  std::string_view name;
  std::uint16_t evdev_code;  // ABS_*
  std::int32_t low;
  std::int32_t high;
};

/// In index order.
[[nodiscard]] std::span<const PadButtonInfo, kNumPadButtons> pad_button_table();
[[nodiscard]] std::span<const PadAxisInfo, kNumPadAxes> pad_axis_table();

[[nodiscard]] const PadButtonInfo& info_of(PadButton button);
[[nodiscard]] const PadAxisInfo& info_of(PadAxis axis);
[[nodiscard]] std::optional<PadButton> find_pad_button(std::string_view name);
[[nodiscard]] std::optional<PadAxis> find_pad_axis(std::string_view name);
[[nodiscard]] std::optional<PadButton> pad_button_of_evdev(std::uint16_t code);
[[nodiscard]] std::optional<PadAxis> pad_axis_of_evdev(std::uint16_t code);

}  // namespace atl
