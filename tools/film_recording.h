// Turns a recording into a film: pictures from its video, or rendered again from seed and actions. Used by `atoll
// show`.
#pragma once

#include "datasets/reader.h"
#include "datasets/video/episode_video.h"
#include "envs/environment.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace atl::tools {

/// Makes the stepped world of a recording whose pictures were not stored, with frames of `frame` px. Throws for worlds
/// that cannot be rendered again.
using WorldFactory =
    std::function<std::unique_ptr<envs::SteppedEnvironment>(const std::string& world, FrameSize frame)>;

/// Where an episode is in the film.
struct Chapter {
  std::uint64_t episode = 0;
  double begin_s = 0.0;
  std::string instruction;
  std::string verdict;
  std::string reason;
  std::uint64_t num_steps = 0;
};

/// Adds the episodes with these numbers to `film`. Throws Error(kUsage) for an episode that is not there, and what
/// reading and rendering throw. Above each picture stands the instruction that held when it was seen, as `annotators`
/// say (datasets/labels.h); where none did, the episode's. Pictures that are rendered again are compared with the
/// recorded hashes: a difference is an Error(kFormat).
[[nodiscard]] std::vector<Chapter> film_recording(datasets::RecordingReader& recording,
                                                  const std::vector<std::uint64_t>& episodes,
                                                  const WorldFactory& create_world, video::EpisodeVideo& film,
                                                  std::span<const std::string> annotators = {});

}  // namespace atl::tools
