#include "trainer/replicas.h"

#include "core/error.h"
#include "trainer/learner.h"
#include "trainer/profile.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace atl::trainer {
namespace {

std::size_t as_size(std::int64_t value) { return static_cast<std::size_t>(value); }

constexpr std::int64_t kLineValues = 16;  // float32 values in a cache line

using Parameters = std::vector<agent::NamedTensor>;

// Calls visit(parameter, its part of `flat`) for what is learned.
template <class Visit>
void for_each_part(const Parameters& learned, const at::Tensor& flat, const Visit& visit) {
  std::int64_t at = 0;
  for (const agent::NamedTensor& p : learned) {
    visit(p, flat.narrow(0, at, p.tensor.numel()).view(p.tensor.sizes()));
    at += p.tensor.numel();
  }
}

at::Tensor flat_copy(const Parameters& learned) {
  std::vector<at::Tensor> parts;
  for (const agent::NamedTensor& p : learned) parts.push_back(p.tensor.detach().flatten());
  ATOLL_CHECK(!parts.empty(), "a model of which nothing is learned");
  return at::cat(parts);
}

at::Device device_of(const agent::Model& model) { return model.parameters().front().tensor.device(); }

std::vector<FutureHead> create_futures(const std::vector<agent::Model>& models, const ReplicaOptions& options) {
  std::vector<FutureHead> futures;
  if (options.batch.loss.future <= 0) return futures;
  for (const agent::Model& model : models)
    futures.emplace_back(model.config().patch_channels, options.future_seed, device_of(model));
  return futures;
}

std::vector<Parameters> learned_of(const std::vector<agent::Model>& models, const std::vector<FutureHead>& futures) {
  std::vector<Parameters> all;
  for (std::size_t i = 0; i < models.size(); ++i) {
    Parameters& learned = all.emplace_back();
    std::ranges::copy_if(models[i].parameters(), std::back_inserter(learned),
                         [](const agent::NamedTensor& p) { return p.tensor.requires_grad(); });
    if (!futures.empty()) std::ranges::copy(futures[i].parameters(), std::back_inserter(learned));
  }
  return all;
}

bool is_on_device(const Batch& batch) { return !batch.action_weight_BTKS.is_cpu(); }

std::vector<Batch> batches_for(std::span<const Example* const> examples, const BatchOptions& options,
                               const agent::Tokenizer& tokenizer, Random& random) {
  const ProfileSpan span("make batch");
  return create_batches(examples, options, tokenizer, random);
}

// Of a batch that lies on the model's device.
LossResult compute(const Learner& learner, const Batch& batch, const ReplicaOptions& options) {
  const ProfileSpan span("forward");
  return compute_batch(learner, batch,
                       {.loss = options.batch.loss, .bf16 = options.bf16, .recompute = options.recompute});
}

PendingBatch pend_batch(const LossResult& result, const Batch& batch) {
  PendingBatch pending = pend(result.metrics, result.total);
  pending.items = batch.items;
  return pending;
}

// Adds the gradient of a batch's loss, divided by the parts of a step, to the model's.
PendingBatch learn_batch(const Learner& learner, const Batch& batch, const ReplicaOptions& options) {
  const LossResult result = compute(learner, batch, options);
  const ProfileSpan span("backward");
  PendingBatch pending = pend_batch(result, batch);
  (options.accumulate == 1 ? result.total : result.total / static_cast<double>(options.accumulate)).backward();
  return pending;
}

// What one optimiser step learns from at a time: `parts` equal parts of a replica's examples.
std::vector<std::span<const Example* const>> parts_of(std::span<const Example* const> examples, std::size_t parts) {
  const std::size_t size = examples.size() / parts;
  ATOLL_CHECK(size * parts == examples.size(), "{} examples in {} parts", examples.size(), parts);
  std::vector<std::span<const Example* const>> all;
  for (std::size_t i = 0; i < parts; ++i) all.push_back(examples.subspan(i * size, size));
  return all;
}

PendingPart measure_part(const Learner& learner, std::span<const Example* const> examples,
                         const ReplicaOptions& options, const agent::Tokenizer& tokenizer, Random& random) {
  PendingPart pending{.batches = {}, .num_examples = static_cast<double>(examples.size())};
  for (Batch& batch : batches_for(examples, options.batch, tokenizer, random)) {
    move_batch(batch, device_of(learner.model));
    pending.batches.push_back(pend_batch(compute(learner, batch, options), batch));
  }
  return pending;
}

void append_values(const std::vector<PendingPart>& parts, std::vector<at::Tensor>& values) {
  for (const PendingPart& part : parts) {
    for (const PendingBatch& batch : part.batches) values.push_back(batch.values);
  }
}

MetricSums read_parts(const std::vector<PendingPart>& parts, HostValues& values, std::vector<MetricSums>& worlds) {
  MetricSums sums;
  for (const PendingPart& part : parts) sums.add(read_part(part, values, worlds));
  return sums;
}

std::vector<MetricSums> no_worlds(const ReplicaOptions& options) {
  return std::vector<MetricSums>(options.batch.num_worlds < 2 ? 0 : options.batch.num_worlds);
}

// Of all parts, in their order: the same bits on every run.
std::vector<MetricSums> sum_of(const std::vector<std::vector<MetricSums>>& parts, std::vector<MetricSums> sums) {
  for (const std::vector<MetricSums>& part : parts) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i].add(part[i]);
  }
  return sums;
}

}  // namespace

