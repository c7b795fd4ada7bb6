// The expert of Minetest: plays by what the mod of profiles/minetest tells, through keys and mouse alone, like anyone
// else. It walks to things, looks at them, digs, places, picks up, chooses items, and jumps.
#pragma once

#include "envs/desktop/game/instructions.h"
#include "envs/desktop/judges/reading.h"
#include "envs/oracle.h"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace atl::envs::desktop {

struct MinetestExpertConfig {
  GameTask task;
  std::filesystem::path telemetry;  // the file that the mod writes
  Reading ready;                    // its answer that began the episode
  double counts_per_turn = 1800;
  std::uint64_t seed = 0;
  ExpertStyle style{};
};

/// For one episode, to be asked before each step of the action clock. Throws Error(kUsage) for a task that the expert
/// cannot do, naming those that it can.
[[nodiscard]] std::unique_ptr<Expert> create_minetest_expert(const MinetestExpertConfig& config);

}  // namespace atl::envs::desktop
