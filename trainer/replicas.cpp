#include "trainer/replicas.h"

#include "core/error.h"
#include "trainer/losses.h"
#include "trainer/profile.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace atl::trainer {
namespace {

std::size_t as_size(std::int64_t value) { return static_cast<std::size_t>(value); }

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

// One replica, borrowed.
struct Learner {
  const agent::Model& model;
  const FutureHead* future;  // null: without the loss
};

// Matrix products of this thread run in bfloat16 while it lives, where it is asked for.
class Autocast {
 public:
  Autocast(at::Device device, bool is_on) : type_(device.type()), is_on_(is_on) {
    if (!is_on_) return;
    was_on_ = at::autocast::is_autocast_enabled(type_);
    at::autocast::set_autocast_enabled(type_, true);
    at::autocast::set_autocast_dtype(type_, at::kBFloat16);
  }
  ~Autocast() {
    if (!is_on_) return;
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(type_, was_on_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType type_;
  bool is_on_;
  bool was_on_ = false;
};

// The part of a batch that is of the pictures where `is_of_B` is 1: nothing of the others has weight.
Batch part_of(const Batch& batch, const at::Tensor& is_of_B) {
  Batch part = batch;
  const at::Tensor is_of_BTK = is_of_B.view({-1, 1, 1});
  for (at::Tensor* weight : {&part.action_weight_BTKS, &part.patch_weight_BTKR})
    *weight = *weight * is_of_BTK.unsqueeze(-1);
  for (at::Tensor* weight : {&part.goal_weight_BTK, &part.negative_weight_BTK}) *weight = *weight * is_of_BTK;
  part.turn_deg_B = at::where(is_of_B > 0, batch.turn_deg_B, at::full_like(batch.turn_deg_B, kUnknownTurn));
  part.share = 1.0;
  return part;
}

// What the model knows of the future of a batch; nothing without the loss.
std::optional<FutureGuesses> future_of(const Learner& learner, const agent::ModelOutput& output, const Batch& batch,
                                       const LossConfig& config) {
  if (learner.future == nullptr) return std::nullopt;
  return guess_future(learner.future->predict(output.video_BTPD), learner.future->compare(output.picture_BTPD),
                      batch.seen_BT, config.future_steps);
}

// All losses of one batch.
LossResult losses_of(const agent::ModelOutput& output, const std::optional<FutureGuesses>& future, const Batch& batch,
                     const LossConfig& config, agent::PatchGrid grid) {
  LossResult result = compute_losses(output, batch, config, grid);
  if (future) add_future_loss(*future, batch.share * config.future, result);
  return result;
}

// Adds the metrics of each world's pictures alone to `worlds`. No gradient: what is learned does not change.
void measure_worlds(const agent::ModelOutput& output, const std::optional<FutureGuesses>& future, const Batch& batch,
                    const LossConfig& config, agent::PatchGrid grid, std::vector<MetricSums>& worlds) {
  if (worlds.size() < 2) return;
  const at::NoGradGuard no_grad;
  LossConfig loss = config;
  const bool are_goal_frames = batch.same_BK.defined();  // what compares them with each other is of no one world
  if (are_goal_frames) loss.window = loss.contrast = 0.0;
  for (std::size_t i = 0; i < worlds.size(); ++i) {
    const at::Tensor is_of_B =
        (batch.world_B == static_cast<std::int64_t>(i)).to(batch.action_weight_BTKS.scalar_type());
    const double pictures = is_of_B.sum().item<double>();
    if (pictures == 0) continue;
    std::optional<FutureGuesses> of_world = future;
    if (of_world) of_world->weight_BU = of_world->weight_BU * is_of_B.unsqueeze(1);
    const LossResult result = losses_of(output, of_world, part_of(batch, is_of_B), loss, grid);
    worlds[i].add(result.metrics);
    if (!are_goal_frames) worlds[i].add(Metric::kTotal, result.total.item<double>(), pictures);
  }
}

// The model's answer in float, whatever it was computed in: losses take small differences.
agent::ModelOutput forward(const agent::Model& model, const agent::ModelInput& input, bool bf16, at::Device device) {
  const Autocast autocast(device, bf16);
  agent::ModelOutput output = model.forward(input);
  if (!bf16) return output;
  for (at::Tensor* tensor : {&output.key_logits, &output.mouse_x_logits, &output.mouse_y_logits, &output.goal_logit,
                             &output.role_scores, &output.patch_scores, &output.word_logits, &output.wheel_logits,
                             &output.pointer_logits, &output.picture_BTPD, &output.video_BTPD})
    if (tensor->defined()) *tensor = tensor->to(at::kFloat);
  return output;
}

// Loss of one forward pass for each batch, added up; metrics of all of them.
LossResult compute(const Learner& learner, std::span<const Example* const> examples, const ReplicaOptions& options,
                   const agent::Tokenizer& tokenizer, Random& random, std::vector<MetricSums>& worlds) {
  LossResult all;
  const agent::Model& model = learner.model;
  const at::Device device = device_of(model);
  std::vector<Batch> batches = [&] {
    const ProfileSpan span("make batch");
    return create_batches(examples, options.batch, tokenizer, random);
  }();
  for (Batch& batch : batches) {
    const ProfileSpan span("forward");
    move_batch(batch, device);
    batch.input.recompute = options.recompute;
    const agent::ModelOutput output = forward(model, batch.input, options.bf16, device);
    const std::optional<FutureGuesses> future = future_of(learner, output, batch, options.batch.loss);
    const LossResult part = losses_of(output, future, batch, options.batch.loss, model.grid());
    measure_worlds(output, future, batch, options.batch.loss, model.grid(), worlds);
    all.total = all.total.defined() ? all.total + part.total : part.total;
    all.metrics.add(part.metrics);
  }
  all.metrics.add(Metric::kTotal, all.total.item<double>(), static_cast<double>(examples.size()));
  return all;
}

// What one optimiser step learns from at a time: `parts` equal parts of a replica's examples.
std::vector<std::span<const Example* const>> parts_of(std::span<const Example* const> examples, std::size_t parts) {
  const std::size_t size = examples.size() / parts;
  ATOLL_CHECK(size * parts == examples.size(), "{} examples in {} parts", examples.size(), parts);
  std::vector<std::span<const Example* const>> all;
  for (std::size_t i = 0; i < parts; ++i) all.push_back(examples.subspan(i * size, size));
  return all;
}

// Adds the gradient of the mean loss over `examples` to the model's, part by part.
MetricSums learn(const Learner& learner, std::span<const Example* const> examples, const ReplicaOptions& options,
                 const agent::Tokenizer& tokenizer, Random& random, std::vector<MetricSums>& worlds) {
  MetricSums metrics;
  for (const std::span<const Example* const> part : parts_of(examples, as_size(options.accumulate))) {
    const LossResult result = compute(learner, part, options, tokenizer, random, worlds);
    const ProfileSpan span("backward");
    (options.accumulate == 1 ? result.total : result.total / static_cast<double>(options.accumulate)).backward();
    metrics.add(result.metrics);
  }
  return metrics;
}

std::vector<MetricSums> no_worlds(const ReplicaOptions& options) {
  return std::vector<MetricSums>(options.num_worlds < 2 ? 0 : options.num_worlds);
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
      team_(static_cast<int>(models_.size()), [](int) { at::set_num_threads(1); }) {
  for (const Parameters& learned : learned_) {
    gradients_.push_back(at::zeros_like(parameters_));
    // Autograd adds to a gradient that is there, in place.
    for_each_part(learned, gradients_.back(),
                  [](const agent::NamedTensor& p, const at::Tensor& part) { p.tensor.mutable_grad() = part; });
  }
  use(parameters_);
}

void Replicas::use(const at::Tensor& flat) {
  ATOLL_CHECK(flat.numel() == parameters_.numel() && flat.device() == parameters_.device(),
              "{} parameters for models of {}", flat.numel(), parameters_.numel());
  for (const Parameters& learned : learned_)
    for_each_part(learned, flat, [](const agent::NamedTensor& p, const at::Tensor& part) { p.tensor.set_data(part); });
}

MetricSums Replicas::compute_gradient(std::span<const Example* const> examples, std::int64_t step, std::uint64_t seed) {
  const std::vector<std::span<const Example* const>> parts = parts_of(examples, models_.size());
  ReplicaOptions options = options_;
  options.batch.step = step;
  std::vector<MetricSums> metrics(models_.size());
  std::vector<std::vector<MetricSums>> worlds(models_.size(), no_worlds(options_));
  team_.run([&](int r) {
    const std::size_t i = as_size(r);
    Random random(derive_seed(seed, i));
    gradients_[i].zero_();
    metrics[i] = learn({models_[i], futures_.empty() ? nullptr : &futures_[i]}, parts[i], options, tokenizer_, random,
                       worlds[i]);
  });
  for (std::size_t i = 1; i < gradients_.size(); ++i) gradients_[0].add_(gradients_[i]);
  if (gradients_.size() > 1) gradients_[0].mul_(1.0 / static_cast<double>(gradients_.size()));
  world_metrics_ = sum_of(worlds, no_worlds(options_));
  MetricSums all;
  for (const MetricSums& of_replica : metrics) all.add(of_replica);
  return all;
}

std::vector<std::vector<Batch>> Replicas::batches_of(std::span<const Example* const> examples, std::int64_t step,
                                                     std::uint64_t seed) const {
  BatchOptions options = options_.batch;
  options.step = step;
  std::vector<std::vector<Batch>> replicas;
  for (const std::span<const Example* const> of_replica : parts_of(examples, models_.size())) {
    Random random(derive_seed(seed, replicas.size()));
    std::vector<Batch>& batches = replicas.emplace_back();
    for (const std::span<const Example* const> part : parts_of(of_replica, as_size(options_.accumulate)))
      std::ranges::move(create_batches(part, options, tokenizer_, random), std::back_inserter(batches));
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
      const Learner learner{models_[as_size(r)], futures_.empty() ? nullptr : &futures_[as_size(r)]};
      metrics[i] = compute(learner, part, options, tokenizer_, random, worlds[i]).metrics;
    }
  });
  world_metrics_ = sum_of(worlds, no_worlds(options_));
  MetricSums all;
  for (const MetricSums& of_batch : metrics) all.add(of_batch);
  return all;
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

}  // namespace atl::trainer
