// The training loop: examples from sources, gradients from replicas, updates, metrics, checkpoints. `train` is what
// `atoll train` calls; `Trainer` is its parts for benches and tests. Runs on the thread that calls it, beside the
// replicas' and producers' threads.
#pragma once

#include "trainer/config.h"
#include "trainer/source.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace atl::trainer {

struct TrainOptions {
  std::filesystem::path out;  // RUN
  bool resume = false;        // go on with RUN as its config.toml says; `config` is not used
  /// Checkpoint of another run that this one goes on from, bit for bit while `config` says the same: a fork. Empty:
  /// none.
  std::filesystem::path fork{};
  SourceServices services;
  std::filesystem::path weights{};      // folder of published weights, where trainer.weights names none
  std::filesystem::path profile{};      // Chrome trace of some steps after the first ones; empty: none
  bool prepares_steps = false;          // batches are made while the step before is computed, as always on GPUs
  std::function<bool()> should_stop{};  // asked at each step border; empty: core/stop.h
  /// What else is done to a step's gradient (flat, in the model's order) before it is clipped and applied, as a sum
  /// over other machines; empty: nothing.
  std::function<void(std::int64_t step, at::Tensor& gradient)> on_gradient{};
};

struct TrainResult {
  std::int64_t step = 0;
  std::int64_t total_steps = 0;
  bool is_finished = false;  // false: stopped and saved, to be resumed
};

/// Trains until the config's end or until it should stop, and saves. A step whose loss or gradient is no number is left
/// out and its batch kept (trainer/bad_batch.h). Throws Error(kConfig) for a config that does not fit together, or when
/// three steps in a row had to be left out (the last checkpoint stays), Error(kFile) for an output that exists.
TrainResult train(const RunConfig& config, const TrainOptions& options);

/// A run step by step.
class Trainer {
 public:
  /// Starts RUN, or goes on with it.
  Trainer(const RunConfig& config, const TrainOptions& options);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// One update with its metrics lines, and a checkpoint if one is due. Throws as `train`.
  void step();
  [[nodiscard]] bool is_finished() const;
  [[nodiscard]] std::int64_t num_steps() const;
  [[nodiscard]] std::int64_t total_steps() const;  // 0: not decided yet
  void save();
  /// Ends what this run has in common with other islands; nothing where it is by itself.
  void leave();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::trainer