Replicas::Replicas(std::vector<agent::Model> models, const ReplicaOptions& options, const agent::Tokenizer& tokenizer)
    : models_(std::move(models)),
      futures_(create_futures(models_, options)),
      learned_(learned_of(models_, futures_)),
      options_(options),
      tokenizer_(tokenizer),
      parameters_(flat_copy(learned_.at(0))),
      side_(parameters_.device()),
      team_(static_cast<int>(models_.size()), [](int) { at::set_num_threads(1); }) {
  for (const Parameters& learned : learned_) {
    gradients_.push_back(at::zeros_like(parameters_));
    // Autograd adds to a gradient that is there, in place.
    for_each_part(learned, gradients_.back(),
                  [](const agent::NamedTensor& p, const at::Tensor& part) { p.tensor.mutable_grad() = part; });
  }
  use(parameters_);
  if (!options.graphs) return;
  const at::Device device = parameters_.device();
  use_graphs(std::make_unique<StepGraphs>(device, create_graph_device(device)));
}

void Replicas::use(const at::Tensor& flat) {
  ATOLL_CHECK(flat.numel() == parameters_.numel() && flat.device() == parameters_.device(),
              "{} parameters for models of {}", flat.numel(), parameters_.numel());
  for (const Parameters& learned : learned_)
    for_each_part(learned, flat, [](const agent::NamedTensor& p, const at::Tensor& part) { p.tensor.set_data(part); });
}

// Of each replica, the batches of each part.
std::vector<std::vector<Replicas::Batches>> Replicas::make_step(std::span<const Example* const> examples,
                                                                std::int64_t step, std::uint64_t seed) const {
  BatchOptions options = options_.batch;
  options.step = step;
  std::vector<std::vector<Batches>> replicas;
  for (const std::span<const Example* const> of_replica : parts_of(examples, models_.size())) {
    Random random(derive_seed(seed, replicas.size()));
    std::vector<Batches>& parts = replicas.emplace_back();
    for (const std::span<const Example* const> part : parts_of(of_replica, as_size(options_.accumulate)))
      parts.push_back(batches_for(part, options, tokenizer_, random));
  }
  return replicas;
}

void Replicas::prepare(std::span<const Example* const> examples, std::int64_t step, std::uint64_t seed) {
  prepared_ = {.step = step, .seed = seed, .batches = make_step(examples, step, seed)};
  for (std::vector<Batches>& parts : prepared_->batches) {
    for (Batches& part : parts) {
      for (Batch& batch : part) side_.send(batch);
    }
  }
}

void Replicas::compute_gradient(std::span<const Example* const> examples, std::int64_t step, std::uint64_t seed) {
  const std::vector<std::span<const Example* const>> parts = parts_of(examples, models_.size());
  BatchOptions options = options_.batch;
  options.step = step;
  std::optional<Prepared> prepared = std::exchange(prepared_, std::nullopt);
  if (prepared && (prepared->step != step || prepared->seed != seed)) prepared.reset();
  pending_.assign(models_.size(), {});
  ATOLL_CHECK(learned_[0].front().tensor.const_data_ptr() == parameters_.const_data_ptr(),
              "learning while models read other parameters");
  team_.run([&](int r) {
    const std::size_t i = as_size(r);
    Random random(derive_seed(seed, i));
    gradients_[i].zero_();
    Lesson lesson{.parts = parts_of(parts[i], as_size(options_.accumulate)), .batches = {}};
    if (prepared)
      lesson.batches = [&](std::size_t part) { return std::move(prepared->batches[i][part]); };
    else
      lesson.batches = [&](std::size_t part) { return batches_for(lesson.parts[part], options, tokenizer_, random); };
    pending_[i] = learn(i, lesson);
  });
  if (gradients_.size() == 1) return;
  each_part([&](std::int64_t begin, std::int64_t end) {
    at::Tensor mean = gradients_[0].slice(0, begin, end);
    for (std::size_t i = 1; i < gradients_.size(); ++i) mean.add_(gradients_[i].slice(0, begin, end));
    mean.mul_(1.0 / static_cast<double>(gradients_.size()));
  });
}

void Replicas::each_part(const std::function<void(std::int64_t begin, std::int64_t end)>& work) {
  const std::int64_t all = num_parameters();
  const auto members = static_cast<std::int64_t>(models_.size());
  // Of whole cache lines, so that no two threads write to one.
  const std::int64_t part = (all / members / kLineValues + 1) * kLineValues;
  team_.run([&](int member) {
    const std::int64_t begin = std::min(all, member * part);
    const std::int64_t end = std::min(all, begin + part);
    if (begin < end) work(begin, end);
  });
}

