// A player at a live world: one loop at the fixed action rate that waits for nobody. Three threads: one takes the
// newest picture at every step, one asks the player, and the caller's keeps what happened. None waits for another; what
// comes too late is dropped and counted.
//
// At step t (a multiple of n) the player is shown the newest picture; its answer is handed to the world before step
// t + d begins and starts there. Steps have absolute deadlines from the first picture on.
#pragma once

#include "core/config.h"
#include "core/frame.h"
#include "core/thinned.h"
#include "envs/environment.h"
#include "session/episode.h"
#include "session/player.h"
#include "session/recording_watch.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace atl::session {

class LiveDesk;

struct LiveConfig {
  double limit_s = 0.0;             // the session ends after this long; 0: when the world ends the episode
  double first_picture_s = 10.0;    // how long the world may take to show its first picture after a reset
  double phase_ms = 6.0;            // steps begin this long after a picture of the world's came: its next pictures are
                                    // then drawn, and no input falls on the border between two of its frames
  double schedule_margin_ms = 2.0;  // an answer has to be ready this long before it starts, to travel to the guard
  int num_trials = 9;               // questions asked before anything runs, to measure the player's latency
  // No keys of the table `live`:
  double frame_rate_hz = 0.0;  // also new pictures between two steps, at most so many a second; 0: one look a step
  WatchConfig watch{};         // what the desk is warned of
};

void describe(ConfigVisitor& v, LiveConfig& config);

/// What the loop cost and kept, over all episodes: the figures of `atoll bench live` and `atoll play --json`. Of what
/// comes each step a bounded number of samples is kept, so that hours of it take no more memory than minutes.
struct LiveStatistics {
  /// What looking cost at one step: a new picture from the request to its last pixel, else being told that nothing has
  /// changed. Waiting for the step to begin is not part of it.
  struct Capture {
    std::uint64_t step = 0;  // of its episode
    double ms = 0.0;
  };
  Thinned<Capture> captures;            // one per step at which the camera looked, but the first
  Thinned<double> schedule_ms;          // each answer: the call that hands it over
  Thinned<double> jitter_ms;            // each step in which the player did something: its first event, from the begin
  Thinned<double> inject_ms;            // the same steps: from the first event to the last
  std::uint64_t num_heartbeats = 0;     // steps at which the picture had not changed
  std::uint64_t num_unseen = 0;         // pictures meant for the player that a newer one replaced before it looked
  std::uint64_t num_skipped_steps = 0;  // steps at which no picture was taken, because this machine was too busy
  std::uint64_t num_unkept = 0;         // pictures that the recorder had no room for
  Thinned<std::size_t> num_waiting;     // pictures that waited for the recorder, one entry per step
  double recorded_s = 0.0;              // inside episodes, pauses left out
};

/// Reasons of episodes that the person at the desk ended.
inline constexpr std::string_view kPaused = "paused by the person at the recorder";
inline constexpr std::string_view kDiscarded = "discarded by the person at the recorder";

class LiveSession {
 public:
  /// Borrows all. `player` may be null: a person plays, nothing is scheduled. Otherwise its latency is measured on an
  /// empty picture; throws Error(kContract) when the declared delay cannot be met, naming both. `desk` may be null.
  LiveSession(envs::LiveEnvironment& world, Player* player, const LiveConfig& config, LiveDesk* desk = nullptr);

  /// Plays one episode; call it on the thread that created the world. Ends when the world does, after limit_s (verdict
  /// `timeout`), when the person at the desk says how it ended, or when the process is asked to stop (`aborted`); in
  /// each case everything held is released first. A pause ends what `sink` gets of it as `aborted` with kPaused; what
  /// follows goes on (EpisodeStart::goes_on) where the world then stands.
  /// `sink` may be null. Throws Error(kEnvironment) when no picture comes, and what world, player and sink throw.
  [[nodiscard]] EpisodeResult run(const EpisodeRequest& request, EpisodeSink* sink);

  [[nodiscard]] const LiveStatistics& statistics() const { return statistics_; }
  /// Median time of one answer, measured at construction; 0 for a person.
  [[nodiscard]] double measured_latency_ms() const { return measured_latency_ms_; }

 private:
  void measure_latency();

  envs::LiveEnvironment& world_;
  Player* player_;
  LiveConfig config_;
  LiveDesk* desk_;
  double measured_latency_ms_ = 0.0;
  LiveStatistics statistics_;
  std::optional<Frame> last_picture_;  // of the episode before
};

}  // namespace atl::session
