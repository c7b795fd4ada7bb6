// Data-parallel training inside one process: R copies of a model, each on its own thread with one torch thread. Each
// computes the gradient of its part of a batch; gradients are summed in the order of the replicas, so that results are
// the same bits on every run. Two replicas of one thread each learn from more pictures a second than one with two
// threads. Used by one thread.
#pragma once

#include "agent/model.h"
#include "agent/tokenizer.h"
#include "trainer/batch.h"
#include "trainer/metrics.h"
#include "trainer/worker_team.h"

#include <cstdint>
#include <span>
#include <vector>

namespace atl::trainer {

class Replicas {
 public:
  /// Takes models of equal configuration, at least one. Borrows the tokenizer.
  Replicas(std::vector<agent::Model> models, const BatchOptions& options, const agent::Tokenizer& tokenizer);

  /// Writes the mean gradient over the replicas to `gradient` ([number of parameters], all parameters one after
  /// another in the model's order) and returns the metrics of all. Examples are dealt in equal parts in order; draws of
  /// replica r come from derive_seed(seed, r). `step`: the optimiser's, for losses that change with it.
  MetricSums compute_gradient(std::span<const Example* const> examples, std::int64_t step, std::uint64_t seed,
                              std::span<float> gradient);

  /// The metrics of examples without training, in batches of `batch` pictures dealt to the replicas by turns.
  MetricSums measure(std::span<const Example* const> examples, std::size_t batch);

  /// Copies flat parameters into every replica.
  void load_parameters(std::span<const float> parameters);
  /// Flat parameters of the first replica.
  [[nodiscard]] std::vector<float> parameters() const;
  /// `flat` as named tensors, for a checkpoint.
  [[nodiscard]] agent::TensorMap named(std::span<const float> flat) const;

  [[nodiscard]] std::size_t num_parameters() const;

 private:
  std::vector<agent::Model> models_;
  BatchOptions options_;
  const agent::Tokenizer& tokenizer_;
  std::vector<std::vector<float>> gradients_;  // one a replica, written by its thread
  WorkerTeam team_;
};

}  // namespace atl::trainer
