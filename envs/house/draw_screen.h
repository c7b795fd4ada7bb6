// What lies over the house in a picture: the crosshair, and the bag and the menu with their pointer.
#pragma once

#include "envs/house/draw_text.h"
#include "envs/house/state.h"

#include <cstdint>
#include <vector>

namespace atl::envs::house {

/// A cross in the middle; `is_on_target`: on something that the hand can reach.
void draw_crosshair(const Picture& picture, bool is_on_target);

/// The open screen of `player` (not kWorld) over the darkened house. `depths`: scratch, resized as needed.
void draw_screen(const Picture& picture, const House& house, const State& state, std::size_t player,
                 std::vector<std::int32_t>& depths);

}  // namespace atl::envs::house
