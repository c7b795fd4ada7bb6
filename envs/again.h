// How a person at a live world says that they want the same start once more: by the reason of the episode's outcome,
// whose verdict is `aborted`. Whoever runs episodes one after the other then repeats the request.
#pragma once

#include <string_view>

namespace atl::envs {

inline constexpr std::string_view kWantedAgain = "the person wanted the same task again";

}  // namespace atl::envs
