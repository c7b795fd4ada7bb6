// The pictures of a recorded episode, played through the live path: a live world shows them step by step to a
// session::LiveSession with a session::PolicyPlayer, whose policy hands on what it is shown. All of it is what live
// play runs, but for the pace: the next picture comes when the one before was seen. Used by `atoll check --parity`.
#pragma once

#include "core/contract.h"
#include "core/frame.h"
#include "datasets/recording.h"
#include "datasets/resample.h"
#include "datasets/video.h"
#include "envs/environment.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace atl::tools {

struct ReplayedEpisode {
  std::vector<datasets::FrameEntry> pictures;  // of the episode, in order; heartbeats are not looked at
  std::uint64_t num_pictures = 0;              // steps of the contract's clock at which the player looks
  datasets::Resampling resampling;             // of its steps to the contract's
  SourceFacts facts;
};

/// The world that a recording's pictures of `frame` come from, as a policy of `contract` has to fit it.
[[nodiscard]] envs::EnvironmentSpec recorded_spec(const SourceFacts& facts, FrameSize frame,
                                                  const PolicyContract& contract);

/// Calls `seen` with what a policy of `contract` is shown at each of the contract's steps, 0, 1, ...: the newest
/// picture of that step or before, as PolicyPlayer shrinks it. `seen` runs on the session's thread and may throw.
/// Throws Error(kContract) as session::require_fit does, and what `video` throws.
void replay_live(const ReplayedEpisode& episode, datasets::VideoReader& video, const PolicyContract& contract,
                 const std::function<void(std::uint64_t step, ImageView picture)>& seen);

}  // namespace atl::tools
