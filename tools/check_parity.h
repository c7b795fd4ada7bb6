// `atoll check --parity`: does a policy see live what it was trained on? Every recorded picture goes once through the
// trainer's path (datasets::FrameCache) and once through the live one (tools/live_replay.h), and what the run's policy
// would do is compared.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <span>

namespace atl::tools {

struct ParityFlags {
  std::filesystem::path run;    // or a checkpoint in it
  std::filesystem::path cache;  // a training cache of exactly these recordings; empty: one is made, and removed
  bool json = false;
};

/// Fills `result` and, without json, prints. Returns whether all is equal: every picture the same bytes in both paths,
/// and so no divergence of actions. How much the video lost is told and never a failure. Throws Error(kContract) for a
/// recording that does not fit the run, Error(kFormat) for one without video or a cache of anything else, Error(kUsage)
/// in builds without LibTorch.
[[nodiscard]] bool check_parity(std::span<const std::filesystem::path> recordings, const ParityFlags& flags,
                                nlohmann::ordered_json& result);

}  // namespace atl::tools
