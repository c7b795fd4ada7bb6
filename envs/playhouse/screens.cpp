#include "envs/playhouse/screens.h"

#include "envs/playhouse/hands.h"

#include <algorithm>
#include <array>

namespace atl::envs::playhouse {
namespace {

constexpr std::int16_t kSlotSide = 26;
constexpr std::int16_t kSlotStep = 34;
constexpr std::int16_t kBagLeft = (kCanvasWidth - 3 * kSlotStep - kSlotSide) / 2;
constexpr std::int16_t kBagTop = 22;
constexpr std::int16_t kRowLeft = 30;
constexpr std::int16_t kRowRight = kCanvasWidth - kRowLeft;
constexpr std::int16_t kRowHeight = 18;

constexpr std::array<Item, kBagSlots + 1> make_bag() {
  std::array<Item, kBagSlots + 1> items{};
  for (int i = 0; i < kBagSlots; ++i) {
    const auto left = static_cast<std::int16_t>(kBagLeft + i % 4 * kSlotStep);
    const auto top = static_cast<std::int16_t>(kBagTop + i / 4 * kSlotStep);
    items[static_cast<std::size_t>(i)] = {ItemKind::kSlot,
                                          static_cast<std::uint8_t>(i),
                                          left,
                                          top,
                                          static_cast<std::int16_t>(left + kSlotSide),
                                          static_cast<std::int16_t>(top + kSlotSide),
                                          ""};
  }
  items[kBagSlots] = {ItemKind::kResume, 0, kRowLeft, 94, kRowRight, 94 + kRowHeight, "close"};
  return items;
}

constexpr auto kBagItems = make_bag();
constexpr std::array<Item, 4> kMenuItems{Item{ItemKind::kResume, 0, kRowLeft, 12, kRowRight, 12 + kRowHeight, "resume"},
                                         Item{ItemKind::kSetting, static_cast<std::uint8_t>(Setting::kMusic), kRowLeft,
                                              38, kRowRight, 38 + kRowHeight, "music"},
                                         Item{ItemKind::kSetting, static_cast<std::uint8_t>(Setting::kHints), kRowLeft,
                                              64, kRowRight, 64 + kRowHeight, "hints"},
                                         Item{ItemKind::kSetting, static_cast<std::uint8_t>(Setting::kNightMode),
                                              kRowLeft, 90, kRowRight, 90 + kRowHeight, "night mode"}};

void show(PlayerState& self, std::uint8_t by, Screen screen, Events& events) {
  self.screen = screen;
  self.pointer_x = kCanvasWidth * kCountsPerUnit / 2;
  self.pointer_y = kCanvasHeight * kCountsPerUnit / 2;
  events.add({EventKind::kScreen, by, {}, {}});
}

std::int16_t moved(std::int16_t pointer, std::int32_t counts, int units) {
  const std::int64_t to = pointer + std::int64_t{counts};
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(to, 0, units * kCountsPerUnit - 1));
}

void click_slot(const House& house, State& state, std::size_t player, std::uint8_t index, Events& events) {
  PlayerState& self = state.players[player];
  std::uint8_t& slot = self.bag[index];
  const auto by = static_cast<std::uint8_t>(player);
  if (slot == kNothing && self.holding.is_some()) {
    ThingState& thing = state.things[self.holding.thing()];
    thing.place = Place::kStored;
    slot = self.holding.id;
    events.add({EventKind::kStored, by, self.holding, {}});
    self.holding = {};
  } else if (slot != kNothing && !self.holding.is_some()) {
    const Entity entity{slot};
    slot = kNothing;
    take_into_hands(house, state, player, entity);
    events.add({EventKind::kTookOut, by, entity, {}});
  } else {
    events.add({EventKind::kRefused, by, {}, {}});
  }
}

}  // namespace

std::span<const Item> items_of(Screen screen) {
  switch (screen) {
    case Screen::kWorld: return {};
    case Screen::kBag: return kBagItems;
    case Screen::kMenu: return kMenuItems;
  }
  return {};
}

const Item* pointed_item(const PlayerState& player) {
  const std::span<const Item> items = items_of(player.screen);
  const auto item = std::find_if(items.begin(), items.end(), [&](const Item& i) {
    return i.contains(player.pointer_x / kCountsPerUnit, player.pointer_y / kCountsPerUnit);
  });
  return item == items.end() ? nullptr : &*item;
}

void advance_screen(const House& house, State& state, std::size_t player, const TickInput& input, Events& events) {
  PlayerState& self = state.players[player];
  const auto by = static_cast<std::uint8_t>(player);
  if (input.pressed & kMenu)
    return show(self, by, self.screen == Screen::kWorld ? Screen::kMenu : Screen::kWorld, events);
  if (input.pressed & kBag) return show(self, by, self.screen == Screen::kBag ? Screen::kWorld : Screen::kBag, events);
  self.pointer_x = moved(self.pointer_x, input.dx, kCanvasWidth);
  self.pointer_y = moved(self.pointer_y, input.dy, kCanvasHeight);
  if (!(input.pressed & (kTake | kClick))) return;
  const Item* item = pointed_item(self);
  if (item == nullptr) return;
  switch (item->kind) {
    case ItemKind::kSlot: return click_slot(house, state, player, item->index, events);
    case ItemKind::kResume: return show(self, by, Screen::kWorld, events);
    case ItemKind::kSetting:
      self.settings ^= static_cast<std::uint8_t>(1u << item->index);
      events.add({EventKind::kSetting, by, {}, {}});
  }
}

}  // namespace atl::envs::playhouse
