// What is minimised, each loss as a scalar of its own, from a model's answer and a batch.
//
// Action loss: keys as Bernoulli, mouse x and y, wheel and pointer as classes, weighted along the chunk. Patch loss:
// does this patch show the named object. Goal-frame grounding for plain recordings: after a success the named thing
// stands near the middle of the picture. Free functions; gradients flow into the answer. Any thread.
#pragma once

#include "agent/model.h"
#include "trainer/batch.h"
#include "trainer/config.h"
#include "trainer/pending_metrics.h"

#include <ATen/core/Tensor.h>

namespace atl::trainer {

/// `total`: scalar with gradient. `metrics`: of this batch, still on its device.
struct LossResult {
  at::Tensor total;
  PendingMetrics metrics;
};

/// All parts of one batch, weighted by `config`; parts over all pictures also by the batch's share, so that totals of
/// the batches of one step may be added. Parts of which the batch has no items (Batch::items) are left out;
/// Metric::kTotal is the caller's. Nothing waits for the device.
[[nodiscard]] LossResult compute_losses(const agent::ModelOutput& output, const Batch& batch, const LossConfig& config,
                                        agent::PatchGrid grid);

/// What each place counts in a balanced loss (LossConfig::balance): the frequency of its class to the power of
/// -balance, scaled to a weighted mean of 1. One more of each class is counted than is there, so that none is beyond
/// measure. Target int64, of classes 0 .. num_classes - 1, and weight of equal shape.
[[nodiscard]] at::Tensor class_balance(const at::Tensor& target, std::int64_t num_classes, const at::Tensor& weight,
                                       double balance);
/// The same for controls [..., C] of 0 and 1, each with two classes of its own; weight [...].
[[nodiscard]] at::Tensor key_balance(const at::Tensor& controls, const at::Tensor& weight, double balance);

/// log(1 - exp(x)) for x <= 0, finite everywhere: x is cut at -1e-6.
[[nodiscard]] at::Tensor log_one_minus_exp(const at::Tensor& x);

/// The scores again, from word logits [.., L, P] and tokens [.., L] (0: no word), with another gradient: the word that
/// agrees least has its own, the others' shrinks with how much less they deny. Where a patch does not show what is
/// asked for, likelihood would blame every word a little, and a word that was never asked for at such a patch
/// (cylinder, at yellow ones) would in the end deny it: that is how unseen pairs are lost. Ours, without a paper; used
/// from LossConfig::least_word_after on.
[[nodiscard]] at::Tensor blame_least_word(const at::Tensor& word_logits, const at::Tensor& tokens);

// Below, `scores` are used where something is shown, and `denied` where it is not: the scores, or blame_least_word's.

/// Mean over patches of the cross entropy between exp(score) and 0 or 1, positives weighted. Scores and targets
/// [B, T, K, R, P], weight [B, T, K, R]; scalar.
[[nodiscard]] at::Tensor patch_loss(const at::Tensor& scores_BTKRP, const at::Tensor& denied_BTKRP,
                                    const at::Tensor& patches_BTKRP, const at::Tensor& weight_BTKR,
                                    double positive_weight);

/// Goal frames with their own scores [G, P]: positive_weight x -log noisy-OR over the central window (columns within
/// 1.75 patches of the centre, rows below the top 3) + mean of -log(1 - exp(score)) over patches more than 2.75
/// columns away. Mean over frames; scalar.
[[nodiscard]] at::Tensor window_loss(const at::Tensor& own_scores_GP, const at::Tensor& own_denied_GP,
                                     agent::PatchGrid grid, double positive_weight);

/// The least that a picture has to have for these two and contrast_loss: a middle and sides.
inline constexpr int kGoalFrameColumns = 7;
inline constexpr int kGoalFrameRows = 4;

/// The same for pictures N from before a success, with their own scores [N, P] and the turn to the right that followed
/// [N] in degrees: the window stands where what was ahead at the end stood before, if only the view turned. Further out
/// than the view and kBesideView_deg, no patch shows it; in between nothing is said, nor where the turn is NaN. Scalar.
[[nodiscard]] at::Tensor carried_window_loss(const at::Tensor& own_scores_NP, const at::Tensor& own_denied_NP,
                                             const at::Tensor& turn_deg_N, double view_deg, agent::PatchGrid grid,
                                             double positive_weight);
inline constexpr double kBesideView_deg = 10.0;

/// InfoNCE on goal frames: word logits [G, G, L, P] of picture g and instruction k pooled in the central window with
/// softmax(1.5 x score) (no gradient), summed log sigmoid over the words that are there (tokens [G, G, L] != 0),
/// classified over instructions; equal texts (`same` [G, G]) count as right. `least_word`: blame_least_word for wrong
/// ones. Mean over pictures; scalar.
[[nodiscard]] at::Tensor contrast_loss(const at::Tensor& word_logits_GGLP, const at::Tensor& scores_GGP,
                                       const at::Tensor& tokens_GGL, const at::Tensor& same_GG, bool least_word,
                                       agent::PatchGrid grid);

/// Mean of -log(1 - exp(denied)) over all patches of instructions that belong to other episodes, weighted.
[[nodiscard]] at::Tensor hindsight_loss(const at::Tensor& denied_BTKP, const at::Tensor& weight_BTK);

}  // namespace atl::trainer
