// Data-parallel training inside one process: R copies of a model, each on its own thread with one torch thread. Each
// computes the gradient of its part of a batch; gradients are summed in the order of the replicas, so that results are
// the same bits on every run. Two replicas of one thread each learn from more pictures a second than one with two
// threads; on a GPU there is one. Used by one thread.
//
// What is learned lies one parameter after another, in the model's order, in one flat tensor that all replicas read;
// so do gradients, optimiser state and averages. Parameters that are frozen are no part of it; those of the future loss
// (trainer/future.h), where there is one, are the last.
#pragma once

#include "agent/model.h"
#include "agent/tokenizer.h"
#include "distributed/fragments.h"
#include "trainer/batch.h"
#include "trainer/future.h"
#include "trainer/learner.h"
#include "trainer/metrics.h"
#include "trainer/pending_metrics.h"
#include "trainer/side_stream.h"
#include "trainer/step_graphs.h"
#include "trainer/worker_team.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::trainer {

struct ReplicaOptions {
  BatchOptions batch;
  int accumulate = 1;             // parts of a replica's pictures, one after another
  bool bf16 = false;              // autocast
  bool recompute = false;         // ModelInput::recompute
  bool graphs = false;            // steps are recorded as CUDA graphs; of one replica on a GPU
  std::uint64_t future_seed = 0;  // of FutureHead's parameters
};

/// What the host knows of a step.
struct StepNumbers {
  MetricSums metrics;
  double norm = 0.0;  // of its gradient
};

class Replicas {
 public:
  /// Takes models of equal configuration and parameters, at least one, all on one device. Borrows the tokenizer.
  Replicas(std::vector<agent::Model> models, const ReplicaOptions& options, const agent::Tokenizer& tokenizer);

  /// Makes the batches of the step after the one that is computed, and sends them to the device meanwhile; for the next
  /// compute_gradient, which has to be given the same. Examples are no longer needed when it returns.
  void prepare(std::span<const Example* const> examples, std::int64_t step, std::uint64_t seed);

  /// Computes the mean gradient over the replicas, to be found in gradient(). Examples are dealt in equal parts in
  /// order; draws of replica r come from derive_seed(seed, r). `step`: the optimiser's, for losses that change with it.
  /// Does not wait for the device: metrics are read by read_step.
  void compute_gradient(std::span<const Example* const> examples, std::int64_t step, std::uint64_t seed);

  /// The metrics of the last compute_gradient, and `norm`, a scalar as clip_gradient returns it. The only thing in a
  /// step that waits for the device.
  [[nodiscard]] StepNumbers read_step(const at::Tensor& norm);

  /// From here on the batches of compute_gradient are recorded by `graphs` and replayed (ReplicaOptions::graphs: by
  /// those of the GPU). Of one replica only.
  void use_graphs(std::unique_ptr<StepGraphs> graphs);

  /// What compute_gradient would learn from, without learning: the batches of each replica, one after another.
  [[nodiscard]] std::vector<std::vector<Batch>> batches_of(std::span<const Example* const> examples, std::int64_t step,
                                                           std::uint64_t seed) const;

  /// The metrics of examples without training, in batches of `batch` pictures dealt to the replicas by turns.
  MetricSums measure(std::span<const Example* const> examples, std::size_t batch);

  /// Of the last read_step or measure, by Example::world; empty for runs of one world. Means over the pictures
  /// of one world alone; goal frames count for keys, mouse, patches and goal only.
  [[nodiscard]] const std::vector<MetricSums>& world_metrics() const { return world_metrics_; }

  /// [num_parameters] float32 on the models' device; the models read it, whoever changes it changes them.
  [[nodiscard]] at::Tensor& parameters() { return parameters_; }
  [[nodiscard]] const at::Tensor& parameters() const { return parameters_; }
  [[nodiscard]] at::Tensor& gradient() { return gradients_[0]; }

  /// Runs `work` on equal parts begin .. end - 1 of flat tensors, each on the thread of a replica: for what is done to
  /// each value alone.
  void each_part(const std::function<void(std::int64_t begin, std::int64_t end)>& work);

  /// Makes all models read `flat` instead, of the same size and device, until it is called again.
  void use(const at::Tensor& flat);

  /// `flat` as named tensors of the model, and what is frozen, for a checkpoint; shares memory.
  [[nodiscard]] agent::TensorMap named(const at::Tensor& flat) const;

  [[nodiscard]] std::int64_t num_parameters() const { return parameters_.numel(); }
  /// The parameter that value `index` of a flat tensor belongs to.
  [[nodiscard]] const std::string& name_of(std::int64_t index) const;
  /// Where each parameter lies in flat tensors, in their order.
  [[nodiscard]] std::vector<distributed::TensorPlace> places() const;

 private:
  using Batches = std::vector<Batch>;
  // A step to come: the batches of each part of each replica.
  struct Prepared {
    std::int64_t step = 0;
    std::uint64_t seed = 0;
    std::vector<std::vector<Batches>> batches;
  };
  // What a replica learns from, part by part; each is asked for once, in order.
  struct Lesson {
    std::vector<std::span<const Example* const>> parts;
    std::function<Batches(std::size_t part)> batches;
  };
  [[nodiscard]] std::vector<std::vector<Batches>> make_step(std::span<const Example* const> examples, std::int64_t step,
                                                            std::uint64_t seed) const;
  [[nodiscard]] Learner learner(std::size_t replica) const;
  [[nodiscard]] std::vector<PendingPart> learn(std::size_t replica, const Lesson& lesson);

  std::vector<agent::Model> models_;
  std::vector<FutureHead> futures_;                       // one a replica; none without the loss
  std::vector<std::vector<agent::NamedTensor>> learned_;  // of each replica, in the order of flat tensors
  ReplicaOptions options_;
  const agent::Tokenizer& tokenizer_;
  at::Tensor parameters_;
  std::vector<at::Tensor> gradients_;  // one a replica, written by its thread; the first also holds their mean
  std::vector<std::vector<PendingPart>> pending_;  // likewise
  std::vector<MetricSums> world_metrics_;
  SideStream side_;
  std::optional<Prepared> prepared_;
  std::unique_ptr<StepGraphs> graphs_;  // null: one operation after another
  WorkerTeam team_;
};

}  // namespace atl::trainer
