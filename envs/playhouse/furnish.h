// The second part of making a house: furniture, light switches, buttons and plates.
#pragma once

#include "core/random.h"
#include "envs/playhouse/house.h"
#include "envs/playhouse/room_draft.h"

#include <span>

namespace atl::envs::playhouse {

/// Fills the rooms of a house with a floor plan; `rooms`: one draft for each room. False: some kind of fixture that
/// each furnished house has found no place; the caller draws another house.
[[nodiscard]] bool furnish(House& house, std::span<RoomDraft> rooms, Random& random);

}  // namespace atl::envs::playhouse
