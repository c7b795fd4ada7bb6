// Which demos of a collection are trained on, tuned on and kept away: by a rule that depends on nothing but the list.
// Used by the import. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// The split of each demo, "training", "development" or "held_out". `num_players`: of each demo, in a fixed order (WAD
/// by WAD, DEMO1 first). Demos of one player and of several are two kinds. Of a kind with three demos or more the last
/// is held out; with four or more the one before it is for development. All views of one demo have its split, for its
/// players see each other.
[[nodiscard]] std::vector<std::string> split_demos(std::span<const int> num_players);

}  // namespace atl::envs::desktop
