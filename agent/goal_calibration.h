// How the goal head's logit becomes a probability: sigmoid(scale * logit + offset). Kept in a checkpoint's TOML as
// goal_scale and goal_offset; `atoll eval --fit-goal` fits both on development seeds. Free of LibTorch types.
#pragma once

#include <filesystem>

namespace atl::agent {

struct GoalCalibration {
  double scale = 1.0;   // above 0: beliefs keep their order
  double offset = 0.0;  // pictures of goals reached are rarer in play than they were in training
};

/// Of a run directory (its newest checkpoint) or a checkpoint folder. Throws Error naming what is missing.
[[nodiscard]] GoalCalibration load_goal_calibration(const std::filesystem::path& run);

/// Writes it into that checkpoint's TOML; policies that are loaded from now on use it. Throws Error(kFile).
void save_goal_calibration(const std::filesystem::path& run, const GoalCalibration& calibration);

}  // namespace atl::agent
