#include "trainer/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace atl::trainer {
namespace {

constexpr double kPoolSharpness = 1.5;     // of the softmax over patches that pools word logits
constexpr double kWindowHalfWidth = 1.75;  // columns from the centre that count as central
constexpr double kSideDistance = 2.75;     // columns from the centre beyond which the named thing is not
constexpr int kWindowFirstRow = 3;         // rows above lie above the objects
constexpr double kBlameSharpness = 2.0;    // a word that denies half as much gets a quarter of its gradient
constexpr double kFew = 1e-6;
constexpr double kNever = -1e9;

// Sum of value x weight over sum of weight; 0 when nothing has weight.
at::Tensor weighted_mean(const at::Tensor& values, const at::Tensor& weight) {
  return (values * weight).sum() / weight.sum().clamp_min(kFew);
}

}  // namespace

at::Tensor class_balance(const at::Tensor& target, std::int64_t num_classes, const at::Tensor& weight, double balance) {
  // bincount would wait for the device, to look for classes beyond the last.
  const at::Tensor count =
      at::zeros({num_classes}, weight.options()).index_add_(0, target.flatten(), weight.flatten()) + 1.0;
  const at::Tensor factor = (count / count.sum()).pow(-balance).index_select(0, target.flatten()).view_as(target);
  return factor / weighted_mean(factor, weight).clamp_min(kFew);
}

at::Tensor key_balance(const at::Tensor& controls, const at::Tensor& weight, double balance) {
  const at::Tensor on = controls.flatten(0, -2);
  const at::Tensor each = weight.flatten().unsqueeze(-1);
  const at::Tensor total = each.sum();
  const at::Tensor share_C = ((on * each).sum(0) + 1.0) / (total + 2.0);
  const at::Tensor factor = on * share_C.pow(-balance) + (1.0 - on) * (1.0 - share_C).pow(-balance);
  return (factor / ((factor * each).sum(0) / total.clamp_min(kFew)).clamp_min(kFew)).view_as(controls);
}

namespace {

// Cross entropy of classes along the last dim, one value for each place.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target) {
  return -logits.log_softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1);
}

at::Tensor binary_cross_entropy(const at::Tensor& logits, const at::Tensor& target) {
  return at::softplus(logits) - logits * target;
}

at::Tensor find_patches(agent::PatchGrid grid, bool central) {
  std::vector<std::int64_t> found;
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      const double off = std::abs(column - (grid.columns - 1) / 2.0);
      const bool wanted = central ? row >= kWindowFirstRow && off <= kWindowHalfWidth : off > kSideDistance;
      if (wanted) found.push_back(row * grid.columns + column);
    }
  }
  at::Tensor indices = at::zeros({static_cast<std::int64_t>(found.size())}, at::kLong);
  std::copy(found.begin(), found.end(), indices.mutable_data_ptr<std::int64_t>());
  return indices;
}

// Indices of patches of the central window, or of the sides, on `device`: copied there once a thread, for a copy makes
// the host wait.
const at::Tensor& patches_where(agent::PatchGrid grid, bool central, at::Device device) {
  using Key = std::tuple<int, int, bool, std::string>;
  thread_local std::map<Key, at::Tensor> kept;
  at::Tensor& indices = kept[{grid.rows, grid.columns, central, device.str()}];
  if (!indices.defined()) indices = find_patches(grid, central).to(device);
  return indices;
}

// Of pictures that show what is asked for, the share whose best patch lies on it.
void measure_pointing(const at::Tensor& scores, const Batch& batch, PendingMetrics& metrics) {
  const at::Tensor shows = ((batch.patches_BTKRP.amax(-1) > 0.5).to(at::kFloat)) * (batch.patch_weight_BTKR > 0);
  const at::Tensor best = scores.detach().argmax(-1, true);
  const at::Tensor hit = batch.patches_BTKRP.gather(-1, best).squeeze(-1);
  metrics.add({.metric = Metric::kPointing, .over = Items::kPointed, .is_sum = true}, (hit * shows).sum());
}

// Collects weighted parts: adds `value` to the total and notes it.
class Parts {
 public:
  explicit Parts(const Batch& batch) : share(batch.share), items_(batch.items.all) {}

  void add(Metric metric, double weight, const at::Tensor& value, Items over) {
    add_as(metric, value, weight, value, over);
  }
  // The same, where what is noted is not what is minimised.
  void add_as(Metric metric, const at::Tensor& noted, double weight, const at::Tensor& value, Items over) {
    if (items_.of(over) <= 0) return;
    result.metrics.add({.metric = metric, .over = over}, noted);
    if (weight <= 0) return;
    result.total = result.total.defined() ? result.total + weight * value : weight * value;
  }
  LossResult result;
  double share;  // what parts over all pictures count beside the other batches of the step

 private:
  const ItemCounts& items_;
};

