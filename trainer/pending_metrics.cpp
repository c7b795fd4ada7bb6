#include "trainer/pending_metrics.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

namespace atl::trainer {
namespace {

void add(const Note& note, double value, const BatchItems& items, MetricSums& all, std::vector<MetricSums>& worlds) {
  const double count = (note.world ? items.worlds.at(*note.world) : items.all).of(note.over) * note.times;
  if (count <= 0) return;
  (note.world ? worlds.at(*note.world) : all).add(note.metric, note.is_sum ? value / count : value, count);
}

}  // namespace

PendingBatch pend(const PendingMetrics& metrics, const at::Tensor& total) {
  std::vector<at::Tensor> values{total.detach()};
  values.insert(values.end(), metrics.values.begin(), metrics.values.end());
  return {.notes = metrics.notes, .values = at::stack(values).to(at::kDouble), .items = {}};
}

HostValues::HostValues(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> flat;
  for (const at::Tensor& tensor : tensors) flat.push_back(tensor.flatten().to(at::kDouble));
  values_ = at::cat(flat).cpu();
}

std::span<const double> HostValues::take(std::size_t count) {
  const std::size_t size = static_cast<std::size_t>(values_.numel());
  ATOLL_CHECK(next_ + count <= size, "value {} of {}", next_ + count, size);
  const std::span<const double> taken(values_.const_data_ptr<double>() + next_, count);
  next_ += count;
  return taken;
}

MetricSums read_part(const PendingPart& part, HostValues& values, std::vector<MetricSums>& worlds) {
  MetricSums sums;
  float total = 0.0F;  // as the device adds them
  for (const PendingBatch& batch : part.batches) {
    const std::span<const double> read = values.take(1 + batch.notes.size());
    total += static_cast<float>(read[0]);
    for (std::size_t i = 0; i < batch.notes.size(); ++i) add(batch.notes[i], read[1 + i], batch.items, sums, worlds);
  }
  sums.add(Metric::kTotal, total, part.num_examples);
  return sums;
}

}  // namespace atl::trainer
