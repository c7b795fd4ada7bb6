#include "trainer/metrics_line.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <cmath>

namespace atl::trainer {
namespace {

void add_means(nlohmann::ordered_json& line, const MetricSums& metrics) {
  for (std::size_t i = 0; i < kNumMetrics; ++i) {
    if (metrics.weight[i] > 0) line[kMetricNames[i]] = metrics.sum[i] / metrics.weight[i];
  }
}

double mean_of(const MetricSums& metrics, Metric metric) {
  const auto i = static_cast<std::size_t>(metric);
  return metrics.weight[i] > 0 ? metrics.sum[i] / metrics.weight[i] : 0.0;
}

double peak_memory_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

}  // namespace

double SpeedMeter::lap() {
  const Timestamp now = MonotonicClock::now();
  const double seconds = to_seconds(now - last_);
  last_ = now;
  return seconds;
}

std::string training_line(const StepFacts& facts, const MetricSums& metrics) {
  nlohmann::ordered_json line = {{"step", facts.step}, {"part", "training"}};
  add_means(line, metrics);
  line["learning_rate"] = facts.learning_rate;
  line["gradient_norm"] = facts.gradient_norm;
  line["wall_s"] = facts.wall_s;
  line["pictures_per_s"] = facts.pictures_per_s;
  line["waited_for_examples_s"] = facts.waited_s;
  line["ready_blocks"] = facts.ready_blocks;
  line["peak_memory_mib"] = peak_memory_mib();
  return line.dump();
}

std::string evaluation_line(std::int64_t step, std::string_view part, const MetricSums& metrics) {
  nlohmann::ordered_json line = {{"step", step}, {"part", part}};
  add_means(line, metrics);
  return line.dump();
}

std::string summary_of(const MetricSums& metrics) {
  std::string text = fmt::format("loss {:.3f}", mean_of(metrics, Metric::kTotal));
  if (metrics.weight[static_cast<std::size_t>(Metric::kPointing)] > 0)
    text += fmt::format(", pointing {:.0f} %", 100.0 * mean_of(metrics, Metric::kPointing));
  return text;
}

std::string progress_line(const StepFacts& facts, std::int64_t total_steps, const MetricSums& metrics,
                          double seconds_per_step) {
  std::string place = fmt::format("train step {}", facts.step);
  std::string left;
  if (total_steps > 0) {
    const auto seconds = std::lround(static_cast<double>(total_steps - facts.step) * seconds_per_step);
    place += fmt::format("/{}", total_steps);
    left = seconds < 60 ? fmt::format(", {} s left", seconds)
                        : fmt::format(", {} min {} s left", seconds / 60, seconds % 60);
  }
  return fmt::format("{}, {}, {:.0f} pictures/s{}", place, summary_of(metrics), facts.pictures_per_s, left);
}

}  // namespace atl::trainer
