#include "core/gamepad.h"

#include "core/error.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <array>

namespace atl {
namespace {

constexpr std::array<PadButtonInfo, kNumPadButtons> kButtons{{{"a", BTN_A},
                                                              {"b", BTN_B},
                                                              {"x", BTN_X},
                                                              {"y", BTN_Y},
                                                              {"left_shoulder", BTN_TL},
                                                              {"right_shoulder", BTN_TR},
                                                              {"back", BTN_SELECT},
                                                              {"start", BTN_START},
                                                              {"guide", BTN_MODE},
                                                              {"left_stick", BTN_THUMBL},
                                                              {"right_stick", BTN_THUMBR}}};

constexpr std::array<PadAxisInfo, kNumPadAxes> kAxes{{{"left_x", ABS_X, -32768, 32767},
                                                      {"left_y", ABS_Y, -32768, 32767},
                                                      {"right_x", ABS_RX, -32768, 32767},
                                                      {"right_y", ABS_RY, -32768, 32767},
                                                      {"left_trigger", ABS_Z, 0, 32767},
                                                      {"right_trigger", ABS_RZ, 0, 32767},
                                                      {"hat_x", ABS_HAT0X, -1, 1},
                                                      {"hat_y", ABS_HAT0Y, -1, 1}}};

template <class Index, class Table, class Matches>
std::optional<Index> find_in(const Table& table, const Matches& matches) {
  const auto it = std::find_if(table.begin(), table.end(), matches);
  if (it == table.end()) return std::nullopt;
  return static_cast<Index>(it - table.begin());
}

}  // namespace

std::span<const PadButtonInfo, kNumPadButtons> pad_button_table() { return kButtons; }
std::span<const PadAxisInfo, kNumPadAxes> pad_axis_table() { return kAxes; }

const PadButtonInfo& info_of(PadButton button) {
  const auto index = static_cast<std::size_t>(button);
  ATOLL_CHECK(index < kButtons.size(), "pad button {}, expected < {}", index, kButtons.size());
  return kButtons[index];
}

const PadAxisInfo& info_of(PadAxis axis) {
  const auto index = static_cast<std::size_t>(axis);
  ATOLL_CHECK(index < kAxes.size(), "pad axis {}, expected < {}", index, kAxes.size());
  return kAxes[index];
}

std::optional<PadButton> find_pad_button(std::string_view name) {
  return find_in<PadButton>(kButtons, [&](const PadButtonInfo& info) { return info.name == name; });
}

std::optional<PadAxis> find_pad_axis(std::string_view name) {
  return find_in<PadAxis>(kAxes, [&](const PadAxisInfo& info) { return info.name == name; });
}

std::optional<PadButton> pad_button_of_evdev(std::uint16_t code) {
  return find_in<PadButton>(kButtons, [&](const PadButtonInfo& info) { return info.evdev_code == code; });
}

std::optional<PadAxis> pad_axis_of_evdev(std::uint16_t code) {
  return find_in<PadAxis>(kAxes, [&](const PadAxisInfo& info) { return info.evdev_code == code; });
}

}  // namespace atl