// Adds the gradient of the mean loss over a lesson to the replica's, batch by batch.
std::vector<PendingPart> Replicas::learn(std::size_t replica, const Lesson& lesson) {
  const Learner of_replica = learner(replica);
  const auto work = [&](const Batch& batch) { return learn_batch(of_replica, batch, options_); };
  std::vector<PendingPart> pending;
  for (std::size_t part = 0; part < lesson.parts.size(); ++part) {
    pending.push_back({.batches = {}, .num_examples = static_cast<double>(lesson.parts[part].size())});
    for (Batch& batch : lesson.batches(part)) {
      if (is_on_device(batch)) side_.join(batch);
      if (!graphs_) move_batch(batch, device_of(of_replica.model));
      pending.back().batches.push_back(graphs_ ? graphs_->run(batch, work) : work(batch));
    }
  }
  return pending;
}

void Replicas::use_graphs(std::unique_ptr<StepGraphs> graphs) {
  ATOLL_CHECK(models_.size() == 1, "graphs for {} replicas, expected 1", models_.size());
  graphs_ = std::move(graphs);
  options_.batch.word_multiple = StepGraphs::kWordMultiple;
}

StepNumbers Replicas::read_step(const at::Tensor& norm) {
  std::vector<at::Tensor> tensors;
  for (const std::vector<PendingPart>& parts : pending_) append_values(parts, tensors);
  tensors.push_back(norm);
  HostValues values(tensors);
  StepNumbers numbers;
  std::vector<std::vector<MetricSums>> worlds;
  for (const std::vector<PendingPart>& parts : pending_)
    numbers.metrics.add(read_parts(parts, values, worlds.emplace_back(no_worlds(options_))));
  numbers.norm = values.take(1)[0];
  world_metrics_ = sum_of(worlds, no_worlds(options_));
  return numbers;
}

std::vector<std::vector<Batch>> Replicas::batches_of(std::span<const Example* const> examples, std::int64_t step,
                                                     std::uint64_t seed) const {
  std::vector<Batches> replicas;
  for (std::vector<Batches>& parts : make_step(examples, step, seed)) {
    Batches& all = replicas.emplace_back();
    for (Batches& part : parts) std::ranges::move(part, std::back_inserter(all));
  }
  return replicas;
}

MetricSums Replicas::measure(std::span<const Example* const> examples, std::size_t batch) {
  ReplicaOptions options = options_;
  options.batch.training = false;
  std::vector<MetricSums> metrics((examples.size() + batch - 1) / batch);
  std::vector<std::vector<MetricSums>> worlds(metrics.size(), no_worlds(options_));
  team_.run([&](int r) {
    const at::NoGradGuard no_grad;
    for (std::size_t i = as_size(r); i < metrics.size(); i += models_.size()) {
      Random random(i);
      const std::size_t begin = i * batch;
      const auto part = examples.subspan(begin, std::min(batch, examples.size() - begin));
      const std::vector<PendingPart> pending{measure_part(learner(as_size(r)), part, options, tokenizer_, random)};
      std::vector<at::Tensor> tensors;
      append_values(pending, tensors);
      HostValues values(tensors);
      metrics[i] = read_parts(pending, values, worlds[i]);
    }
  });
  world_metrics_ = sum_of(worlds, no_worlds(options_));
  MetricSums all;
  for (const MetricSums& of_batch : metrics) all.add(of_batch);
  return all;
}

Learner Replicas::learner(std::size_t replica) const {
  return {models_[replica], futures_.empty() ? nullptr : &futures_[replica]};
}

agent::TensorMap Replicas::named(const at::Tensor& flat) const {
  agent::TensorMap tensors;
  for (const agent::NamedTensor& p : models_[0].parameters()) tensors[p.name] = p.tensor.detach();
  for_each_part(learned_[0], flat, [&](const agent::NamedTensor& p, const at::Tensor& part) {
    if (const auto of_model = tensors.find(p.name); of_model != tensors.end()) of_model->second = part;
  });
  return tensors;
}

const std::string& Replicas::name_of(std::int64_t index) const {
  for (const agent::NamedTensor& p : learned_[0]) {
    if (index < p.tensor.numel()) return p.name;
    index -= p.tensor.numel();
  }
  fail(ErrorKind::kInternal, "value {} of {} parameters", index, num_parameters());
}

std::vector<distributed::TensorPlace> Replicas::places() const {
  std::vector<distributed::TensorPlace> places;
  std::size_t begin = 0;
  for (const agent::NamedTensor& p : learned_[0]) {
    const auto size = static_cast<std::size_t>(p.tensor.numel());
    places.push_back({.name = p.name, .begin = begin, .size = size});
    begin += size;
  }
  return places;
}

}  // namespace atl::trainer
