// An episode of a live session, from its first picture to its end or to a pause: runs the camera's and the asker's
// threads, closes the steps, hears the person at the desk, and tells the sink how it went. Part of
// session/live_session.cpp; everything here belongs to the caller's thread.
#pragma once

#include "core/queue.h"
#include "envs/environment.h"
#include "envs/live_health.h"
#include "session/action_clock.h"
#include "session/live_asker.h"
#include "session/live_camera.h"
#include "session/live_desk.h"
#include "session/live_keeper.h"
#include "session/live_session.h"
#include "session/recording_watch.h"
#include "session/thread_error.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace atl::session {

class LiveEpisode {
 public:
  /// Borrows all; `player` and `desk` may be null, as in LiveSession.
  LiveEpisode(envs::LiveEnvironment& world, Player* player, LiveDesk* desk, const LiveConfig& config,
              LiveStatistics& statistics);

  /// `first`: the picture that it begins with. `result` holds the instructions; all else is filled in. False: the
  /// episode was paused. Throws what the threads threw.
  [[nodiscard]] bool run(const EpisodeRequest& request, std::shared_ptr<const Frame> first, EpisodeSink* sink,
                         EpisodeResult& result);

  /// The picture that was seen last. After `run`.
  [[nodiscard]] const Frame& newest() const { return *camera_->newest(); }

 private:
  void begin(const EpisodeRequest& request, EpisodeSink* sink);
  void play(EpisodeSink* sink);
  void guarded(const std::function<void()>& body);
  void keep(EpisodeSink* sink);
  void attend(Timestamp now);
  void end_by_person(envs::Verdict verdict, std::string reason);
  void collect();
  void finish_step();
  void release();
  void count_asked();
  void note_drops(EpisodeSink* sink);
  EpisodeResult end(EpisodeSink* sink);
  void count_misses();

  envs::LiveEnvironment& world_;
  Player* const player_;
  envs::LiveHealth* const health_;  // null: the world cannot tell
  LiveDesk* const desk_;
  const LiveConfig& config_;
  LiveStatistics& statistics_;  // what the camera counts: its thread; all else: the caller's
  SystemClock system_clock_;
  ActionClock clock_;
  std::shared_ptr<const Frame> first_;
  std::optional<BoundedQueue<Look>> kept_;
  std::optional<LiveAsker> asker_;
  std::optional<LiveCamera> camera_;
  std::optional<LiveKeeper> keeper_;
  std::optional<RecordingWatch> watch_;
  std::uint64_t unkept_noted_ = 0;
  std::uint64_t skipped_noted_ = 0;
  Timestamp lossy_until_;  // the person is told until then
  std::atomic<bool> done_{false};
  ThreadError error_;
  envs::Outcome outcome_;
  bool is_limit_reached_ = false;
  bool is_paused_ = false;
  bool by_person_ = false;  // at the desk: who ended it
  EpisodeResult result_;
};

}  // namespace atl::session
