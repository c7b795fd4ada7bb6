// Random places, looks and states for tests of pictures: many that play would take long to come to.
#pragma once

#include "core/random.h"
#include "envs/playhouse/house.h"
#include "envs/playhouse/state.h"

namespace atl::envs::playhouse {

/// Puts `player` somewhere on the floor where it can stand, looking anywhere up to `most_pitch` up and down. Such a
/// place must exist.
void stand_anywhere(const House& house, State& state, std::size_t player, std::int32_t most_pitch, Random& random);

/// Opens, closes and half opens doors and lids; switches lamps, TVs and lights; presses buttons and plates; turns
/// things.
void upset(const House& house, State& state, Random& random);

}  // namespace atl::envs::playhouse
