// The last part of making a house: how it looks.
#pragma once

#include "envs/playhouse/house.h"

namespace atl::envs::playhouse {

/// The look of a house with rooms and names; `seed`: that of the house. The same house has another look for each
/// `reskin`; 0 is the usual one.
[[nodiscard]] Look draw_look(const House& house, std::uint64_t seed, std::uint32_t reskin);

}  // namespace atl::envs::playhouse
