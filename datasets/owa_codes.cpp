#include "datasets/owa_codes.h"

#include "core/error.h"

#include <array>
#include <string>
#include <utility>

namespace atl::datasets {
namespace {

// Keys whose codes follow no rule.
constexpr std::pair<std::string_view, int> kKeyCodes[] = {
    {"up", 0x26},           {"down", 0x28},          {"left", 0x25},
    {"right", 0x27},        {"left_shift", 0xA0},    {"left_ctrl", 0xA2},
    {"left_alt", 0xA4},     {"left_meta", 0x5B},     {"right_shift", 0xA1},
    {"right_ctrl", 0xA3},   {"right_alt", 0xA5},     {"right_meta", 0x5C},
    {"space", 0x20},        {"enter", 0x0D},         {"tab", 0x09},
    {"escape", 0x1B},       {"backspace", 0x08},     {"delete", 0x2E},
    {"insert", 0x2D},       {"home", 0x24},          {"end", 0x23},
    {"page_up", 0x21},      {"page_down", 0x22},     {"caps_lock", 0x14},
    {"grave", 0xC0},        {"minus", 0xBD},         {"equal", 0xBB},
    {"left_bracket", 0xDB}, {"right_bracket", 0xDD}, {"backslash", 0xDC},
    {"semicolon", 0xBA},    {"apostrophe", 0xDE},    {"comma", 0xBC},
    {"period", 0xBE},       {"slash", 0xBF},         {"keypad_plus", 0x6B},
    {"keypad_minus", 0x6D}, {"keypad_enter", 0x0D},
};

// Codes that do not say which hand's key it was.
constexpr std::pair<int, std::string_view> kEitherHand[] = {
    {0x10, "left_shift"}, {0x11, "left_ctrl"}, {0x12, "left_alt"}};

constexpr std::array<OwaButton, kNumButtons> kButtons{{{control_at(kNumKeys), "left", 0x0001, 0x0002},
                                                       {control_at(kNumKeys + 1), "right", 0x0004, 0x0008},
                                                       {control_at(kNumKeys + 2), "middle", 0x0010, 0x0020},
                                                       {control_at(kNumKeys + 3), "x1", 0x0040, 0x0080},
                                                       {control_at(kNumKeys + 4), "x2", 0x0100, 0x0200}}};

}  // namespace

int windows_key_code(Control control) {
  ATOLL_CHECK(!is_button(control), "{} is a button", info_of(control).name);
  const std::string_view name = info_of(control).name;
  if (name.size() == 1 && name[0] >= 'a' && name[0] <= 'z') return 'A' + (name[0] - 'a');
  if (name.size() == 1) return name[0];
  for (const auto& [key, code] : kKeyCodes) {
    if (key == name) return code;
  }
  if (name.starts_with("keypad_")) return 0x60 + (name[7] - '0');
  return 0x6F + std::stoi(std::string(name.substr(1)));  // f1 .. f12
}

std::optional<Control> control_of_windows_code(int code) {
  for (int i = 0; i < kNumKeys; ++i) {
    if (windows_key_code(control_at(i)) == code) return control_at(i);
  }
  for (const auto& [either, name] : kEitherHand) {
    if (either == code) return control_named(name);
  }
  return std::nullopt;
}

std::span<const OwaButton, kNumButtons> owa_buttons() { return kButtons; }

std::optional<Control> control_of_owa_button(std::string_view name) {
  for (const OwaButton& button : kButtons) {
    if (button.name == name) return button.control;
  }
  return std::nullopt;
}

}  // namespace atl::datasets
