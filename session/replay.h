// Proof that a recorded episode and a stepped world tell the same story: its actions are carried out again and every
// hash is compared. Also how pictures that were not stored are made again.
#pragma once

#include "envs/environment.h"
#include "session/trace.h"

#include <functional>
#include <string>
#include <vector>

namespace atl::session {

struct ReplayResult {
  std::uint64_t num_steps = 0;
  std::uint64_t num_frames_compared = 0;
  std::vector<std::string> differences;  // each names what, where, and both values; at most one of each kind
  [[nodiscard]] bool is_equal() const { return differences.empty(); }
};

/// Called for each picture, the one after the last action included; the observation is borrowed for the call.
using ReplayCallback = std::function<void(const envs::Observation&)>;

/// Resets `world` as `recorded` began and carries out its actions. Compared are the start hash, every picture that has
/// a hash, steps, end hash, and, for an episode that was not aborted, verdict and reason. A picture is shown
/// at its own size: recordings of another frame size differ. Throws what the world throws.
[[nodiscard]] ReplayResult replay_episode(envs::SteppedEnvironment& world, const EpisodeTrace& recorded,
                                          const ReplayCallback& on_frame = {});

}  // namespace atl::session
