#include "trainer/replicas.h"

#include "core/error.h"
#include "trainer/losses.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>

namespace atl::trainer {
namespace {

std::size_t as_size(std::int64_t value) { return static_cast<std::size_t>(value); }

// Loss of one forward pass for each batch, added up; metrics of all of them.
LossResult compute(const agent::Model& model, std::span<const Example* const> examples, const BatchOptions& options,
                   const agent::Tokenizer& tokenizer, Random& random) {
  LossResult all;
  for (const Batch& batch : create_batches(examples, options, tokenizer, random)) {
    LossResult part = compute_losses(model.forward(batch.input), batch, options.loss, model.grid());
    all.total = all.total.defined() ? all.total + part.total : part.total;
    all.metrics.add(part.metrics);
  }
  all.metrics.add(Metric::kTotal, all.total.item<double>(), static_cast<double>(examples.size()));
  return all;
}

// Moves the gradients of a model's parameters to `flat` and clears them.
void take_gradients(const agent::Model& model, std::span<float> flat) {
  std::size_t at = 0;
  for (const agent::NamedTensor& p : model.parameters()) {
    const std::size_t size = as_size(p.tensor.numel());
    at::Tensor& gradient = p.tensor.mutable_grad();
    if (gradient.defined()) {
      const at::Tensor values = gradient.contiguous();
      std::memcpy(flat.data() + at, values.const_data_ptr<float>(), size * sizeof(float));
      gradient.reset();
    } else {
      std::fill_n(flat.begin() + static_cast<std::ptrdiff_t>(at), size, 0.0F);
    }
    at += size;
  }
}

}  // namespace

Replicas::Replicas(std::vector<agent::Model> models, const BatchOptions& options, const agent::Tokenizer& tokenizer)
    : models_(std::move(models)),
      options_(options),
      tokenizer_(tokenizer),
      gradients_(models_.size(), std::vector<float>(as_size(models_.at(0).num_parameters()))),
      team_(static_cast<int>(models_.size()), [](int) { at::set_num_threads(1); }) {}

MetricSums Replicas::compute_gradient(std::span<const Example* const> examples, std::int64_t step, std::uint64_t seed,
                                      std::span<float> gradient) {
  const std::size_t part = examples.size() / models_.size();
  ATOLL_CHECK(part * models_.size() == examples.size() && gradient.size() == num_parameters(),
              "{} examples for {} replicas, gradient of {} for {} parameters", examples.size(), models_.size(),
              gradient.size(), num_parameters());
  BatchOptions options = options_;
  options.step = step;
  std::vector<MetricSums> metrics(models_.size());
  team_.run([&](int r) {
    const std::size_t i = as_size(r);
    Random random(derive_seed(seed, i));
    const LossResult result = compute(models_[i], examples.subspan(i * part, part), options, tokenizer_, random);
    result.total.backward();
    take_gradients(models_[i], gradients_[i]);
    metrics[i] = result.metrics;
  });
  const auto scale = 1.0F / static_cast<float>(models_.size());
  MetricSums all;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    float sum = 0.0F;
    for (const std::vector<float>& of_replica : gradients_) sum += of_replica[i];
    gradient[i] = sum * scale;
  }
  for (const MetricSums& of_replica : metrics) all.add(of_replica);
  return all;
}

MetricSums Replicas::measure(std::span<const Example* const> examples, std::size_t batch) {
  BatchOptions options = options_;
  options.training = false;
  std::vector<MetricSums> metrics((examples.size() + batch - 1) / batch);
  team_.run([&](int r) {
    const at::NoGradGuard no_grad;
    for (std::size_t i = as_size(r); i < metrics.size(); i += models_.size()) {
      Random random(i);
      const std::size_t begin = i * batch;
      const auto part = examples.subspan(begin, std::min(batch, examples.size() - begin));
      metrics[i] = compute(models_[as_size(r)], part, options, tokenizer_, random).metrics;
    }
  });
  MetricSums all;
  for (const MetricSums& of_batch : metrics) all.add(of_batch);
  return all;
}

void Replicas::load_parameters(std::span<const float> parameters) {
  ATOLL_CHECK(parameters.size() == num_parameters(), "{} values for {} parameters", parameters.size(),
              num_parameters());
  const at::NoGradGuard no_grad;
  for (const agent::Model& model : models_) {
    std::size_t at = 0;
    for (const agent::NamedTensor& p : model.parameters()) {
      const std::size_t size = as_size(p.tensor.numel());
      std::memcpy(p.tensor.mutable_data_ptr<float>(), parameters.data() + at, size * sizeof(float));
      at += size;
    }
  }
}

std::vector<float> Replicas::parameters() const {
  std::vector<float> flat(num_parameters());
  std::size_t at = 0;
  for (const agent::NamedTensor& p : models_[0].parameters()) {
    const std::size_t size = as_size(p.tensor.numel());
    std::memcpy(flat.data() + at, p.tensor.const_data_ptr<float>(), size * sizeof(float));
    at += size;
  }
  return flat;
}

agent::TensorMap Replicas::named(std::span<const float> flat) const {
  agent::TensorMap tensors;
  std::size_t at = 0;
  for (const agent::NamedTensor& p : models_[0].parameters()) {
    at::Tensor copy = at::empty(p.tensor.sizes(), at::kFloat);
    const std::size_t size = as_size(p.tensor.numel());
    std::memcpy(copy.mutable_data_ptr<float>(), flat.data() + at, size * sizeof(float));
    at += size;
    tensors[p.name] = copy;
  }
  return tensors;
}

std::size_t Replicas::num_parameters() const { return gradients_[0].size(); }

}  // namespace atl::trainer
