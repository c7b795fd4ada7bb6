// The checks of one episode; the part of check_recording that looks at actions, events and pictures.
#pragma once

#include "datasets/reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::datasets {

/// All messages of one episode.
struct EpisodeContent {
  const Episode& episode;
  std::vector<RecordedAction> actions;
  std::vector<InputEvent> inputs;
  std::vector<FrameEntry> frames;
};

/// Pictures that the index says are missing: gaps in sequence numbers inside the episode.
[[nodiscard]] std::uint64_t count_missing_pictures(const EpisodeContent& content);

/// What is wrong, in words, without the episode's name; empty if nothing is. `facts` are the recording's.
[[nodiscard]] std::vector<std::string> check_episode(const EpisodeContent& content, const SourceFacts& facts);

}  // namespace atl::datasets
