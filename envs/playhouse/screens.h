// The bag (Tab) and the menu (Escape): what is on them and what a click does. Both are laid out on a canvas of
// kCanvasWidth x kCanvasHeight units that fills the picture, whatever its size; the mouse moves a pointer on it. Time
// goes on while a screen is open, but its player stands still.
#pragma once

#include "envs/playhouse/goal.h"
#include "envs/playhouse/physics.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace atl::envs::playhouse {

inline constexpr int kCanvasWidth = 160;
inline constexpr int kCanvasHeight = 120;
inline constexpr int kCountsPerUnit = 3;  // of mouse motion; the pointer's place is kept in counts

enum class ItemKind : std::uint8_t {
  kSlot,     // of the bag: a click puts what is held into an empty slot, or takes out what is in it with empty hands
  kResume,   // closes the screen
  kSetting,  // switches a setting
};

/// Something that can be clicked, with its place on the canvas.
struct Item {
  ItemKind kind = ItemKind::kResume;
  std::uint8_t index = 0;                                 // of the slot, or the Setting
  std::int16_t left = 0, top = 0, right = 0, bottom = 0;  // right and bottom are outside
  std::string_view label;

  [[nodiscard]] constexpr bool contains(int x, int y) const { return x >= left && x < right && y >= top && y < bottom; }
};

/// What is on a screen; nothing on Screen::kWorld.
[[nodiscard]] std::span<const Item> items_of(Screen screen);

[[nodiscard]] inline bool is_set(const PlayerState& player, Setting setting) {
  return (player.settings >> static_cast<int>(setting) & 1) != 0;
}

/// The item under the pointer of `player`; null where there is none.
[[nodiscard]] const Item* pointed_item(const PlayerState& player);

/// One tick of `player` while a screen is open, or in which one is opened: pointer, clicks, bag, settings.
void advance_screen(const House& house, State& state, std::size_t player, const TickInput& input, Events& events);

}  // namespace atl::envs::playhouse
