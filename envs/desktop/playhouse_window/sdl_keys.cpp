#include "envs/desktop/playhouse_window/sdl_keys.h"

#include <SDL.h>
#include <fmt/core.h>

#include <array>
#include <string>
#include <string_view>

namespace atl::envs::desktop {
namespace {

struct Key {
  int code;
  std::string_view name;
};

// All but letters, digits, function keys and the keypad's digits, which SDL numbers in a row.
constexpr Key kKeys[] = {
    {SDL_SCANCODE_UP, "up"},
    {SDL_SCANCODE_DOWN, "down"},
    {SDL_SCANCODE_LEFT, "left"},
    {SDL_SCANCODE_RIGHT, "right"},
    {SDL_SCANCODE_LSHIFT, "left_shift"},
    {SDL_SCANCODE_LCTRL, "left_ctrl"},
    {SDL_SCANCODE_LALT, "left_alt"},
    {SDL_SCANCODE_LGUI, "left_meta"},
    {SDL_SCANCODE_RSHIFT, "right_shift"},
    {SDL_SCANCODE_RCTRL, "right_ctrl"},
    {SDL_SCANCODE_RALT, "right_alt"},
    {SDL_SCANCODE_RGUI, "right_meta"},
    {SDL_SCANCODE_SPACE, "space"},
    {SDL_SCANCODE_RETURN, "enter"},
    {SDL_SCANCODE_TAB, "tab"},
    {SDL_SCANCODE_ESCAPE, "escape"},
    {SDL_SCANCODE_BACKSPACE, "backspace"},
    {SDL_SCANCODE_DELETE, "delete"},
    {SDL_SCANCODE_INSERT, "insert"},
    {SDL_SCANCODE_HOME, "home"},
    {SDL_SCANCODE_END, "end"},
    {SDL_SCANCODE_PAGEUP, "page_up"},
    {SDL_SCANCODE_PAGEDOWN, "page_down"},
    {SDL_SCANCODE_CAPSLOCK, "caps_lock"},
    {SDL_SCANCODE_GRAVE, "grave"},
    {SDL_SCANCODE_MINUS, "minus"},
    {SDL_SCANCODE_EQUALS, "equal"},
    {SDL_SCANCODE_LEFTBRACKET, "left_bracket"},
    {SDL_SCANCODE_RIGHTBRACKET, "right_bracket"},
    {SDL_SCANCODE_BACKSLASH, "backslash"},
    {SDL_SCANCODE_SEMICOLON, "semicolon"},
    {SDL_SCANCODE_APOSTROPHE, "apostrophe"},
    {SDL_SCANCODE_COMMA, "comma"},
    {SDL_SCANCODE_PERIOD, "period"},
    {SDL_SCANCODE_SLASH, "slash"},
    {SDL_SCANCODE_KP_PLUS, "keypad_plus"},
    {SDL_SCANCODE_KP_MINUS, "keypad_minus"},
    {SDL_SCANCODE_KP_ENTER, "keypad_enter"},
};

using Table = std::array<std::optional<Control>, SDL_NUM_SCANCODES>;

Table make_table() {
  Table table{};
  const auto set = [&](int code, std::string_view name) {
    table[static_cast<std::size_t>(code)] = control_named(name);
  };
  for (const Key& key : kKeys) set(key.code, key.name);
  for (int i = 0; i < 26; ++i) set(SDL_SCANCODE_A + i, std::string(1, static_cast<char>('a' + i)));
  for (int i = 0; i < 12; ++i) set(SDL_SCANCODE_F1 + i, fmt::format("f{}", i + 1));
  for (int i = 0; i < 10; ++i) {  // both rows begin with 1 and end with 0
    set(SDL_SCANCODE_1 + i, fmt::format("{}", (i + 1) % 10));
    set(SDL_SCANCODE_KP_1 + i, fmt::format("keypad_{}", (i + 1) % 10));
  }
  return table;
}

}  // namespace

std::optional<Control> control_of_scancode(int scancode) {
  static const Table table = make_table();
  if (scancode < 0 || scancode >= SDL_NUM_SCANCODES) return std::nullopt;
  return table[static_cast<std::size_t>(scancode)];
}

std::optional<Control> control_of_mouse_button(int button) {
  switch (button) {
    case SDL_BUTTON_LEFT: return control_named("mouse_left");
    case SDL_BUTTON_MIDDLE: return control_named("mouse_middle");
    case SDL_BUTTON_RIGHT: return control_named("mouse_right");
    case SDL_BUTTON_X1: return control_named("mouse_side");
    case SDL_BUTTON_X2: return control_named("mouse_extra");
    default: return std::nullopt;
  }
}

}  // namespace atl::envs::desktop
