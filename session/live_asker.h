// The thread of a live session that asks the player: shows it the newest picture, hands its answer to the world in time
// or counts a miss. Part of session/live_session.cpp.
#pragma once

#include "core/queue.h"
#include "core/thinned.h"
#include "envs/environment.h"
#include "session/action_clock.h"
#include "session/chunk_plan.h"
#include "session/player.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace atl::session {

/// What the camera saw.
struct Look {
  std::uint64_t step = 0;              // at which it looked; between two steps: the one that begins next
  std::shared_ptr<const Frame> frame;  // shared: the player and the recorder read it, whichever is done last
  std::uint64_t sequence = 0;          // of its picture, inside the episode
  bool is_new = false;                 // false: nothing had changed since the look before
};

/// One answer and what became of it.
struct Answer {
  AnswerNote note;
  std::uint64_t first_step = 0;  // that it could still reach
  std::uint64_t num_steps = 0;   // handed to the world from there; 0: it came too late altogether
  bool is_late = false;          // it came after the step at which it should have started had begun
};

class LiveAsker {
 public:
  /// Borrows world and player. `margin`: how long before a step its action must be handed over.
  LiveAsker(envs::LiveEnvironment& world, Player& player, const ActionClock& clock, Duration margin);

  /// Shows `look` to the player as soon as it is free; an older one that it did not get to is dropped. Any thread.
  void show(Look look) { looks_.put(std::move(look)); }

  /// Answers questions until `stop`; the body of a thread. `instruction` is what the player is told.
  void run(const std::string& instruction);
  /// Ends `run` after the question it is working on. Any thread.
  void stop() {
    stopped_ = true;
    looks_.close();
  }

  /// The answer that drives `step`, if any was in time. Any thread; right for steps that have begun.
  [[nodiscard]] std::optional<Answer> answer_for(std::uint64_t step) const;
  [[nodiscard]] const PlayerTiming& timing() const { return timing_; }
  /// Any thread.
  [[nodiscard]] std::vector<Answer> answers() const;
  [[nodiscard]] std::uint64_t num_unseen() const { return looks_.dropped(); }
  /// Times of the calls that handed answers over. Only after `run` has returned.
  [[nodiscard]] const Thinned<double>& schedule_ms() const { return schedule_ms_; }

 private:
  void ask(const Look& look, const std::string& instruction);

  envs::LiveEnvironment& world_;
  Player& player_;
  const ActionClock clock_;
  const PlayerTiming timing_;
  const Duration margin_;
  LatestSlot<Look> looks_;  // one at most waits: what is asked next is the newest
  std::atomic<bool> stopped_{false};
  ChunkPlan plan_;               // what the world will carry out; the asking thread's own
  Thinned<double> schedule_ms_;  // the asking thread's own
  mutable std::mutex mutex_;
  std::vector<Answer> answers_;  // guarded by mutex_
};

}  // namespace atl::session
