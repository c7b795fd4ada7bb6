// What is written of a run while it goes on: the values of one step for metrics.jsonl and TensorBoard, with units in
// their names, and the progress line. One thread.
#pragma once

#include "core/clock.h"
#include "trainer/metrics.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atl::trainer {

/// What a line says beside the metrics themselves.
struct StepFacts {
  std::int64_t step = 0;
  double learning_rate = 0.0;
  double gradient_norm = 0.0;    // before clipping, of the last step
  std::int64_t num_skipped = 0;  // steps that were not made so far
  double pictures_per_s = 0.0;
  double wall_s = 0.0;               // since this process began to train
  double waited_s = 0.0;             // of it, for examples
  double waited_for_device_s = 0.0;  // of it, for a GPU: with all of the rest of a step beside it, how busy that is
  double cores_busy = 0.0;           // by all threads of this process, mean since the line before
  std::size_t ready_blocks = 0;
};

/// What a lap took: of the clock, and of processors by all threads of this process.
struct Lap {
  double wall_s = 0.0;
  double cpu_s = 0.0;
};

/// Laps, and seconds since the start.
class SpeedMeter {
 public:
  [[nodiscard]] Lap lap();
  [[nodiscard]] double total() const { return to_seconds(MonotonicClock::now() - start_); }

 private:
  Timestamp start_ = MonotonicClock::now();
  Timestamp last_ = start_;
  double last_cpu_s_ = 0.0;
};

/// One line: what a part of the data ("training", "development", ...) gave until a step.
struct MetricsLine {
  std::int64_t step = 0;
  std::string part;
  std::vector<Scalar> values;
};

/// The values from "wall_s" on depend on the machine, all others are the same for the same run.
[[nodiscard]] MetricsLine training_line(const StepFacts& facts, const MetricSums& metrics);
[[nodiscard]] MetricsLine evaluation_line(std::int64_t step, std::string_view part, const MetricSums& metrics);
/// {"step", "part", "loss", ...} without a line end; null for what is not finite.
[[nodiscard]] std::string to_json(const MetricsLine& line);
/// "loss 1.230, pointing 81 %".
[[nodiscard]] std::string summary_of(const MetricSums& metrics);
/// "train step 1200/2300, loss 1.230, pointing 81 %, 930 pictures/s, 1 min 10 s left". `total_steps` 0: not decided
/// yet.
[[nodiscard]] std::string progress_line(const StepFacts& facts, std::int64_t total_steps, const MetricSums& metrics,
                                        double seconds_per_step);

}  // namespace atl::trainer
