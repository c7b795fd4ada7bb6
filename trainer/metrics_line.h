// How metrics are written: lines of metrics.jsonl with units in their keys, and the progress line. One thread.
#pragma once

#include "core/clock.h"
#include "trainer/metrics.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atl::trainer {

/// What a line says beside the metrics themselves.
struct StepFacts {
  std::int64_t step = 0;
  double learning_rate = 0.0;
  double gradient_norm = 0.0;  // before clipping, of the last step
  double pictures_per_s = 0.0;
  double wall_s = 0.0;    // since this process began to train
  double waited_s = 0.0;  // of it, for examples
  std::size_t ready_blocks = 0;
};

/// Seconds between laps and since the start.
class SpeedMeter {
 public:
  [[nodiscard]] double lap();
  [[nodiscard]] double total() const { return to_seconds(MonotonicClock::now() - start_); }

 private:
  Timestamp start_ = MonotonicClock::now();
  Timestamp last_ = start_;
};

/// {"step", "part": "training", "loss", ..., "wall_s", ...}: the keys from "wall_s" on depend on the machine, all
/// others are the same for the same run.
[[nodiscard]] std::string training_line(const StepFacts& facts, const MetricSums& metrics);
/// {"step", "part": NAME, "loss", ...}
[[nodiscard]] std::string evaluation_line(std::int64_t step, std::string_view part, const MetricSums& metrics);
/// "loss 1.230, pointing 81 %".
[[nodiscard]] std::string summary_of(const MetricSums& metrics);
/// "train step 1200/2300, loss 1.230, pointing 81 %, 930 pictures/s, 1 min 10 s left". `total_steps` 0: not decided
/// yet.
[[nodiscard]] std::string progress_line(const StepFacts& facts, std::int64_t total_steps, const MetricSums& metrics,
                                        double seconds_per_step);

}  // namespace atl::trainer
