#include "trainer/learner.h"

#include <ATen/TensorOperators.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>

#include <optional>

namespace atl::trainer {
namespace {

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
  if (learner.future == nullptr || batch.seen_BT.size(1) <= config.future_steps) return std::nullopt;
  return guess_future(learner.future->predict(output.video_BTPD), learner.future->compare(output.picture_BTPD),
                      batch.seen_BT, config.future_steps);
}

// All losses of one batch.
LossResult losses_of(const agent::ModelOutput& output, const std::optional<FutureGuesses>& future, const Batch& batch,
                     const LossConfig& config, agent::PatchGrid grid) {
  LossResult result = compute_losses(output, batch, config, grid);
  if (future) add_future_loss(*future, batch.share * config.future, batch.items.all, result);
  return result;
}

// Adds the metrics of each world's pictures alone. No gradient: what is learned does not change.
void measure_worlds(const agent::ModelOutput& output, const std::optional<FutureGuesses>& future, const Batch& batch,
                    const LossConfig& config, agent::PatchGrid grid, PendingMetrics& metrics) {
  const at::NoGradGuard no_grad;
  LossConfig loss = config;
  const bool are_goal_frames = batch.same_BK.defined();  // what compares them with each other is of no one world
  if (are_goal_frames) loss.window = loss.contrast = 0.0;
  for (std::size_t i = 0; i < batch.items.worlds.size(); ++i) {
    if (batch.items.worlds[i].of(Items::kPictures) == 0) continue;
    const at::Tensor is_of_B =
        (batch.world_B == static_cast<std::int64_t>(i)).to(batch.action_weight_BTKS.scalar_type());
    std::optional<FutureGuesses> of_world = future;
    if (of_world) of_world->weight_BU = of_world->weight_BU * is_of_B.unsqueeze(1);
    const LossResult result = losses_of(output, of_world, part_of(batch, is_of_B), loss, grid);
    const auto note = [&](Note of_all, const at::Tensor& value) {
      of_all.world = i;
      metrics.add(of_all, value);
    };
    for (std::size_t n = 0; n < result.metrics.notes.size(); ++n)
      note(result.metrics.notes[n], result.metrics.values[n]);
    if (!are_goal_frames) note({.metric = Metric::kTotal, .over = Items::kPictures}, result.total);
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

}  // namespace

LossResult compute_batch(const Learner& learner, const Batch& batch, const LearnerOptions& options) {
  agent::ModelInput input = batch.input;
  input.recompute = options.recompute;
  const at::Device device = batch.action_weight_BTKS.device();
  const agent::ModelOutput output = forward(learner.model, input, options.bf16, device);
  const std::optional<FutureGuesses> future = future_of(learner, output, batch, options.loss);
  LossResult result = losses_of(output, future, batch, options.loss, learner.model.grid());
  measure_worlds(output, future, batch, options.loss, learner.model.grid(), result.metrics);
  return result;
}

}  // namespace atl::trainer
