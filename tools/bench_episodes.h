// Episodes that benches play again: the actions of a human-like expert, so that a bench sees what training sees.
#pragma once

#include "core/action.h"
#include "envs/playhouse/episode.h"

#include <cstdint>
#include <vector>

namespace atl::tools {

struct BenchEpisode {
  std::uint64_t seed = 0;
  std::vector<Action> actions;  // up to the episode's end
};

/// Plays `count` Playhouse episodes of the training seeds, of all families.
[[nodiscard]] std::vector<BenchEpisode> record_bench_episodes(int count,
                                                              const envs::playhouse::EpisodeOptions& options = {});

}  // namespace atl::tools
