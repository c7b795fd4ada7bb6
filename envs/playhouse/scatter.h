// The third part of making a house: which things there are, where they are, and where players start.
#pragma once

#include "core/random.h"
#include "envs/playhouse/house.h"
#include "envs/playhouse/room_draft.h"

#include <span>

namespace atl::envs::playhouse {

/// Puts things and starts into a house with furniture; `rooms`: its drafts. False: they do not fit; the caller draws
/// another house.
[[nodiscard]] bool scatter(House& house, std::span<RoomDraft> rooms, Random& random);

}  // namespace atl::envs::playhouse
