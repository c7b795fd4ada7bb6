#include "envs/playhouse/physics.h"

#include "core/error.h"
#include "envs/playhouse/hands.h"
#include "envs/playhouse/screens.h"
#include "envs/playhouse/walking.h"

namespace atl::envs::playhouse {

void Events::add(Event event) {
  ATOLL_CHECK(count_ < kCapacity, "more than {} events in one tick", kCapacity);
  events_[count_++] = event;
}

void advance(const House& house, State& state, std::span<const TickInput> inputs, Events& events) {
  const auto num_players = static_cast<std::size_t>(house.level->players);
  ATOLL_CHECK(inputs.size() == num_players, "inputs of {} players, expected {}", inputs.size(), num_players);
  advance_fixtures(house, state, events);
  for (std::size_t i = 0; i < num_players; ++i) {
    const TickInput& input = inputs[i];
    PlayerState& player = state.players[i];
    player.held_keys = input.held;
    if (player.screen != Screen::kWorld || (input.pressed & (kBag | kMenu))) {
      advance_screen(house, state, i, input, events);
      walk(house, state, i, {}, events);  // stands still, but may be falling
      continue;
    }
    walk(house, state, i, input, events);
    work(house, state, i, input, events);
  }
  let_fall(house, state);
  ++state.num_ticks;
}

}  // namespace atl::envs::playhouse
