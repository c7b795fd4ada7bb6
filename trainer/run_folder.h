// A run directory: RUN/config.toml (resolved), RUN/sources.toml (trainer/source_note.h), RUN/metrics.jsonl, the same as
// TensorBoard's events (RUN/events.*), RUN/checkpoint-<step>/ and RUN/latest. A checkpoint is agent/checkpoint.h's,
// whose weights are the running average that is played, plus trainer.safetensors with all that training needs to go on
// bit for bit. One thread.
#pragma once

#include "agent/checkpoint.h"
#include "trainer/config.h"
#include "trainer/event_file.h"
#include "trainer/metrics.h"
#include "trainer/metrics_line.h"
#include "trainer/optimizer.h"
#include "trainer/stream.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::trainer {

/// All that changes while training. Tensors are flat (trainer/replicas.h), on the models' device.
struct TrainingState {
  TrainingState() = default;
  /// Before the first step: the average is what the parameters are.
  explicit TrainingState(const at::Tensor& start)
      : parameters(start), average(start.clone()), moments(create_adam_state(start)) {}
  std::int64_t step = 0;  // updates made
  at::Tensor parameters;
  at::Tensor average;
  AdamState moments;
  StreamPosition position;                // of the batch to come
  MetricSums metrics;                     // since the last line of metrics.jsonl
  std::vector<MetricSums> world_metrics;  // the same of each world; empty for runs of one
  std::int64_t num_skipped = 0;           // steps that were not made, because a loss or gradient was no number
  std::int64_t skipped_in_row = 0;        // the last of them, without one that was made in between
};

struct ResumePoint {
  agent::Checkpoint checkpoint;
  TrainingState state;
};

/// Which checkpoints stay when another is written.
struct CheckpointsKept {
  int newest = 1;            // so many, the one that is written included
  std::vector<int> steps{};  // and those of these steps
};

class RunFolder {
 public:
  /// Creates RUN with its config; throws Error(kFile) if it holds anything.
  static RunFolder create(const std::filesystem::path& path, const RunConfig& config);
  /// The same with a copy of another run's checkpoint as its latest, the metrics until then, and what its agent played
  /// that is learned from (trainer/dagger.h). Throws Error(kFile), and Error(kConfig) for a config that has no step
  /// to make after it.
  static RunFolder create_fork(const std::filesystem::path& path, const RunConfig& config,
                               const std::filesystem::path& checkpoint);
  /// Opens an existing RUN. Throws Error(kFile) if it has no config.toml.
  static RunFolder open(const std::filesystem::path& path);

  [[nodiscard]] RunConfig load_config() const;
  void save_config(const RunConfig& config) const;

  /// RUN/sources.toml: what was done to each source. One that is there is kept: it tells of the run's start.
  void save_sources(const std::string& toml) const;

  /// The newest checkpoint, on the CPU; nothing if there is none yet. Throws Error(kFormat) if its parts do not fit
  /// together.
  [[nodiscard]] std::optional<ResumePoint> load_latest() const;

  /// Writes RUN/checkpoint-<step>, then RUN/latest, then removes older ones, but for those to be kept, and what killed
  /// runs left half written. Nothing is done where RUN/latest names this step already: it is whole.
  void save_checkpoint(const agent::CheckpointInfo& info, const agent::TensorMap& average_weights,
                       const agent::Tokenizer& tokenizer, const TrainingState& state,
                       const CheckpointsKept& keep) const;

  /// Forgets lines of steps after `step`, and a torn last line; begins a new event file. Lines are appended after this
  /// only.
  void rewind_metrics(std::int64_t step);
  /// Appends one line, to disk at once. Throws Error(kFile).
  void append_metrics(const MetricsLine& line);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  void remove_old_checkpoints(std::int64_t newest_step, const CheckpointsKept& keep) const;

  std::filesystem::path path_;
  std::ofstream metrics_;
  std::optional<EventFile> events_;
};

}  // namespace atl::trainer
