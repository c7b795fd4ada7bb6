// How many steps fit into the minutes of a run, from the speed of its warm-up. Used by trainer.cpp. One thread.
#pragma once

#include "core/clock.h"
#include "trainer/config.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace atl::trainer {

/// Its minutes begin when it is made. Borrows the config.
class StepBudget {
 public:
  explicit StepBudget(const TrainerConfig& config) : config_(config), begin_(MonotonicClock::now()) {}

  /// Before every step.
  void begin_step(std::int64_t step);
  /// At the end of warm-up, before step `step`: the number of all steps. `evaluation`: how long one measurement on
  /// development data took.
  [[nodiscard]] std::int64_t decide(std::int64_t step, Duration evaluation) const;

 private:
  const TrainerConfig& config_;
  Timestamp begin_;
  std::optional<std::pair<std::int64_t, Timestamp>> timed_from_;  // step and when it began
};

}  // namespace atl::trainer
