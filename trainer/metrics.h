// Sums of what training measures between two lines of metrics.jsonl. Kept as plain doubles, so that a checkpoint can
// hold them and a resumed run writes the same numbers. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace atl::trainer {

enum class Metric : std::size_t {
  kTotal,      // what is minimised
  kKeys,       // nats per action, summed over the controls, chunk weights applied
  kMouseX,     // nats per action
  kMouseY,     // nats per action
  kPatch,      // nats per patch, positive weight applied
  kGoal,       // nats per picture and instruction
  kWindow,     // nats per goal frame, or per picture that the turns since lead to one
  kContrast,   // nats per goal frame
  kHindsight,  // nats per patch
  kPointing,   // share of pictures where the best patch shows the named object, of those that show it at all
  // Last, for states of runs from before them:
  kWheel,      // nats per action, of contracts that have it
  kPointer,    // the same
  kFuture,     // nats per patch of a picture to come
  kForesight,  // share of these where the right patch is the best of the batch
};
inline constexpr std::size_t kNumMetrics = 14;
inline constexpr std::array<std::string_view, kNumMetrics> kMetricNames{
    "loss",
    "loss_keys_nats",
    "loss_mouse_x_nats",
    "loss_mouse_y_nats",
    "loss_patch_nats",
    "loss_goal_nats",
    "loss_window_nats",
    "loss_contrast_nats",
    "loss_hindsight_nats",
    "pointing_share",
    "loss_wheel_nats",
    "loss_pointer_nats",
    "loss_future_nats",
    "foresight_share",
};

/// One value under a name; units end the name.
using Scalar = std::pair<std::string, double>;

/// Weighted sums; the mean of a metric without weight is absent.
struct MetricSums {
  std::array<double, kNumMetrics> sum{};
  std::array<double, kNumMetrics> weight{};

  void add(Metric metric, double value, double by_weight = 1.0) {
    sum[static_cast<std::size_t>(metric)] += value * by_weight;
    weight[static_cast<std::size_t>(metric)] += by_weight;
  }
  void add(const MetricSums& other) {
    for (std::size_t i = 0; i < kNumMetrics; ++i) {
      sum[i] += other.sum[i];
      weight[i] += other.weight[i];
    }
  }
};

}  // namespace atl::trainer