void add_action_parts(const agent::ModelOutput& output, const Batch& batch, const LossConfig& config, Parts& parts) {
  const at::Tensor& weight = batch.action_weight_BTKS;
  const at::Tensor keys = binary_cross_entropy(output.key_logits, batch.controls_BTKSC);
  const auto add = [&](Metric metric, const at::Tensor& nats, const at::Tensor& balanced_nats) {
    parts.add_as(metric, weighted_mean(nats, weight), parts.share * config.action, weighted_mean(balanced_nats, weight),
                 Items::kActions);
  };
  const auto add_axis = [&](Metric metric, const at::Tensor& logits, const at::Tensor& target) {
    const at::Tensor nats = cross_entropy(logits, target);
    add(metric, nats,
        config.balance > 0 ? nats * class_balance(target, logits.size(-1), weight, config.balance) : nats);
  };
  add(Metric::kKeys, keys.sum(-1),
      (config.balance > 0 ? keys * key_balance(batch.controls_BTKSC, weight, config.balance) : keys).sum(-1));
  add_axis(Metric::kMouseX, output.mouse_x_logits, batch.mouse_x_BTKS);
  add_axis(Metric::kMouseY, output.mouse_y_logits, batch.mouse_y_BTKS);
  if (batch.wheel_BTKS.defined()) add_axis(Metric::kWheel, output.wheel_logits, batch.wheel_BTKS);
  if (batch.pointer_BTKS.defined()) add_axis(Metric::kPointer, output.pointer_logits, batch.pointer_BTKS);
}

void add_goal_frame_parts(const agent::ModelOutput& output, const at::Tensor& denied_BTKP, const Batch& batch,
                          const LossConfig& config, agent::PatchGrid grid, Parts& parts) {
  const at::Tensor scores_GGP = output.patch_scores.squeeze(1);
  if (config.window > 0) {
    const auto own = [](const at::Tensor& scores) { return scores.diagonal(0, 0, 1).t(); };
    parts.add(Metric::kWindow, config.window,
              window_loss(own(scores_GGP), own(denied_BTKP.squeeze(1)), grid, config.window_positive),
              Items::kPictures);
  }
  if (config.contrast > 0 && batch.num_pictures > 1) {
    parts.add(Metric::kContrast, config.contrast,
              contrast_loss(output.word_logits.squeeze(1), scores_GGP, batch.input.tokens_BKL, batch.same_BK,
                            batch.blames_least_word, grid),
              Items::kPictures);
  }
}

// What plain recordings say of pictures that are no goal frames.
void add_ordinary_parts(const agent::ModelOutput& output, const at::Tensor& denied_BTKP, const Batch& batch,
                        const LossConfig& config, agent::PatchGrid grid, Parts& parts) {
  if (config.carried > 0) {
    const auto own = [](const at::Tensor& scores) { return scores.select(1, 0).select(1, 0); };  // of the first picture
    parts.add(Metric::kWindow, parts.share * config.carried,
              carried_window_loss(own(output.patch_scores), own(denied_BTKP), batch.turn_deg_B, config.view_deg, grid,
                                  config.window_positive),
              Items::kTurns);
  }
  if (config.hindsight > 0) {
    parts.add(Metric::kHindsight, parts.share * config.hindsight,
              hindsight_loss(denied_BTKP, batch.negative_weight_BTK), Items::kNegatives);
  }
}

}  // namespace

at::Tensor log_one_minus_exp(const at::Tensor& x) { return (-x.clamp_max(-kFew).expm1()).log(); }

at::Tensor blame_least_word(const at::Tensor& word_logits, const at::Tensor& tokens) {
  // A sentence query has one logit for all words.
  const at::Tensor is_word =
      (tokens != 0).narrow(-1, 0, word_logits.size(-2)).unsqueeze(-1).to(word_logits.scalar_type());
  const at::Tensor agrees = at::log_sigmoid(word_logits) * is_word;
  const at::Tensor denies = -agrees.detach().expm1();
  const at::Tensor blame = (denies / denies.amax(-2, true).clamp_min(kFew)).pow(kBlameSharpness);
  const at::Tensor blamed = (agrees * blame).sum(-2);
  return blamed + (agrees.sum(-2) - blamed).detach();
}

at::Tensor patch_loss(const at::Tensor& scores_BTKRP, const at::Tensor& denied_BTKRP, const at::Tensor& patches_BTKRP,
                      const at::Tensor& weight_BTKR, double positive_weight) {
  const at::Tensor loss =
      -(positive_weight * patches_BTKRP * scores_BTKRP + (1.0 - patches_BTKRP) * log_one_minus_exp(denied_BTKRP));
  return weighted_mean(loss.mean(-1), weight_BTKR);
}

at::Tensor window_loss(const at::Tensor& own_scores_GP, const at::Tensor& own_denied_GP, agent::PatchGrid grid,
                       double positive_weight) {
  const at::Tensor central = own_scores_GP.index_select(1, patches_where(grid, true, own_scores_GP.device()));
  const at::Tensor sides = own_denied_GP.index_select(1, patches_where(grid, false, own_denied_GP.device()));
  const at::Tensor shown_nowhere = log_one_minus_exp(central).sum(1);  // log of the product of 1 - p
  const at::Tensor positive = -log_one_minus_exp(shown_nowhere);
  const at::Tensor negative = -log_one_minus_exp(sides).mean(1);
  return (positive_weight * positive + negative).mean();
}

