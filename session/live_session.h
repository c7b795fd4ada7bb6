// A player at a live world: one loop at the fixed action rate that waits for nobody. Three threads: one takes the
// newest picture at every step, one asks the player, and the caller's keeps what happened. None waits for another; what
// comes too late is dropped and counted.
//
// At step t (a multiple of n) the player is shown the newest picture; its answer is handed to the world before step
// t + d begins and starts there. Steps have absolute deadlines from the first picture on.
#pragma once

#include "core/config.h"
#include "envs/environment.h"
#include "session/episode.h"
#include "session/player.h"

#include <cstdint>
#include <vector>

namespace atl::session {

struct LiveConfig {
  double limit_s = 0.0;             // the session ends after this long; 0: when the world ends the episode
  double first_picture_s = 10.0;    // how long the world may take to show its first picture after a reset
  double phase_ms = 6.0;            // steps begin this long after a picture of the world's came: its next pictures are
                                    // then drawn, and no input falls on the border between two of its frames
  double schedule_margin_ms = 2.0;  // an answer has to be ready this long before it starts, to travel to the guard
  int num_trials = 9;               // questions asked before anything runs, to measure the player's latency
};

void describe(ConfigVisitor& v, LiveConfig& config);

/// What the loop cost and kept, over all episodes: the figures of `atoll bench live` and `atoll play --json`.
struct LiveStatistics {
  /// What looking cost at one step: a new picture from the request to its last pixel, else being told that nothing has
  /// changed. Waiting for the step to begin is not part of it.
  struct Capture {
    std::uint64_t step = 0;  // of its episode
    double ms = 0.0;
  };
  std::vector<Capture> captures;         // one per step at which the camera looked, but the first
  std::vector<double> schedule_ms;       // each answer: the call that hands it over
  std::vector<double> jitter_ms;         // each step in which the player did something: its first event, from the begin
  std::vector<double> inject_ms;         // the same steps: from the first event to the last
  std::uint64_t num_heartbeats = 0;      // steps at which the picture had not changed
  std::uint64_t num_unseen = 0;          // pictures meant for the player that a newer one replaced before it looked
  std::uint64_t num_skipped_steps = 0;   // steps at which no picture was taken, because this machine was too busy
  std::uint64_t num_unkept = 0;          // pictures that the recorder had no room for
  std::vector<std::size_t> num_waiting;  // pictures that waited for the recorder, one entry per step
};

class LiveSession {
 public:
  /// Borrows both. `player` may be null: a person plays, nothing is scheduled. Otherwise its latency is measured on an
  /// empty picture; throws Error(kContract) when the declared delay cannot be met, naming both.
  LiveSession(envs::LiveEnvironment& world, Player* player, const LiveConfig& config);

  /// Plays one episode; call it on the thread that created the world. Ends when the world does, after limit_s (verdict
  /// `timeout`), or when the process is asked to stop (`aborted`); in each case everything held is released first.
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
  double measured_latency_ms_ = 0.0;
  LiveStatistics statistics_;
};

}  // namespace atl::session
