#include "trainer/metrics_line.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <cmath>
#include <utility>

namespace atl::trainer {
namespace {

void add_means(MetricsLine& line, const MetricSums& metrics) {
  for (std::size_t i = 0; i < kNumMetrics; ++i) {
    if (metrics.weight[i] > 0) line.values.emplace_back(kMetricNames[i], metrics.sum[i] / metrics.weight[i]);
  }
}

double mean_of(const MetricSums& metrics, Metric metric) {
  const auto i = static_cast<std::size_t>(metric);
  return metrics.weight[i] > 0 ? metrics.sum[i] / metrics.weight[i] : 0.0;
}

rusage usage_so_far() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

double peak_memory_mib() { return static_cast<double>(usage_so_far().ru_maxrss) / 1024.0; }

double seconds_of(timeval time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; }

}  // namespace

Lap SpeedMeter::lap() {
  const Timestamp now = MonotonicClock::now();
  const rusage usage = usage_so_far();
  const double cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  return {to_seconds(now - std::exchange(last_, now)), cpu_s - std::exchange(last_cpu_s_, cpu_s)};
}

MetricsLine training_line(const StepFacts& facts, const MetricSums& metrics) {
  MetricsLine line{.step = facts.step, .part = "training", .values = {}};
  add_means(line, metrics);
  line.values.insert(line.values.end(), {{"learning_rate", facts.learning_rate},
                                         {"gradient_norm", facts.gradient_norm},
                                         {"skipped_steps", static_cast<double>(facts.num_skipped)},
                                         {"wall_s", facts.wall_s},
                                         {"pictures_per_s", facts.pictures_per_s},
                                         {"waited_for_examples_s", facts.waited_s},
                                         {"waited_for_device_s", facts.waited_for_device_s},
                                         {"ready_blocks", static_cast<double>(facts.ready_blocks)},
                                         {"cores_busy", facts.cores_busy},
                                         {"peak_memory_mib", peak_memory_mib()}});
  return line;
}

MetricsLine evaluation_line(std::int64_t step, std::string_view part, const MetricSums& metrics) {
  MetricsLine line{.step = step, .part = std::string(part), .values = {}};
  add_means(line, metrics);
  return line;
}

std::string to_json(const MetricsLine& line) {
  nlohmann::ordered_json object = {{"step", line.step}, {"part", line.part}};
  for (const auto& [name, value] : line.values) object[name] = value;
  return object.dump();
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
