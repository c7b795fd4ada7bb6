// What lies over the house in a picture: the crosshair, and the bag and the menu with their pointer.
#pragma once

#include "core/draw_text.h"
#include "envs/playhouse/state.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace atl::envs::playhouse {

/// A cross in the middle; `is_on_target`: on something that the hand can reach.
void draw_crosshair(const Picture& picture, bool is_on_target);

/// One line at the lower edge; nothing in pictures that are too narrow for text.
void draw_hint(const Picture& picture, std::string_view text);

/// The open screen of `player` (not kWorld) over the darkened house. `depths`: scratch, resized as needed.
void draw_screen(const Picture& picture, const House& house, const State& state, std::size_t player,
                 std::vector<std::int32_t>& depths);

}  // namespace atl::envs::playhouse
