// Recordings with known content, for the tests of this folder.
#pragma once

#include "core/random.h"
#include "datasets/reader.h"
#include "datasets/writer.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::datasets::testing {

/// All that a recorder is told about one episode.
struct SampleEpisode {
  EpisodeStart start;
  EpisodeEnd end;
  std::vector<Instruction> instructions;
  std::vector<InputEvent> inputs;
  std::vector<RecordedAction> actions;
  std::vector<FrameEntry> frames;
};

struct SampleOptions {
  std::string clock = "world";
  int num_episodes = 3;
  int num_steps = 40;
  std::uint64_t seed = 1;
  bool owa_topics = false;
};

/// Makes episode `index`; on a world's clock its times begin at 0, else one after the other from now on.
[[nodiscard]] SampleEpisode make_episode(const SampleOptions& options, int index, Timestamp begin);

/// Tells `writer` the episode, in order of time.
void tell(RecordingWriter& writer, const SampleEpisode& episode);

[[nodiscard]] RecordingOptions recording_options(const std::filesystem::path& folder, const SampleOptions& options);

/// Records a whole sample and returns what was told.
std::vector<SampleEpisode> record(const std::filesystem::path& folder, const SampleOptions& options);

/// Expects the verdict of check_recording to be ok; a failure lists the problems.
void expect_ok(const std::filesystem::path& folder);

/// Every message of session.mcap's intact chunks as "topic|sequence|log time|data", in file order.
[[nodiscard]] std::vector<std::string> all_messages(const std::filesystem::path& folder, McapReadMode mode);

}  // namespace atl::datasets::testing
