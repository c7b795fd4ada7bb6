// Missions for which nothing has to be done, or for which nothing can be: what is asked for is so already.
#pragma once

#include "envs/playhouse/quest.h"

#include <string>

namespace atl::envs::playhouse {

/// What `quest` asks for that is so in `start`, in words ("it is there already"); empty: all of it is to be done. Of
/// two clauses in an order the second is left alone where the first may change what it is about.
[[nodiscard]] std::string already_done(const House& house, const State& start, const Quest& quest);

}  // namespace atl::envs::playhouse
