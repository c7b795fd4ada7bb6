// What the guard is to do next: the steps of all chunks that are still ahead, in time order. No device, no clock of its
// own, one thread.
#pragma once

#include "core/action.h"
#include "core/clock.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace atl::input {

struct PlannedStep {
  std::uint64_t step = 0;
  Timestamp begin;
  Timestamp arrival;  // of its chunk
  Action action;
};

class ChunkTimeline {
 public:
  /// `period` of the action clock.
  explicit ChunkTimeline(Duration period) : period_(period) {}

  /// Replaces all that is planned from the chunk's first step on.
  void add(const TimedChunk& chunk, Timestamp now);

  struct Due {
    std::vector<PlannedStep> missed;  // over before they could begin
    std::optional<PlannedStep> step;  // to be carried out now
    bool ended = false;               // nothing follows the last step: release everything
  };
  /// What has to happen at `now`; each thing is told once.
  [[nodiscard]] Due take_due(Timestamp now);

  /// When take_due has something to tell; Timestamp::max() if never.
  [[nodiscard]] Timestamp next() const;

  /// When the step that is carried out now and those that follow it without a gap are over; nothing while idle.
  [[nodiscard]] std::optional<Timestamp> end() const;

  /// Forgets all, also which steps were done.
  void clear();

 private:
  [[nodiscard]] bool follows(const PlannedStep& step, Timestamp end) const;

  const Duration period_;
  std::deque<PlannedStep> planned_;         // by begin
  std::optional<Timestamp> active_until_;   // end of the step that is carried out now
  std::optional<std::uint64_t> last_done_;  // its number
};

}  // namespace atl::input
