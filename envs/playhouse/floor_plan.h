// The first part of making a house: rooms, doorways, doors and windows.
#pragma once

#include "core/random.h"
#include "envs/playhouse/house.h"

namespace atl::envs::playhouse {

/// Fills `cells` and `num_rooms` of a house whose `level` is set, and, in a furnished level, adds a door to each
/// doorway. False: this draw leads to no house (a door finds no place); the caller draws another.
[[nodiscard]] bool draw_floor_plan(House& house, Random& random);

}  // namespace atl::envs::playhouse
