// What can be pressed: 96 keys and 5 mouse buttons, in one fixed order, with Linux evdev codes. Actions, policies and
// allow-lists speak of controls by index; files and configs by name ("w", "space", "mouse_left").
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl {

inline constexpr int kNumKeys = 96;
inline constexpr int kNumButtons = 5;
inline constexpr int kNumControls = kNumKeys + kNumButtons;

/// Index of a key (0..95) or button (96..100) in the vocabulary. The order is part of every file format: append only,
/// with a new vocabulary version.
enum class Control : std::uint8_t {};
inline constexpr int kControlVocabularyVersion = 1;

[[nodiscard]] constexpr int index_of(Control control) { return static_cast<int>(control); }
[[nodiscard]] constexpr Control control_at(int index) { return static_cast<Control>(index); }
[[nodiscard]] constexpr bool is_button(Control control) { return index_of(control) >= kNumKeys; }

/// A set of controls, by index.
using ControlSet = std::bitset<kNumControls>;

struct ControlInfo {
  std::string_view name;     // lower case, stable
  std::uint16_t evdev_code;  // KEY_* or BTN_*
  bool is_modifier;          // shift, ctrl, alt, meta: pressed before and released after the others
};

/// The vocabulary, in index order.
[[nodiscard]] std::span<const ControlInfo, kNumControls> control_table();

[[nodiscard]] const ControlInfo& info_of(Control control);
[[nodiscard]] std::optional<Control> find_control(std::string_view name);
[[nodiscard]] std::optional<Control> control_of_evdev(std::uint16_t code);

/// The control called `name`; throws Error(kConfig) naming the nearest known one.
[[nodiscard]] Control control_named(std::string_view name);

/// The set of the named controls; throws like `control_named`.
[[nodiscard]] ControlSet controls_named(std::span<const std::string> names);
[[nodiscard]] std::vector<std::string> names_of(const ControlSet& controls);

}  // namespace atl
