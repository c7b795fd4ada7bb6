// The part of physics.h that takes, puts down, gives and uses.
#pragma once

#include "envs/playhouse/physics.h"

namespace atl::envs::playhouse {

/// One tick of the hands of `player`: kTake, kUse, kRotate.
void work(const House& house, State& state, std::size_t player, const TickInput& input, Events& events);

/// Puts a thing, wherever it was, into the empty hands of `player`; what was stacked on it falls.
void take_into_hands(const House& house, State& state, std::size_t player, Entity entity);

/// One tick of hinges, buttons and plates.
void advance_fixtures(const House& house, State& state, Events& events);

}  // namespace atl::envs::playhouse
