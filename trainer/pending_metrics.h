// Metrics that are computed and not read yet. A value that is read makes the host wait for the device, and the device
// afterwards for the host: so they stay where they are as scalars, and are read together once a step. What they are
// means over is counted on the host (trainer/batch_items.h). One thread at a time.
#pragma once

#include "trainer/batch_items.h"
#include "trainer/metrics.h"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace atl::trainer {

/// What a noted value is.
struct Note {
  Metric metric;
  Items over;                          // the value is a mean over these; without any it is left out
  double times = 1.0;                  // items that each of them counts, as the patches of a picture
  bool is_sum = false;                 // the value is a sum over them
  std::optional<std::size_t> world{};  // of this world's pictures alone
};

/// Scalars on the device, without gradient, and what each is.
struct PendingMetrics {
  std::vector<Note> notes;
  std::vector<at::Tensor> values;

  void add(const Note& note, const at::Tensor& value) {
    notes.push_back(note);
    values.push_back(value.detach());
  }
};

/// The metrics of one batch.
struct PendingBatch {
  std::vector<Note> notes;
  at::Tensor values;  // [1 + notes] float64 on the device: the batch's loss (float32), then the value of each note
  BatchItems items;   // set by whoever knows the batch
};

/// Of all of a batch; `total` is its loss.
[[nodiscard]] PendingBatch pend(const PendingMetrics& metrics, const at::Tensor& total);

/// Batches whose losses add up.
struct PendingPart {
  std::vector<PendingBatch> batches;
  double num_examples = 0.0;
};

/// Reads scalars and vectors in one copy, which waits for the device; to be taken in their order.
class HostValues {
 public:
  explicit HostValues(const std::vector<at::Tensor>& tensors);
  /// The next `count` ones; borrowed.
  [[nodiscard]] std::span<const double> take(std::size_t count);

 private:
  at::Tensor values_;  // on the CPU
  std::size_t next_ = 0;
};

/// The metrics of a part, whose batches' values are the next of `values`, with the sum of their losses as
/// Metric::kTotal. Adds those of worlds to `worlds`.
[[nodiscard]] MetricSums read_part(const PendingPart& part, HostValues& values, std::vector<MetricSums>& worlds);

}  // namespace atl::trainer
