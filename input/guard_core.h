// The guard's decisions, without device or socket: what is carried out when, when everything is released, who has
// control. Driven by the guard process with real time, by tests with a ManualClock. One thread.
#pragma once

#include "core/action.h"
#include "core/clock.h"
#include "input/chunk_timeline.h"
#include "input/guard_types.h"
#include "input/held_pads.h"
#include "input/rate_limit.h"
#include "input/sink.h"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace atl::input {

/// Hears what the guard does.
class GuardObserver {
 public:
  virtual ~GuardObserver() = default;
  virtual void on_step(const StepReport& report) = 0;
  virtual void on_state(const StateChange& change) = 0;
};

class GuardCore {
 public:
  /// Borrows all but the settings. Starts without focus if the settings require it.
  GuardCore(const GuardSettings& settings, Clock& clock, InputSink& sink, GuardObserver& observer);

  void schedule(const TimedChunk& chunk);
  void rearm();
  void stop();
  void set_focused(bool focused);
  void set_window_gone();
  /// Another window is the game's: it is there, and has no focus until that is told.
  void set_window_open();
  /// An event of a person. `is_focused`: whether it went to the window; only the kill key counts elsewhere.
  void on_human(const InputEvent& event, bool is_focused);

  /// Carries out what is due.
  void wake();
  /// When wake() has something to do next; Timestamp::max() if never.
  [[nodiscard]] Timestamp next_wake() const;
  /// When the present plan ends: what is held after that is held by mistake. Nothing while nothing is carried out.
  [[nodiscard]] std::optional<Timestamp> plan_end() const { return timeline_.end(); }

  [[nodiscard]] GuardState state() const { return state_; }
  [[nodiscard]] const GuardCounts& counts() const { return counts_; }

 private:
  struct Stage {
    Timestamp time;
    std::vector<InputEvent> events;
  };

  void set_state(GuardState state, std::string reason);
  void update_state(std::string reason);
  void release();
  void carry_out(const PlannedStep& step);
  void report(const PlannedStep& step, StepResult result);
  void plan_stages(const std::vector<InputEvent>& events, Timestamp begin);
  void send_stages(Timestamp until);
  [[nodiscard]] bool waits_for_idle() const;
  [[nodiscard]] bool human_idle_over() const;

  const GuardSettings settings_;
  const Duration period_;
  Clock& clock_;
  InputSink& sink_;
  GuardObserver& observer_;
  ChunkTimeline timeline_;
  std::deque<Stage> stages_;  // of the step that is carried out now, still to be sent
  RateLimit event_limit_;
  RateLimit chunk_limit_;
  ControlSet held_;  // by the agent
  ControlSet human_held_;
  HeldPads human_pads_held_;
  Timestamp last_human_;
  bool focused_;
  bool window_gone_ = false;
  bool killed_ = false;
  bool human_ = false;
  GuardState state_;
  GuardCounts counts_;
};

}  // namespace atl::input
