// Plays many episodes of a stepped world, on several threads if asked, and hands them to a sink in the order of their
// numbers: the same recording whatever the number of threads.
#pragma once

#include "envs/environment.h"
#include "session/episode.h"
#include "session/player.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace atl::session {

struct RecordPlan {
  std::uint64_t num_episodes = 0;
  int threads = 1;  // 1: played on the caller's thread, and the sink sees pixels; more: it sees hashes of pictures
  std::function<EpisodeRequest(std::uint64_t index)> make_request;  // any thread
  /// Called once on each thread that plays.
  std::function<std::unique_ptr<envs::SteppedEnvironment>()> create_world;
  std::function<std::unique_ptr<Player>(envs::SteppedEnvironment& world)> create_player;
};

/// Plays the plan. `sink` and `on_episode` are called on the caller's thread. Stops when the process is asked to, with
/// the episode that runs then marked aborted (on several threads: left out). Returns the number of episodes that the
/// sink was given. An exception on any thread ends the run and is rethrown.
std::uint64_t record_episodes(const RecordPlan& plan, EpisodeSink& sink,
                              const std::function<void(const EpisodeResult&)>& on_episode);

}  // namespace atl::session
