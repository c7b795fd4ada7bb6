// An independent, slow reader of houses: it knows the promises of envs/playhouse/house.h and nothing of how they are
// kept.
#pragma once

#include "envs/playhouse/house.h"

#include <string>
#include <vector>

namespace atl::envs::playhouse {

/// Every broken promise, in words; empty for a whole house.
[[nodiscard]] std::vector<std::string> problems_of(const House& house);

/// Adds a failure with the problems and the picture to the running test, if there are problems.
void expect_whole(const House& house, std::uint64_t seed);

}  // namespace atl::envs::playhouse
