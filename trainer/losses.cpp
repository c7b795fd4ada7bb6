#include "trainer/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <vector>

namespace atl::trainer {
namespace {

constexpr double kPoolSharpness = 1.5;     // of the softmax over patches that pools word logits
constexpr double kWindowHalfWidth = 1.75;  // columns from the window's middle to its edge
constexpr double kSideDistance = 2.75;     // columns from the window's middle beyond which the named thing is not
constexpr int kWindowFirstRow = 3;         // rows above lie above the objects
constexpr double kFew = 1e-6;

// Sum of value x weight over sum of weight; 0 when nothing has weight.
at::Tensor weighted_mean(const at::Tensor& values, const at::Tensor& weight) {
  return (values * weight).sum() / weight.sum().clamp_min(kFew);
}

// Cross entropy of classes along the last dim, one value for each place.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target) {
  return -logits.log_softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1);
}

at::Tensor binary_cross_entropy(const at::Tensor& logits, const at::Tensor& target) {
  return at::softplus(logits) - logits * target;
}

// How many columns each patch lies off the picture's column: [G, P].
at::Tensor columns_off(const at::Tensor& column_G, agent::PatchGrid grid) {
  const at::Tensor patch = at::arange(grid.num_patches(), column_G.options());
  const at::Tensor column_P = patch - patch.div(grid.columns, "floor") * grid.columns;
  return (column_P.unsqueeze(0) - column_G.unsqueeze(1)).abs();
}

// Bool [G, P]: the window around each picture's column.
at::Tensor window_of(const at::Tensor& column_G, agent::PatchGrid grid) {
  const at::Tensor patch = at::arange(grid.num_patches(), column_G.options());
  return columns_off(column_G, grid)
      .le(kWindowHalfWidth)
      .logical_and(patch.ge(kWindowFirstRow * grid.columns).unsqueeze(0));
}

// Of pictures that show what is asked for, the share whose best patch lies on it.
void measure_pointing(const at::Tensor& scores, const Batch& batch, MetricSums& metrics) {
  const at::Tensor shows = ((batch.patches_BTKP.amax(-1) > 0.5).to(at::kFloat)) * (batch.patch_weight_BTK > 0);
  const double count = shows.sum().item<double>();
  if (count == 0) return;
  const at::Tensor best = scores.detach().argmax(-1, true);
  const at::Tensor hit = batch.patches_BTKP.gather(-1, best).squeeze(-1);
  metrics.add(Metric::kPointing, (hit * shows).sum().item<double>() / count, count);
}

// Collects weighted parts: adds `value` to the total and notes it.
class Parts {
 public:
  void add(Metric metric, double weight, const at::Tensor& value, double items) {
    if (items <= 0) return;
    result.metrics.add(metric, value.item<double>(), items);
    if (weight <= 0) return;
    result.total = result.total.defined() ? result.total + weight * value : weight * value;
  }
  LossResult result;
  double share = 1.0;  // what parts over all pictures count beside the other batches of the step
};

void add_action_parts(const agent::ModelOutput& output, const Batch& batch, const LossConfig& config, Parts& parts) {
  const at::Tensor& weight = batch.action_weight_BTKS;
  const double items = (weight > 0).sum().item<double>();
  const at::Tensor keys = binary_cross_entropy(output.key_logits, batch.controls_BTKSC).sum(-1);
  parts.add(Metric::kKeys, parts.share * config.action, weighted_mean(keys, weight), items);
  parts.add(Metric::kMouseX, parts.share * config.action,
            weighted_mean(cross_entropy(output.mouse_x_logits, batch.mouse_x_BTKS), weight), items);
  parts.add(Metric::kMouseY, parts.share * config.action,
            weighted_mean(cross_entropy(output.mouse_y_logits, batch.mouse_y_BTKS), weight), items);
}

void add_goal_frame_parts(const agent::ModelOutput& output, const Batch& batch, const LossConfig& config,
                          agent::PatchGrid grid, Parts& parts) {
  const at::Tensor scores_GGP = output.patch_scores.squeeze(1);
  const auto frames = static_cast<double>(batch.num_pictures);
  if (config.window > 0) {
    const at::Tensor own = scores_GGP.diagonal(0, 0, 1).t();
    parts.add(Metric::kWindow, config.window, window_loss(own, batch.window_column_B, grid, config.window_positive),
              frames);
  }
  if (config.contrast > 0 && batch.num_pictures > 1) {
    parts.add(Metric::kContrast, config.contrast,
              contrast_loss(output.word_logits.squeeze(1), scores_GGP, batch.input.tokens_BKL, batch.same_BK,
                            batch.window_column_B, grid),
              frames);
  }
}

}  // namespace

