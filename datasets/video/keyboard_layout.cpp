#include "datasets/video/keyboard_layout.h"

#include <array>

namespace atl::video {
namespace {

// clang-format off
constexpr std::array<KeyCap, kNumKeys> kCaps{{
  {"escape", "esc", 0, 0}, {"f1", "F1", 2, 0}, {"f2", "F2", 3, 0}, {"f3", "F3", 4, 0}, {"f4", "F4", 5, 0},
  {"f5", "F5", 6.5, 0}, {"f6", "F6", 7.5, 0}, {"f7", "F7", 8.5, 0}, {"f8", "F8", 9.5, 0}, {"f9", "F9", 11, 0},
  {"f10", "10", 12, 0}, {"f11", "11", 13, 0}, {"f12", "12", 14, 0},
  {"grave", "`", 0, 1}, {"1", "1", 1, 1}, {"2", "2", 2, 1}, {"3", "3", 3, 1}, {"4", "4", 4, 1}, {"5", "5", 5, 1},
  {"6", "6", 6, 1}, {"7", "7", 7, 1}, {"8", "8", 8, 1}, {"9", "9", 9, 1}, {"0", "0", 10, 1}, {"minus", "-", 11, 1},
  {"equal", "=", 12, 1}, {"backspace", "back", 13, 1, 2},
  {"tab", "tab", 0, 2, 1.5}, {"q", "Q", 1.5, 2}, {"w", "W", 2.5, 2}, {"e", "E", 3.5, 2}, {"r", "R", 4.5, 2},
  {"t", "T", 5.5, 2}, {"y", "Y", 6.5, 2}, {"u", "U", 7.5, 2}, {"i", "I", 8.5, 2}, {"o", "O", 9.5, 2},
  {"p", "P", 10.5, 2}, {"left_bracket", "[", 11.5, 2}, {"right_bracket", "]", 12.5, 2},
  {"backslash", "\\", 13.5, 2, 1.5},
  {"caps_lock", "caps", 0, 3, 1.75}, {"a", "A", 1.75, 3}, {"s", "S", 2.75, 3}, {"d", "D", 3.75, 3},
  {"f", "F", 4.75, 3}, {"g", "G", 5.75, 3}, {"h", "H", 6.75, 3}, {"j", "J", 7.75, 3}, {"k", "K", 8.75, 3},
  {"l", "L", 9.75, 3}, {"semicolon", ";", 10.75, 3}, {"apostrophe", "'", 11.75, 3}, {"enter", "enter", 12.75, 3, 2.25},
  {"left_shift", "shift", 0, 4, 2.25}, {"z", "Z", 2.25, 4}, {"x", "X", 3.25, 4}, {"c", "C", 4.25, 4},
  {"v", "V", 5.25, 4}, {"b", "B", 6.25, 4}, {"n", "N", 7.25, 4}, {"m", "M", 8.25, 4}, {"comma", ",", 9.25, 4},
  {"period", ".", 10.25, 4}, {"slash", "/", 11.25, 4}, {"right_shift", "shift", 12.25, 4, 1.75}, {"up", "^", 14, 4},
  {"left_ctrl", "ctrl", 0, 5, 1.5}, {"left_meta", "", 1.5, 5}, {"left_alt", "alt", 2.5, 5, 1.25},
  {"space", "space", 3.75, 5, 5.25}, {"right_alt", "alt", 9, 5, 1.25}, {"right_meta", "", 10.25, 5},
  {"right_ctrl", "ctrl", 11.25, 5, 1.5}, {"left", "<", 13, 5}, {"down", "v", 14, 5}, {"right", ">", 15, 5},
  {"insert", "ins", 16, 0}, {"home", "hm", 17, 0}, {"page_up", "pu", 18, 0},
  {"delete", "del", 16, 1}, {"end", "end", 17, 1}, {"page_down", "pd", 18, 1},
  {"keypad_7", "7", 16, 2}, {"keypad_8", "8", 17, 2}, {"keypad_9", "9", 18, 2},
  {"keypad_4", "4", 16, 3}, {"keypad_5", "5", 17, 3}, {"keypad_6", "6", 18, 3},
  {"keypad_1", "1", 16, 4}, {"keypad_2", "2", 17, 4}, {"keypad_3", "3", 18, 4},
  {"keypad_0", "0", 16, 5}, {"keypad_plus", "+", 17, 5, 0.67}, {"keypad_minus", "-", 17.67, 5, 0.67},
  {"keypad_enter", "en", 18.34, 5, 0.66},
}};
// clang-format on

}  // namespace

std::span<const KeyCap> keyboard_layout() { return kCaps; }

}  // namespace atl::video
