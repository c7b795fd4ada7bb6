// The config of commands that run episodes: `record` and `play`. One struct, so that both read the same files.
#pragma once

#include "core/config.h"
#include "datasets/writer.h"
#include "session/live_session.h"
#include "tools/command.h"
#include "tools/players.h"
#include "tools/worlds.h"

#include <filesystem>
#include <memory>

namespace atl::tools {

/// What is kept: the table `record`.
struct RecordConfig {
  bool video = false;       // pictures in video.mp4; live recordings have it unless told otherwise
  int crf = 16;             // x264's quality: 0 without loss .. 51
  int threads = 0;          // that play at once where the world is stepped and no video is kept; 0: one a core
  bool owa_topics = false;  // also OWAMcap's topics, for its tools
};

void describe(ConfigVisitor& v, RecordConfig& config);

struct RunConfig {
  RecordConfig record;
  ExpertConfig expert;
  PolicyConfig policy;
  WorldConfig world;
  session::LiveConfig live;
};

void describe(ConfigVisitor& v, RunConfig& config);

/// The defaults for a stepped or live world, then --config, then --set.
[[nodiscard]] RunConfig load_run_config(const CommonFlags& flags, bool is_live);

/// Opens the recording `folder` with the resolved config beside it. `queue`: pictures that may wait for the encoder; 0:
/// none waits and none is dropped. Throws Error(kUsage) when the build cannot write video and the config wants it.
[[nodiscard]] std::unique_ptr<datasets::RecordingWriter> create_recording(const std::filesystem::path& folder,
                                                                          const envs::EnvironmentSpec& world,
                                                                          const RunConfig& config, int queue);

/// What a finished run of episodes came to.
struct RunSummary {
  std::uint64_t episodes = 0;
  std::uint64_t successes = 0;
  double seconds = 0.0;  // real time
};

/// A line for people: how far, how good, how long still. `total` 0: no end is known.
[[nodiscard]] std::string progress_line(const std::string& command, const RunSummary& summary, std::uint64_t total);

}  // namespace atl::tools
