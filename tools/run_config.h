// The config of commands that run episodes: `record` and `play`. One struct, so that both read the same files.
#pragma once

#include "core/config.h"
#include "datasets/writer.h"
#include "session/live_session.h"
#include "session/recording_watch.h"
#include "tools/command.h"
#include "tools/players.h"
#include "tools/recorder_desk.h"
#include "tools/worlds.h"

#include <filesystem>
#include <memory>

namespace atl::tools {

/// What is kept: the table `record`.
struct RecordConfig {
  bool video = false;  // pictures in video.mp4; live recordings have it unless told otherwise
  /// Of live recordings: pictures a second, as they come; 0: one a step of the action clock. -1: 0 where an agent
  /// plays, and in Playhouse; else the game's own rate, up to 60, or 30 for more than 1280x720 px.
  double frame_rate_hz = -1.0;
  std::string encoder = "x264";  // "auto", "x264", "vaapi", "nvenc": datasets/video/encoder.h
  std::string chroma = "auto";   // "444", "420"; "auto": 444 up to 500,000 px, as agents see it
  std::string preset = "auto";   // x264's; "auto": superfast up to 500,000 px, else ultrafast
  int crf = -1;                  // quality: 0 without loss .. 51; -1: 16 for 444, 21 for 420
  bool fast_decode = false;  // with x264: decodes in less than half the time, for training; files are a sixth larger
  int threads = 0;           // that play at once where the world is stepped and no video is kept; 0: one a core
  bool audio = false;        // of live recordings: what the desktop plays, in audio.mp4 on the clock of the pictures
  /// What is listened to: empty for the desktop's default output; else an output, a program that plays, or a microphone
  /// of PipeWire's, by its name.
  std::string audio_from{};
  bool owa_topics = false;  // also OWAMcap's topics, for its tools
  bool indicator = true;    // of live recordings on the desktop: a line on the screen that says what is recorded
  HotkeyConfig hotkeys{};
  session::WatchConfig watch{};
};

void describe(ConfigVisitor& v, RecordConfig& config);

struct RunConfig {
  RecordConfig record;
  ExpertConfig expert;
  PolicyConfig policy;
  TakeoverConfig takeover;
  WorldConfig world;
  session::LiveConfig live;
};

void describe(ConfigVisitor& v, RunConfig& config);

/// The defaults for a stepped or live world, then --config, then --set.
[[nodiscard]] RunConfig load_run_config(const CommonFlags& flags, bool is_live);

struct RecordingPlace {
  std::filesystem::path folder;
  bool go_on = false;    // adds to the recording that is there
  double queue_s = 0.0;  // pictures that may wait for the encoder, in seconds; 0: none waits and none is dropped
};

/// The pictures a second that a live recording gets between and at the steps; 0: one a step.
[[nodiscard]] double recorded_frame_rate(const RecordConfig& config, const envs::EnvironmentSpec& world, bool by_person,
                                         bool is_playhouse);

/// Opens the recording with the resolved config beside it. `frame_rate_hz`: of its pictures; 0: one a step. Throws
/// Error(kUsage) when the build cannot write video and the config wants it.
[[nodiscard]] std::unique_ptr<datasets::RecordingWriter> create_recording(const RecordingPlace& place,
                                                                          const envs::EnvironmentSpec& world,
                                                                          const RunConfig& config,
                                                                          double frame_rate_hz = 0.0);

/// What a finished run of episodes came to.
struct RunSummary {
  std::uint64_t episodes = 0;
  std::uint64_t successes = 0;
  double seconds = 0.0;  // real time
};

/// A line for people: how far, how good, how long still. `total` 0: no end is known.
[[nodiscard]] std::string progress_line(const std::string& command, const RunSummary& summary, std::uint64_t total);

}  // namespace atl::tools
