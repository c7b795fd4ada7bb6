// Keeps a live episode: turns what was really pressed into actions, one per step, and hands pictures, events and
// actions to a sink in order. Part of session/live_session.cpp; one thread.
#pragma once

#include "session/live_asker.h"
#include "session/live_session.h"

#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace atl::session {

class LiveKeeper {
 public:
  /// `origin`: who drives steps in which nobody did anything. `timing`: of the player; nothing where a person plays.
  LiveKeeper(EpisodeSink* sink, const ActionClock& clock, Origin origin, std::optional<PlayerTiming> timing);

  void add_events(std::span<const InputEvent> events) { events_.insert(events_.end(), events.begin(), events.end()); }
  void add_look(Look look) { looks_.push_back(std::move(look)); }

  /// Closes the next step: everything that happened before its end, or that came in late for an earlier one.
  /// `answer`: what drove the step.
  void finish_step(const std::optional<Answer>& answer, LiveStatistics& statistics);

  /// Hands over what is left: events after the last step, which belong to no action.
  void finish();

  [[nodiscard]] std::uint64_t num_steps() const { return next_step_; }
  /// What is down after all events that were added.
  [[nodiscard]] bool anything_held() const;

 private:
  [[nodiscard]] Timestamp time_of(const Look& look) const;
  void keep_look(const Look& look);
  void measure(std::span<const InputEvent> events, LiveStatistics& statistics) const;
  [[nodiscard]] bool is_missed(const std::optional<Answer>& answer) const;

  EpisodeSink* const sink_;
  const ActionClock clock_;
  const Origin origin_;
  const std::optional<PlayerTiming> timing_;
  std::uint64_t next_step_ = 0;
  ControlSet held_;                // at the end of step next_step_ - 1
  std::deque<InputEvent> events_;  // of no finished step, in the order of arrival
  std::deque<Look> looks_;         // of no finished step
};

}  // namespace atl::session
