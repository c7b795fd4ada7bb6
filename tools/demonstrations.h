// What an agent learned from, as far as it says how people and experts move.
#pragma once

#include "core/contract.h"
#include "evaluation/habits.h"

#include <string>
#include <vector>

namespace atl::tools {

/// The recordings and manifests that a run was trained on; none for a run that was trained on fresh episodes, in builds
/// without LibTorch, and where one of them is not here any more, which is logged. Throws Error(kConfig) for a config
/// that cannot be read.
[[nodiscard]] std::vector<std::string> recordings_of_run(const std::string& run);

/// The habits in all episodes of `recordings` (folders, folders of them, manifests without what they hold out) that
/// were not discarded; only steps of people and experts count. Throws Error(kContract) for one that does not fit the
/// contract, Error(kUsage) for a path without recordings.
[[nodiscard]] evaluation::HabitRow demonstrated_habits(const std::vector<std::string>& recordings,
                                                       const PolicyContract& contract);

}  // namespace atl::tools