at::Tensor carried_window_loss(const at::Tensor& own_scores_NP, const at::Tensor& own_denied_NP,
                               const at::Tensor& turn_deg_N, double view_deg, agent::PatchGrid grid,
                               double positive_weight) {
  constexpr double kRadians = 3.14159265358979323846 / 180.0;
  const double half_view = view_deg / 2.0;
  const at::Tensor known = turn_deg_N.isfinite();
  const at::Tensor turn = at::where(known, turn_deg_N, at::zeros_like(turn_deg_N));
  const at::Tensor seen = known.logical_and(turn.abs().lt(half_view)).to(own_scores_NP.scalar_type());
  const at::Tensor unseen =
      known.logical_and(turn.abs().gt(half_view + kBesideView_deg)).to(own_scores_NP.scalar_type());
  const at::Tensor column =
      (turn.clamp(-half_view, half_view) * kRadians).tan() * (0.5 * grid.columns / std::tan(half_view * kRadians)) +
      (grid.columns - 1) / 2.0;
  const at::Tensor patch = at::arange(grid.num_patches(), own_scores_NP.options());
  const at::Tensor row_P = patch.div(grid.columns, "floor");
  const at::Tensor off = ((patch - row_P * grid.columns).unsqueeze(0) - column.unsqueeze(1)).abs();
  const at::Tensor central = off.le(kWindowHalfWidth).logical_and(row_P.ge(kWindowFirstRow).unsqueeze(0));
  const at::Tensor sides = off.gt(kSideDistance).to(own_scores_NP.scalar_type());
  const at::Tensor positive = -log_one_minus_exp((log_one_minus_exp(own_scores_NP) * central).sum(1));
  const at::Tensor not_here = log_one_minus_exp(own_denied_NP);
  const at::Tensor negative = -(not_here * sides).sum(1) / sides.sum(1);
  const at::Tensor loss = seen * (positive_weight * positive + negative) - unseen * not_here.mean(1);
  return loss.sum() / (seen + unseen).sum().clamp_min(1.0);
}

at::Tensor contrast_loss(const at::Tensor& word_logits_GGLP, const at::Tensor& scores_GGP, const at::Tensor& tokens_GGL,
                         const at::Tensor& same_GG, bool least_word, agent::PatchGrid grid) {
  const at::Tensor& central = patches_where(grid, true, scores_GGP.device());
  const at::Tensor pool = (kPoolSharpness * scores_GGP.detach().index_select(2, central)).softmax(2).unsqueeze(2);
  const at::Tensor pooled_GGL = (word_logits_GGLP.index_select(3, central) * pool).sum(3);
  const at::Tensor is_word = (tokens_GGL != 0).narrow(2, 0, pooled_GGL.size(2));
  at::Tensor fit_GG = (at::log_sigmoid(pooled_GGL) * is_word).sum(2);
  if (least_word) fit_GG = at::where(same_GG, fit_GG, blame_least_word(pooled_GGL.unsqueeze(3), tokens_GGL).squeeze(2));
  const at::Tensor right = at::where(same_GG, fit_GG, at::full({}, kNever, fit_GG.options()));
  return (fit_GG.logsumexp(1) - right.logsumexp(1)).mean();
}

at::Tensor hindsight_loss(const at::Tensor& denied_BTKP, const at::Tensor& weight_BTK) {
  return weighted_mean(-log_one_minus_exp(denied_BTKP).mean(-1), weight_BTK);
}

LossResult compute_losses(const agent::ModelOutput& output, const Batch& batch, const LossConfig& config,
                          agent::PatchGrid grid) {
  Parts parts(batch);
  add_action_parts(output, batch, config, parts);
  const at::Tensor denied = batch.blames_least_word
                                ? blame_least_word(output.word_logits, batch.input.tokens_BKL.unsqueeze(1))
                                : output.patch_scores;
  if (batch.items.all.of(Items::kAsked) > 0) {
    const at::Tensor denied_BTKRP = batch.blames_least_word ? denied.unsqueeze(3) : output.role_scores;
    parts.add(Metric::kPatch, parts.share * config.patch,
              patch_loss(output.role_scores, denied_BTKRP, batch.patches_BTKRP, batch.patch_weight_BTKR,
                         config.patch_positive),
              Items::kAsked);
    measure_pointing(output.role_scores, batch, parts.result.metrics);
  }
  const at::Tensor goal_weight = batch.goal_weight_BTK * (1.0 + (config.goal_positive - 1.0) * batch.goal_BTK);
  parts.add(Metric::kGoal, parts.share * config.goal,
            weighted_mean(binary_cross_entropy(output.goal_logit, batch.goal_BTK), goal_weight), Items::kJudged);
  if (batch.same_BK.defined())
    add_goal_frame_parts(output, denied, batch, config, grid, parts);
  else
    add_ordinary_parts(output, denied, batch, config, grid, parts);
  LossResult result = std::move(parts.result);
  if (!result.total.defined()) result.total = output.key_logits.sum() * 0.0;
  return result;
}

}  // namespace atl::trainer
