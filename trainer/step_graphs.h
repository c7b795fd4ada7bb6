// Steps that a device does by itself: what a batch makes it do (forward pass, losses, backward pass) is recorded once
// for each shape of a batch and then replayed on new inputs, so that hundreds of small kernels cost one launch. Used by
// replicas.cpp; on GPUs these are CUDA graphs. One thread, the one that computes.
//
// A recording holds addresses: batches are copied into the tensors that it reads, parameters and gradients have to stay
// where they are, and what it computes is copied out before the next one. Which losses a batch has items of is part of
// its shape. Nothing of a step draws random numbers on the device or waits for it (trainer/pending_metrics.h).
#pragma once

#include "trainer/batch.h"
#include "trainer/pending_metrics.h"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace atl::trainer {

/// Work that was recorded.
class StepGraph {
 public:
  virtual ~StepGraph() = default;
  /// Does it again: the same operations on the same tensors, whatever they hold now. Does not wait for it.
  virtual void replay() = 0;
};

/// What records.
class GraphDevice {
 public:
  virtual ~GraphDevice() = default;
  /// Does `work` as it would be recorded: libraries set themselves up when they are used first, which cannot be
  /// recorded.
  virtual void rehearse(const std::function<void()>& work) = 0;
  /// Notes what `work` would do on the device, without doing it; tensors that it makes have no values before the
  /// replay. Throws whatever keeps it from being recorded; the device can then be used as before.
  [[nodiscard]] virtual std::unique_ptr<StepGraph> record(const std::function<void()>& work) = 0;
};

/// Records CUDA graphs, which share their memory. Throws Error(kDevice) in a build without CUDA, or if `device` is
/// something else.
[[nodiscard]] std::unique_ptr<GraphDevice> create_graph_device(at::Device device);

struct StepGraphsOptions {
  int rehearsals = 3;            // steps of a shape that are done before it is recorded
  std::size_t most_shapes = 32;  // further ones are never recorded: each keeps its inputs and kernels
};

class StepGraphs {
 public:
  /// What a batch that lies on `device` makes it do; adds to gradients, and returns what is to be read.
  using Work = std::function<PendingBatch(const Batch&)>;

  StepGraphs(at::Device device, std::unique_ptr<GraphDevice> recorder, const StepGraphsOptions& options = {});

  /// Instructions are padded to a multiple of so many words, to have few shapes.
  static constexpr int kWordMultiple = 4;

  /// Does work(batch), by replaying it where a batch of this shape was recorded. `work` has to do the same every time.
  /// The batch may be moved from. After a shape that could not be recorded, and for those beyond the most, all is done
  /// one by one, with one warning.
  [[nodiscard]] PendingBatch run(Batch& batch, const Work& work);

  [[nodiscard]] std::size_t num_shapes() const { return shapes_.size(); }
  [[nodiscard]] std::size_t num_graphs() const;

 private:
  struct Shape {
    Batch inputs;  // what the recording reads
    int rehearsed = 0;
    std::unique_ptr<StepGraph> graph;
    PendingBatch result;  // what the recording writes
  };
  [[nodiscard]] PendingBatch run_eagerly(Batch& batch, const Work& work) const;
  [[nodiscard]] bool is_recordable(const std::string& key);
  [[nodiscard]] Shape& shape_for(const std::string& key, const Batch& batch);
  /// False: it could not be, and nothing will be any more.
  [[nodiscard]] bool record(Shape& shape, const Work& work);

  at::Device device_;
  std::unique_ptr<GraphDevice> recorder_;
  StepGraphsOptions options_;
  std::map<std::string, Shape> shapes_;
  bool is_off_ = false;
  bool has_warned_of_shapes_ = false;
};

/// What two batches have to have in common to be replayed by one recording: the sizes and types of all tensors, which
/// losses have items, and all that is a number in the recording.
[[nodiscard]] std::string shape_key(const Batch& batch);

}  // namespace atl::trainer
