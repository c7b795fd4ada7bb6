// What is going to be done: actions by step of the action clock. A newer chunk replaces what is left of older ones from
// its own first step on; a step that nobody planned does nothing and holds nothing. Used by the stepped session, and by
// the live one to know what the guard will do. One thread.
#pragma once

#include "core/action.h"
#include "core/clock.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>

namespace atl::session {

/// Where planned actions come from.
struct AnswerNote {
  std::uint64_t question = 0;        // the step whose observation they answer
  std::int64_t observed_frame = -1;  // sequence number of its picture; -1: none
  Duration latency{};                // how long the answer took
};

/// What is planned for one step; with nothing planned, `action` presses and holds nothing and `note` is empty.
struct PlannedAction {
  Action action;
  std::optional<AnswerNote> note;
};

class ChunkPlan {
 public:
  /// Plans `actions` from `first_step` on; those for steps before the next one to be taken are dropped.
  void replace_from(std::uint64_t first_step, std::span<const Action> actions, const AnswerNote& note);

  /// What is held when `step` begins. `step` is not before the next one to be taken.
  [[nodiscard]] ControlSet held_before(std::uint64_t step) const;

  /// Takes the next step, made physically possible after the one before it.
  [[nodiscard]] PlannedAction take();

  /// The step that `take` returns next.
  [[nodiscard]] std::uint64_t next_step() const { return next_step_; }

 private:
  std::deque<PlannedAction> planned_;  // of next_step_, next_step_ + 1, ...
  std::uint64_t next_step_ = 0;
  ControlSet held_;  // at the end of step next_step_ - 1
};

}  // namespace atl::session
