#include "core/controls.h"

#include "core/error.h"
#include "core/text.h"

#include <linux/input-event-codes.h>

#include <algorithm>

namespace atl {
namespace {

// clang-format off
constexpr std::array<ControlInfo, kNumControls> kTable{{
  {"a", KEY_A, false}, {"b", KEY_B, false}, {"c", KEY_C, false}, {"d", KEY_D, false}, {"e", KEY_E, false},
  {"f", KEY_F, false}, {"g", KEY_G, false}, {"h", KEY_H, false}, {"i", KEY_I, false}, {"j", KEY_J, false},
  {"k", KEY_K, false}, {"l", KEY_L, false}, {"m", KEY_M, false}, {"n", KEY_N, false}, {"o", KEY_O, false},
  {"p", KEY_P, false}, {"q", KEY_Q, false}, {"r", KEY_R, false}, {"s", KEY_S, false}, {"t", KEY_T, false},
  {"u", KEY_U, false}, {"v", KEY_V, false}, {"w", KEY_W, false}, {"x", KEY_X, false}, {"y", KEY_Y, false},
  {"z", KEY_Z, false}, {"0", KEY_0, false}, {"1", KEY_1, false}, {"2", KEY_2, false}, {"3", KEY_3, false},
  {"4", KEY_4, false}, {"5", KEY_5, false}, {"6", KEY_6, false}, {"7", KEY_7, false}, {"8", KEY_8, false},
  {"9", KEY_9, false}, {"f1", KEY_F1, false}, {"f2", KEY_F2, false}, {"f3", KEY_F3, false},
  {"f4", KEY_F4, false}, {"f5", KEY_F5, false}, {"f6", KEY_F6, false}, {"f7", KEY_F7, false},
  {"f8", KEY_F8, false}, {"f9", KEY_F9, false}, {"f10", KEY_F10, false}, {"f11", KEY_F11, false},
  {"f12", KEY_F12, false}, {"up", KEY_UP, false}, {"down", KEY_DOWN, false}, {"left", KEY_LEFT, false},
  {"right", KEY_RIGHT, false}, {"left_shift", KEY_LEFTSHIFT, true}, {"left_ctrl", KEY_LEFTCTRL, true},
  {"left_alt", KEY_LEFTALT, true}, {"left_meta", KEY_LEFTMETA, true}, {"right_shift", KEY_RIGHTSHIFT, true},
  {"right_ctrl", KEY_RIGHTCTRL, true}, {"right_alt", KEY_RIGHTALT, true}, {"right_meta", KEY_RIGHTMETA, true},
  {"space", KEY_SPACE, false}, {"enter", KEY_ENTER, false}, {"tab", KEY_TAB, false}, {"escape", KEY_ESC, false},
  {"backspace", KEY_BACKSPACE, false}, {"delete", KEY_DELETE, false}, {"insert", KEY_INSERT, false},
  {"home", KEY_HOME, false}, {"end", KEY_END, false}, {"page_up", KEY_PAGEUP, false},
  {"page_down", KEY_PAGEDOWN, false}, {"caps_lock", KEY_CAPSLOCK, false}, {"grave", KEY_GRAVE, false},
  {"minus", KEY_MINUS, false}, {"equal", KEY_EQUAL, false}, {"left_bracket", KEY_LEFTBRACE, false},
  {"right_bracket", KEY_RIGHTBRACE, false}, {"backslash", KEY_BACKSLASH, false},
  {"semicolon", KEY_SEMICOLON, false}, {"apostrophe", KEY_APOSTROPHE, false}, {"comma", KEY_COMMA, false},
  {"period", KEY_DOT, false}, {"slash", KEY_SLASH, false}, {"keypad_0", KEY_KP0, false},
  {"keypad_1", KEY_KP1, false}, {"keypad_2", KEY_KP2, false}, {"keypad_3", KEY_KP3, false},
  {"keypad_4", KEY_KP4, false}, {"keypad_5", KEY_KP5, false}, {"keypad_6", KEY_KP6, false},
  {"keypad_7", KEY_KP7, false}, {"keypad_8", KEY_KP8, false}, {"keypad_9", KEY_KP9, false},
  {"keypad_plus", KEY_KPPLUS, false}, {"keypad_minus", KEY_KPMINUS, false}, {"keypad_enter", KEY_KPENTER, false},
  {"mouse_left", BTN_LEFT, false}, {"mouse_right", BTN_RIGHT, false}, {"mouse_middle", BTN_MIDDLE, false},
  {"mouse_side", BTN_SIDE, false}, {"mouse_extra", BTN_EXTRA, false},
}};
// clang-format on

}  // namespace

std::span<const ControlInfo, kNumControls> control_table() { return kTable; }

const ControlInfo& info_of(Control control) {
  ATOLL_CHECK(index_of(control) < kNumControls, "control {}, expected < {}", index_of(control), kNumControls);
  return kTable[static_cast<std::size_t>(index_of(control))];
}

std::optional<Control> find_control(std::string_view name) {
  const auto it =
      std::find_if(kTable.begin(), kTable.end(), [&](const ControlInfo& info) { return info.name == name; });
  if (it == kTable.end()) return std::nullopt;
  return control_at(static_cast<int>(it - kTable.begin()));
}

std::optional<Control> control_of_evdev(std::uint16_t code) {
  const auto it =
      std::find_if(kTable.begin(), kTable.end(), [&](const ControlInfo& info) { return info.evdev_code == code; });
  if (it == kTable.end()) return std::nullopt;
  return control_at(static_cast<int>(it - kTable.begin()));
}

Control control_named(std::string_view name) {
  if (const auto control = find_control(name)) return *control;
  std::vector<std::string> known;
  for (const ControlInfo& info : kTable) known.emplace_back(info.name);
  fail(ErrorKind::kConfig, "unknown key or button \"{}\"; the nearest known one is \"{}\"", name,
       nearest_name(name, known));
}

ControlSet controls_named(std::span<const std::string> names) {
  ControlSet set;
  for (const std::string& name : names) set.set(static_cast<std::size_t>(index_of(control_named(name))));
  return set;
}

std::vector<std::string> names_of(const ControlSet& controls) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (controls.test(i)) names.emplace_back(kTable[i].name);
  }
  return names;
}

}  // namespace atl