at::Tensor log_one_minus_exp(const at::Tensor& x) { return (-x.clamp_max(-kFew).expm1()).log(); }

at::Tensor patch_loss(const at::Tensor& scores_BTKP, const at::Tensor& patches_BTKP, const at::Tensor& weight_BTK,
                      double positive_weight) {
  const at::Tensor loss =
      -(positive_weight * patches_BTKP * scores_BTKP + (1.0 - patches_BTKP) * log_one_minus_exp(scores_BTKP));
  return weighted_mean(loss.mean(-1), weight_BTK);
}

at::Tensor window_loss(const at::Tensor& own_scores_GP, const at::Tensor& column_G, agent::PatchGrid grid,
                       double positive_weight) {
  const auto type = own_scores_GP.scalar_type();
  const at::Tensor window = window_of(column_G, grid).to(type);
  const at::Tensor sides = columns_off(column_G, grid).gt(kSideDistance).to(type);
  const at::Tensor not_here = log_one_minus_exp(own_scores_GP);
  const at::Tensor shown_nowhere = (not_here * window).sum(1);  // log of the product of 1 - p
  const at::Tensor positive = -log_one_minus_exp(shown_nowhere);
  const at::Tensor negative = -(not_here * sides).sum(1) / sides.sum(1);
  return (positive_weight * positive + negative).mean();
}

at::Tensor contrast_loss(const at::Tensor& word_logits_GGLP, const at::Tensor& scores_GGP, const at::Tensor& tokens_GGL,
                         const at::Tensor& same_GG, const at::Tensor& column_G, agent::PatchGrid grid) {
  const at::Tensor outside_G1P = window_of(column_G, grid).logical_not().unsqueeze(1);
  const at::Tensor pool = (kPoolSharpness * scores_GGP.detach()).masked_fill(outside_G1P, -1e9).softmax(2).unsqueeze(2);
  const at::Tensor pooled_GGL = (word_logits_GGLP * pool).sum(3);
  const at::Tensor is_word = (tokens_GGL != 0).to(at::kFloat);
  // A sentence query has one logit for all words.
  const at::Tensor weight = pooled_GGL.size(2) == is_word.size(2) ? is_word : is_word.narrow(2, 0, 1);
  const at::Tensor fit_GG = (at::log_sigmoid(pooled_GGL) * weight).sum(2);
  const at::Tensor right = at::where(same_GG, fit_GG, at::full({}, -1e9F));
  return (fit_GG.logsumexp(1) - right.logsumexp(1)).mean();
}

at::Tensor hindsight_loss(const at::Tensor& scores_BTKP, const at::Tensor& weight_BTK) {
  return weighted_mean(-log_one_minus_exp(scores_BTKP).mean(-1), weight_BTK);
}

LossResult compute_losses(const agent::ModelOutput& output, const Batch& batch, const LossConfig& config,
                          agent::PatchGrid grid) {
  Parts parts;
  parts.share = batch.share;
  add_action_parts(output, batch, config, parts);
  const double shown = (batch.patch_weight_BTK > 0).sum().item<double>();
  if (shown > 0) {
    parts.add(Metric::kPatch, parts.share * config.patch,
              patch_loss(output.patch_scores, batch.patches_BTKP, batch.patch_weight_BTK, config.patch_positive),
              shown);
    measure_pointing(output.patch_scores, batch, parts.result.metrics);
  }
  const double judged = (batch.goal_weight_BTK > 0).sum().item<double>();
  const at::Tensor goal_weight = batch.goal_weight_BTK * (1.0 + (config.goal_positive - 1.0) * batch.goal_BTK);
  parts.add(Metric::kGoal, parts.share * config.goal,
            weighted_mean(binary_cross_entropy(output.goal_logit, batch.goal_BTK), goal_weight), judged);
  if (batch.same_BK.defined()) add_goal_frame_parts(output, batch, config, grid, parts);
  const double negatives = (batch.negative_weight_BTK > 0).sum().item<double>();
  const double negative_weight = batch.same_BK.defined() ? config.others : parts.share * config.hindsight;
  if (negative_weight > 0 && negatives > 0) {
    parts.add(Metric::kHindsight, negative_weight, hindsight_loss(output.patch_scores, batch.negative_weight_BTK),
              negatives);
  }
  LossResult result = std::move(parts.result);
  if (!result.total.defined()) result.total = output.key_logits.sum() * 0.0;
  return result;
}

}  // namespace atl::trainer
