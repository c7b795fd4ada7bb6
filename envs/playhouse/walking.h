// The part of physics.h that moves bodies: walking, sliding, jumping, pushing, falling.
#pragma once

#include "envs/playhouse/physics.h"

namespace atl::envs::playhouse {

/// One tick of `player` in the world: turns, walks, pushes what is in the way, jumps and falls.
void walk(const House& house, State& state, std::size_t player, const TickInput& input, Events& events);

/// Where the thing in the hands of `player` is carried, in the air before the eye.
[[nodiscard]] Vec3 carried_at(const House& house, const State& state, std::size_t player);

/// One tick of everything that falls.
void let_fall(const House& house, State& state);

/// Lets whatever rested on `gone` fall.
void take_away(const House& house, State& state, Entity gone);

}  // namespace atl::envs::playhouse
