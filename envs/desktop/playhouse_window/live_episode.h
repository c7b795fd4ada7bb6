// One episode of Playhouse in real time: which ticks are due, what was put in, how late it was. No window here.
#pragma once

#include "core/clock.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/playhouse/episode.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace atl::envs::desktop {

class LiveEpisode {
 public:
  /// Throws like playhouse::create_episode. The clock starts with `start`.
  LiveEpisode(std::uint64_t seed, const Task& task, const playhouse::EpisodeOptions& options);
  /// The same start once more.
  [[nodiscard]] std::unique_ptr<LiveEpisode> again() const;
  /// Another task in this episode's house, from where it stands; or why it cannot be, as playhouse::ask_here.
  struct Asked {
    std::unique_ptr<LiveEpisode> episode;
    std::string problem;
  };
  [[nodiscard]] Asked ask_here(const Task& task) const;
  LiveEpisode(const LiveEpisode&) = delete;
  LiveEpisode& operator=(const LiveEpisode&) = delete;

  /// The first picture was shown at `time`: from now on ticks are due.
  void start(Timestamp time);
  /// When the next tick is due; only after `start` and while the world runs.
  [[nodiscard]] Timestamp next_due() const;
  /// The world stands still from `now` on; `resume` moves all that is due later by as long as it stood.
  void pause(Timestamp now);
  void resume(Timestamp now);

  /// Carries out the ticks that are due at `now`: the first with `inputs`, later ones with what they left held. A world
  /// that lags by more than a few ticks slips: its clock is set back rather than its ticks rushed. Returns whether
  /// there were any.
  bool advance(Timestamp now, const playhouse::PlayerInputs& inputs);
  /// Whether a tick is due at `now`; never while the world does not run.
  [[nodiscard]] bool is_due(Timestamp now) const { return is_running() && next_due() <= now; }
  /// Carries out one tick, which is due; what `advance` makes of one call is for the caller to decide.
  void advance_one(Timestamp now, const playhouse::PlayerInputs& inputs);
  /// The picture after the last tick was shown.
  void note_shown(Timestamp time);

  [[nodiscard]] bool has_started() const { return started_; }
  [[nodiscard]] bool is_running() const { return started_ && !paused_ && !world_.is_over(); }
  [[nodiscard]] const playhouse::World& world() const { return world_; }
  [[nodiscard]] ReadyEvent ready() const;
  [[nodiscard]] VerdictEvent verdict(Timestamp time) const;
  /// What has happened so far.
  [[nodiscard]] LoggedEpisode log() const;

 private:
  LiveEpisode(playhouse::Episode episode, LoggedEpisode start);
  void slip(Timestamp now);
  void tick(Timestamp now, const playhouse::PlayerInputs& inputs);

  const playhouse::Episode episode_;
  playhouse::World world_;  // borrows episode_.house
  LoggedEpisode log_;
  Timestamp clock_start_;  // as moved by pauses and slips
  std::optional<Timestamp> paused_;
  bool started_ = false;
  int late_ticks_ = 0;
};

}  // namespace atl::envs::desktop
