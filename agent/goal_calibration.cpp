#include "agent/goal_calibration.h"

#include "agent/checkpoint.h"
#include "core/error.h"
#include "core/files.h"

namespace atl::agent {

GoalCalibration load_goal_calibration(const std::filesystem::path& run) {
  const auto info = load_config<CheckpointInfo>(find_checkpoint(run) / kCheckpointInfoFile);
  return {info.goal_scale, info.goal_offset};
}

void save_goal_calibration(const std::filesystem::path& run, const GoalCalibration& calibration) {
  ATOLL_CHECK(calibration.scale > 0, "a goal scale of {}, expected above 0", calibration.scale);
  const std::filesystem::path file = find_checkpoint(run) / kCheckpointInfoFile;
  auto info = load_config<CheckpointInfo>(file);
  info.goal_scale = calibration.scale;
  info.goal_offset = calibration.offset;
  write_file_atomically(file, to_toml(info));
}

}  // namespace atl::agent
