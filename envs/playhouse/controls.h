// What the keys and the mouse do in the house, tick by tick. As in common first-person games.
#pragma once

#include "core/action.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace atl::envs::playhouse {

inline constexpr int kTickRateHz = 60;
inline constexpr int kTicksPerStep = 4;
inline constexpr int kActionRateHz = kTickRateHz / kTicksPerStep;

/// The controls that mean something, as bits of TickInput. While a screen is open only kTake (which clicks), kBag and
/// kMenu mean anything, and the mouse moves the pointer.
enum KeyBit : std::uint16_t {
  kForward = 1,   // w
  kLeft = 2,      // a
  kBack = 4,      // s
  kRight = 8,     // d
  kTake = 16,     // e or the left mouse button: picks up, puts down, clicks
  kUse = 32,      // f: opens, closes, switches, presses
  kRotate = 64,   // q: turns what is held by a quarter
  kJump = 128,    // space
  kBag = 256,     // tab
  kMenu = 512,    // escape
  kClick = 1024,  // left mouse button: like e
};
inline constexpr int kNumKeyBits = 11;
/// Names of the controls (core/controls.h) in the order of the bits, and what they do, for help texts.
inline constexpr std::array<std::string_view, kNumKeyBits> kKeyNames{"w", "a",     "s",   "d",      "e",         "f",
                                                                     "q", "space", "tab", "escape", "mouse_left"};
inline constexpr std::array<std::string_view, kNumKeyBits> kKeyMeanings{"walk forward",
                                                                        "step left",
                                                                        "walk back",
                                                                        "step right",
                                                                        "pick up, put down, choose",
                                                                        "open, close, switch, press",
                                                                        "turn what is held",
                                                                        "jump",
                                                                        "bag",
                                                                        "menu",
                                                                        "pick up, put down, choose"};

/// Input of one tick. A key that was pressed and released inside the tick is in `pressed` only.
struct TickInput {
  std::int32_t dx = 0;        // mouse counts, right positive; kTurn of them turn the view once
  std::int32_t dy = 0;        // down positive
  std::int32_t wheel = 0;     // detents, away positive: carries further away
  std::uint16_t held = 0;     // KeyBits down at the end of the tick
  std::uint16_t pressed = 0;  // KeyBits that went down inside it
  friend bool operator==(const TickInput&, const TickInput&) = default;
};

/// The ticks of one action step: motion, wheel and presses come in the first. `held_before`: KeyBits held when it
/// begins; a key held now and not before counts as pressed even where the action forgot to say so.
[[nodiscard]] std::array<TickInput, kTicksPerStep> ticks_of(const Action& action, std::uint16_t held_before);

/// The control of one bit, and KeyBits as controls.
[[nodiscard]] Control control_of(KeyBit key);
[[nodiscard]] ControlSet controls_of(std::uint16_t keys);

}  // namespace atl::envs::playhouse
