// The thread of a live session that looks: the newest picture at every step for the player, and, where a recording
// wants more than that, each new picture in between. Part of session/live_session.cpp.
#pragma once

#include "core/queue.h"
#include "envs/environment.h"
#include "session/action_clock.h"
#include "session/live_asker.h"
#include "session/live_session.h"

#include <atomic>
#include <memory>

namespace atl::session {

class LiveCamera {
 public:
  /// Borrows all. `first`: the picture of step 0. `asker` may be null. Looks are put into `kept`; those that it has no
  /// room for are counted as num_unkept. `frame_rate_hz` 0: one look a step; else also what is new in between, at most
  /// so many pictures a second.
  LiveCamera(envs::LiveEnvironment& world, const ActionClock& clock, double frame_rate_hz, LiveAsker* asker,
             BoundedQueue<Look>& kept, LiveStatistics& statistics);

  /// Looks until `done`; the body of a thread.
  void run(std::shared_ptr<const Frame> first, const std::atomic<bool>& done);

  /// The newest picture. After `run`.
  [[nodiscard]] const std::shared_ptr<const Frame>& newest() const { return look_.frame; }
  /// Of this camera: pictures that `kept` had no room for, and steps without a look. Any thread.
  [[nodiscard]] std::uint64_t num_unkept() const { return num_unkept_; }
  [[nodiscard]] std::uint64_t num_skipped() const { return num_skipped_; }

 private:
  void look_between(Timestamp until, const std::atomic<bool>& done);
  void look_at_step();
  bool take(std::optional<Frame> frame);
  void keep(const Look& look);
  void show(const Look& look);

  envs::LiveEnvironment& world_;
  const ActionClock clock_;
  const Duration period_;  // between two pictures; 0: one a step
  LiveAsker* const asker_;
  BoundedQueue<Look>& kept_;
  LiveStatistics& statistics_;  // captures, heartbeats, skipped, unkept, waiting
  SystemClock system_clock_;
  Look look_;               // the newest
  bool seen_new_ = false;   // since the look before, at its step
  Timestamp next_picture_;  // none before, between two steps
  std::atomic<std::uint64_t> num_unkept_{0};
  std::atomic<std::uint64_t> num_skipped_{0};
};

}  // namespace atl::session
