// Asks a mod of a running game for the start of an episode: writes one JSON object to a file that the mod reads, and
// waits for its answer among the lines that it writes (ResetProfile).
#pragma once

#include "core/clock.h"
#include "envs/desktop/game/profile.h"
#include "envs/desktop/judges/line_tail.h"
#include "envs/desktop/judges/reading.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace atl::envs::desktop {

/// What the mod is told: {"episode": 3, "seed": 7, "task": "dig", "target": "default:dirt", "scene": "...", "count":
/// 1}.
struct Scene {
  std::uint64_t seed = 0;
  std::string task;
  std::string target;
  std::string scene;
  int count = 1;
};

/// One thread.
class SceneRequest {
 public:
  /// Borrows `reset`. `home`: {home} of the run.
  SceneRequest(const ResetProfile& reset, const std::filesystem::path& home);

  /// Returns the mod's answer; `look` is called while it is waited for. Throws Error(kEnvironment) with the last answer
  /// when none is ready within reset.timeout_s, and with its words for one that holds "error".
  Reading ask(const Scene& scene, const std::function<void()>& look);

  /// The number of the last request, from 1.
  [[nodiscard]] std::uint64_t episode() const { return episode_; }

 private:
  const ResetProfile& reset_;
  const std::filesystem::path home_;
  LineTail answers_;
  std::uint64_t episode_ = 0;
};

}  // namespace atl::envs::desktop
