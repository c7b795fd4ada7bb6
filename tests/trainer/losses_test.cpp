#include "trainer/losses.h"

#include "gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace atl::trainer {
namespace {

constexpr agent::PatchGrid kGrid{.rows = 9, .columns = 12};

using testing::expect_gradient;
using testing::random_tensor;

TEST(PatchLoss, GradientAgreesWithFiniteDifferences) {
  const at::Tensor shows = (random_tensor({2, 1, 3, 108}, 1, 0, 1) > 0.9).to(at::kDouble);
  const at::Tensor weight = random_tensor({2, 1, 3}, 2, 0, 1);
  expect_gradient(
      [&](const at::Tensor& x) { return patch_loss(at::log_sigmoid(x), at::log_sigmoid(x), shows, weight, 5.0); },
      random_tensor({2, 1, 3, 108}, 3, -3, 3));
}

TEST(PatchLoss, IsTheCrossEntropyOfProbabilities) {
  const at::Tensor scores = at::log_sigmoid(random_tensor({1, 1, 1, 2}, 4, -1, 1));
  const double p0 = std::exp(scores.flatten()[0].item<double>());
  const double p1 = std::exp(scores.flatten()[1].item<double>());
  at::Tensor shows = at::zeros({1, 1, 1, 2}, at::kDouble);
  shows.mutable_data_ptr<double>()[0] = 1;
  const double expected = (5.0 * -std::log(p0) - std::log(1 - p1)) / 2;
  EXPECT_NEAR(patch_loss(scores, scores, shows, at::zeros({1, 1, 1}, at::kDouble) + 1.0, 5.0).item<double>(), expected,
              1e-12);
}

TEST(WindowLoss, GradientAgreesWithFiniteDifferences) {
  expect_gradient([&](const at::Tensor& x) { return window_loss(at::log_sigmoid(x), at::log_sigmoid(x), kGrid, 0.2); },
                  random_tensor({3, 108}, 5, -4, 1));
}

TEST(WindowLoss, WantsTheNamedThingInTheCentreAndNotAtTheSides) {
  const auto loss_with = [](int row, int column) {
    at::Tensor logits = at::zeros({1, 108}, at::kDouble) - 4.0;
    logits.mutable_data_ptr<double>()[row * 12 + column] = 4.0;
    return window_loss(at::log_sigmoid(logits), at::log_sigmoid(logits), kGrid, 0.2).item<double>();
  };
  const double central = loss_with(5, 5);
  EXPECT_LT(central, loss_with(1, 5)) << "above the window";
  EXPECT_LT(central, loss_with(5, 1)) << "at the side";
  EXPECT_LT(loss_with(5, 3), loss_with(5, 2)) << "between window and sides nothing is said, at the side it is wrong";
  EXPECT_NEAR(central, loss_with(8, 7), 1e-9) << "columns 4 to 7, rows 3 to 8 are one window";
}

at::Tensor turns(std::initializer_list<double> values) {
  at::Tensor result = at::zeros({static_cast<std::int64_t>(values.size())}, at::kDouble);
  std::copy(values.begin(), values.end(), result.mutable_data_ptr<double>());
  return result;
}

TEST(CarriedWindowLoss, GradientAgreesWithFiniteDifferences) {
  const at::Tensor turn = turns({0.0, -31.0, 70.0, kUnknownTurn});
  expect_gradient(
      [&](const at::Tensor& x) {
        return carried_window_loss(at::log_sigmoid(x), at::log_sigmoid(x), turn, 80, kGrid, 0.2);
      },
      random_tensor({4, 108}, 21, -4, 1));
}

TEST(CarriedWindowLoss, WithoutATurnIsTheWindowLoss) {
  const at::Tensor scores = at::log_sigmoid(random_tensor({3, 108}, 22, -4, 1));
  EXPECT_NEAR(carried_window_loss(scores, scores, turns({0, 0, 0}), 80, kGrid, 0.2).item<double>(),
              window_loss(scores, scores, kGrid, 0.2).item<double>(), 1e-12);
}

// A view of 80 degrees is 2 tan 40 wide: 30 degrees to the right lie 0.344 of the width from the middle.
TEST(CarriedWindowLoss, WantsTheNamedThingWhereTheTurnsPutIt) {
  const auto loss_with = [](int column, double turn_deg) {
    at::Tensor logits = at::zeros({1, 108}, at::kDouble) - 4.0;
    logits.mutable_data_ptr<double>()[5 * 12 + column] = 4.0;
    const at::Tensor scores = at::log_sigmoid(logits);
    return carried_window_loss(scores, scores, turns({turn_deg}), 80, kGrid, 0.2).item<double>();
  };
  EXPECT_LT(loss_with(9, 30), loss_with(5, 30));
  EXPECT_LT(loss_with(2, -30), loss_with(9, -30));
  EXPECT_LT(loss_with(5, 2), loss_with(9, 2));
}

TEST(CarriedWindowLoss, OutOfViewNothingIsShownAndUnknownTurnsSayNothing) {
  const at::Tensor shown = at::log_sigmoid(at::zeros({1, 108}, at::kDouble) + 3.0);
  const at::Tensor nothing = at::log_sigmoid(at::zeros({1, 108}, at::kDouble) - 3.0);
  const auto loss = [](const at::Tensor& scores, double turn_deg) {
    return carried_window_loss(scores, scores, turns({turn_deg}), 80, kGrid, 0.2).item<double>();
  };
  EXPECT_GT(loss(shown, 120), loss(nothing, 120) + 1.0);
  for (const double turn_deg : {45.0, -45.0, static_cast<double>(kUnknownTurn)}) EXPECT_EQ(loss(shown, turn_deg), 0.0);
}

TEST(Balance, RareClassesCountMoreAndAllTogetherTheSame) {
  // Nine of class 0, one of class 2 and one that counts nothing; with one more of each class 10, 1 and 2 of 13.
  const at::Tensor target = at::zeros({11}, at::kLong);
  target.mutable_data_ptr<std::int64_t>()[9] = 2;
  const at::Tensor weight = at::ones({11}, at::kDouble);
  weight.mutable_data_ptr<double>()[10] = 0.0;
  const at::Tensor factor = class_balance(target, 3, weight, 1.0);
  const double mean = (9 * 1.3 + 6.5) / 10;
  EXPECT_NEAR(factor[0].item<double>(), 1.3 / mean, 1e-12);
  EXPECT_NEAR(factor[9].item<double>(), 6.5 / mean, 1e-12);
  EXPECT_NEAR((factor * weight).sum().item<double>(), weight.sum().item<double>(), 1e-12);
  const at::Tensor half = class_balance(target, 3, weight, 0.5);
  EXPECT_NEAR((half[9] / half[0]).item<double>(), std::sqrt(5.0), 1e-12);
  EXPECT_TRUE(class_balance(target, 3, weight, 0.0).allclose(at::ones({11}, at::kDouble)));
}

TEST(Balance, EachKeyHasClassesOfItsOwn) {
  // Key 0 is on in one of four, key 1 in all: one more of each class makes 2 of 6 and 5 of 6.
  const at::Tensor controls = at::zeros({4, 2}, at::kDouble);
  controls.mutable_data_ptr<double>()[0] = 1.0;
  controls.select(1, 1).fill_(1.0);
  const at::Tensor factor = key_balance(controls, at::ones({4}, at::kDouble), 1.0);
  EXPECT_NEAR((factor[0][0] / factor[1][0]).item<double>(), 2.0, 1e-12);
  EXPECT_NEAR(factor.select(1, 0).mean().item<double>(), 1.0, 1e-12);
  EXPECT_TRUE(factor.select(1, 1).allclose(at::ones({4}, at::kDouble)));
}

TEST(HindsightLoss, GradientAgreesWithFiniteDifferences) {
  const at::Tensor weight = random_tensor({2, 1, 3}, 6, 0, 1);
  expect_gradient([&](const at::Tensor& x) { return hindsight_loss(at::log_sigmoid(x), weight); },
                  random_tensor({2, 1, 3, 108}, 7, -4, 2));
}

TEST(BlameLeastWord, KeepsScoresAndTeachesTheWordThatAgreesLeast) {
  // Two words and padding; the first agrees least with patch 0, the second with patch 1, both alike with patch 2.
  constexpr int kPatches = 3;
  const std::array<double, 9> values{-3.0, 3.0, 0.5, 2.0, -4.0, 0.5, -9.0, -9.0, -9.0};
  at::Tensor logits = at::zeros({1, 3, kPatches}, at::kDouble);
  std::copy(values.begin(), values.end(), logits.mutable_data_ptr<double>());
  logits.requires_grad_(true);
  at::Tensor tokens = at::zeros({1, 3}, at::kLong);
  for (int word = 0; word < 2; ++word) tokens.mutable_data_ptr<std::int64_t>()[word] = 5;
  const at::Tensor denied = blame_least_word(logits, tokens);
  EXPECT_TRUE(at::allclose(denied, at::log_sigmoid(logits.narrow(1, 0, 2)).sum(1)));
  denied.sum().backward();
  const auto slope = [&](int word, int patch) {
    return logits.grad().const_data_ptr<double>()[word * kPatches + patch];
  };
  const auto own = [](double logit) { return 1.0 / (1.0 + std::exp(logit)); };  // of log sigmoid
  EXPECT_NEAR(slope(0, 0), own(-3.0), 1e-9);
  EXPECT_NEAR(slope(1, 1), own(-4.0), 1e-9);
  EXPECT_LT(slope(1, 0), 0.02 * own(2.0));
  EXPECT_LT(slope(0, 1), 0.02 * own(3.0));
  EXPECT_NEAR(slope(0, 2), own(0.5), 1e-9);
  EXPECT_NEAR(slope(1, 2), own(0.5), 1e-9);
  for (int patch = 0; patch < kPatches; ++patch) EXPECT_EQ(slope(2, patch), 0.0) << "padding";
}

TEST(ContrastLoss, GradientAgreesWithFiniteDifferences) {
  const at::Tensor scores = at::log_sigmoid(random_tensor({3, 3, 108}, 8, -4, 1));
  const at::Tensor tokens = at::zeros({3, 3, 4}, at::kLong) + 7;
  at::Tensor same = at::zeros({3, 3}, at::kBool);
  for (int i = 0; i < 3; ++i) same.mutable_data_ptr<bool>()[i * 4] = true;
  expect_gradient([&](const at::Tensor& x) { return contrast_loss(x, scores, tokens, same, false, kGrid); },
                  random_tensor({3, 3, 4, 108}, 9, -2, 2));
}

TEST(ContrastLoss, CountsEqualTextsAsRight) {
  const at::Tensor logits = random_tensor({2, 2, 1, 108}, 10, -2, 2);
  const at::Tensor scores = at::log_sigmoid(logits.squeeze(2));
  const at::Tensor tokens = at::zeros({2, 2, 1}, at::kLong) + 3;
  const at::Tensor all_same = at::zeros({2, 2}, at::kBool).logical_not();
  EXPECT_NEAR(contrast_loss(logits, scores, tokens, all_same, false, kGrid).item<double>(), 0.0, 1e-12);
}

TEST(ContrastLoss, PaddingSaysNothing) {
  at::Tensor tokens = at::zeros({2, 2, 2}, at::kLong);
  tokens.select(2, 0).fill_(5);
  at::Tensor same = at::zeros({2, 2}, at::kBool);
  same.mutable_data_ptr<bool>()[0] = same.mutable_data_ptr<bool>()[3] = true;
  const at::Tensor scores = at::log_sigmoid(random_tensor({2, 2, 108}, 11, -2, 2));
  at::Tensor logits = random_tensor({2, 2, 2, 108}, 12, -2, 2);
  const double before = contrast_loss(logits, scores, tokens, same, false, kGrid).item<double>();
  EXPECT_NEAR(contrast_loss(logits, scores, tokens, same, true, kGrid).item<double>(), before, 1e-12);
  logits.select(2, 1).fill_(9.0);
  EXPECT_EQ(contrast_loss(logits, scores, tokens, same, false, kGrid).item<double>(), before);
}

TEST(LogOneMinusExp, IsFiniteAtZeroAndExactBelow) {
  const at::Tensor x = random_tensor({100}, 13, -5, -0.01);
  for (int i = 0; i < 100; ++i) {
    const double value = x.const_data_ptr<double>()[i];
    EXPECT_NEAR(log_one_minus_exp(x).const_data_ptr<double>()[i], std::log(1 - std::exp(value)), 1e-12);
  }
  EXPECT_TRUE(std::isfinite(log_one_minus_exp(at::zeros({1})).item<double>()));
}

// Of a batch made by hand.
LossResult counted_losses(const agent::ModelOutput& output, Batch batch, const LossConfig& config = {}) {
  batch.items = count_items(batch);
  return compute_losses(output, batch, config, kGrid);
}

double counted_total(const agent::ModelOutput& output, const Batch& batch, const LossConfig& config = {}) {
  return counted_losses(output, batch, config).total.item<double>();
}

// A batch of one picture, one instruction, one control, a chunk of 3 and 3 mouse bins.
struct SmallCase {
  Batch batch;
  agent::ModelOutput output;
  SmallCase() {
    batch.num_pictures = 1;
    batch.controls_BTKSC = at::zeros({1, 1, 1, 3, 1});
    batch.mouse_x_BTKS = at::zeros({1, 1, 1, 3}, at::kLong) + 1;
    batch.mouse_y_BTKS = at::zeros({1, 1, 1, 3}, at::kLong) + 1;
    batch.action_weight_BTKS = at::zeros({1, 1, 1, 3});
    batch.patches_BTKRP = at::zeros({1, 1, 1, 1, 108});
    batch.patch_weight_BTKR = at::zeros({1, 1, 1, 1});
    batch.goal_BTK = at::zeros({1, 1, 1});
    batch.goal_weight_BTK = at::zeros({1, 1, 1});
    batch.negative_weight_BTK = at::zeros({1, 1, 1});
    output.key_logits = random_tensor({1, 1, 1, 3, 1}, 14, -1, 1, at::kFloat);
    output.mouse_x_logits = random_tensor({1, 1, 1, 3, 3}, 15, -1, 1, at::kFloat);
    output.mouse_y_logits = random_tensor({1, 1, 1, 3, 3}, 16, -1, 1, at::kFloat);
    output.goal_logit = random_tensor({1, 1, 1}, 17, -1, 1, at::kFloat);
    output.patch_scores = at::log_sigmoid(random_tensor({1, 1, 1, 108}, 18, -1, 1, at::kFloat));
    output.role_scores = output.patch_scores.unsqueeze(3);
  }
  [[nodiscard]] double mean(Metric metric) const {
    const LossResult result = counted_losses(output, batch);
    PendingBatch pending = pend(result.metrics, result.total);
    pending.items = count_items(batch);
    HostValues values({pending.values});
    std::vector<MetricSums> worlds;
    const MetricSums sums = read_part({.batches = {pending}, .num_examples = 1.0}, values, worlds);
    const auto i = static_cast<std::size_t>(metric);
    return sums.weight[i] > 0 ? sums.sum[i] / sums.weight[i] : -1.0;
  }
};

TEST(ActionLoss, WeighsTheStepsOfAChunk) {
  SmallCase c;
  float* weight = c.batch.action_weight_BTKS.mutable_data_ptr<float>();
  weight[0] = 2.0F;
  weight[2] = 0.5F;
  const float* logits = c.output.key_logits.const_data_ptr<float>();
  const auto softplus = [](double x) { return std::log1p(std::exp(x)); };
  EXPECT_NEAR(c.mean(Metric::kKeys), (2.0 * softplus(logits[0]) + 0.5 * softplus(logits[2])) / 2.5, 1e-6);
}

TEST(ActionLoss, CountsWheelAndPointerWhereThereAreSome) {
  SmallCase c;
  c.batch.action_weight_BTKS.mutable_data_ptr<float>()[1] = 1.0F;
  const double before = counted_total(c.output, c.batch);
  EXPECT_EQ(c.mean(Metric::kWheel), -1.0);
  EXPECT_EQ(c.mean(Metric::kPointer), -1.0);
  c.batch.wheel_BTKS = at::zeros({1, 1, 1, 3}, at::kLong) + 2;
  c.batch.pointer_BTKS = at::zeros({1, 1, 1, 3}, at::kLong) + 5;
  c.output.wheel_logits = random_tensor({1, 1, 1, 3, 5}, 30, -1, 1, at::kFloat);
  c.output.pointer_logits = random_tensor({1, 1, 1, 3, 433}, 31, -1, 1, at::kFloat);
  const auto nats = [](const at::Tensor& logits, int target) {
    const at::Tensor of_step = logits[0][0][0][1];
    return (of_step.logsumexp(0) - of_step[target]).item<double>();
  };
  EXPECT_NEAR(c.mean(Metric::kWheel), nats(c.output.wheel_logits, 2), 1e-5);
  EXPECT_NEAR(c.mean(Metric::kPointer), nats(c.output.pointer_logits, 5), 1e-5);
  EXPECT_NEAR(counted_total(c.output, c.batch), before + c.mean(Metric::kWheel) + c.mean(Metric::kPointer), 1e-5);
}

TEST(Losses, LeaveOutPartsWithoutTargets) {
  const SmallCase c;
  EXPECT_EQ(c.mean(Metric::kKeys), -1.0);
  EXPECT_EQ(c.mean(Metric::kPatch), -1.0);
  EXPECT_EQ(c.mean(Metric::kGoal), -1.0);
  EXPECT_EQ(counted_total(c.output, c.batch), 0.0);
}

// Two goal frames with each other's instructions.
TEST(Losses, HindsightIsOfOrdinaryPicturesOnly) {
  Batch batch;
  batch.num_pictures = 2;
  batch.controls_BTKSC = at::zeros({2, 1, 2, 1, 1});
  batch.mouse_x_BTKS = batch.mouse_y_BTKS = at::zeros({2, 1, 2, 1}, at::kLong);
  batch.action_weight_BTKS = at::zeros({2, 1, 2, 1});
  batch.patch_weight_BTKR = at::zeros({2, 1, 2, 1});
  batch.goal_BTK = batch.goal_weight_BTK = at::zeros({2, 1, 2});
  batch.negative_weight_BTK = at::zeros({2, 1, 2});
  batch.negative_weight_BTK.mutable_data_ptr<float>()[1] = 1.0F;  // picture 0, instruction 1
  batch.same_BK = at::zeros({2, 2}, at::kBool);
  agent::ModelOutput output;
  output.key_logits = at::zeros({2, 1, 2, 1, 1});
  output.mouse_x_logits = output.mouse_y_logits = at::zeros({2, 1, 2, 1, 3});
  output.goal_logit = at::zeros({2, 1, 2});
  output.patch_scores = at::log_sigmoid(random_tensor({2, 1, 2, 108}, 24, -3, 1, at::kFloat));
  output.role_scores = output.patch_scores.unsqueeze(3);
  LossConfig config;
  config.hindsight = 7.0;
  EXPECT_EQ(counted_total(output, batch, config), 0.0);
  batch.same_BK = at::Tensor();
  batch.share = 0.5;
  const double expected = 3.5 * hindsight_loss(output.patch_scores, batch.negative_weight_BTK).item<double>();
  EXPECT_NEAR(counted_total(output, batch, config), expected, 1e-6);
  EXPECT_GT(expected, 0.0);
}

TEST(Losses, PointingIsWhereTheBestPatchLies) {
  SmallCase c;
  const std::int64_t best = c.output.patch_scores.argmax().item<std::int64_t>();
  c.batch.patch_weight_BTKR.fill_(1.0);
  c.batch.patches_BTKRP.mutable_data_ptr<float>()[(best + 1) % 108] = 1.0F;
  EXPECT_EQ(c.mean(Metric::kPointing), 0.0);
  c.batch.patches_BTKRP.mutable_data_ptr<float>()[best] = 1.0F;
  EXPECT_EQ(c.mean(Metric::kPointing), 1.0);
}

TEST(Losses, ARoleThatNamesNothingTeachesNothing) {
  SmallCase c;
  c.output.role_scores = at::log_sigmoid(random_tensor({1, 1, 1, 2, 108}, 25, -1, 1, at::kFloat));
  c.batch.patches_BTKRP = at::zeros({1, 1, 1, 2, 108});
  c.batch.patch_weight_BTKR = at::zeros({1, 1, 1, 2});
  c.batch.patch_weight_BTKR.mutable_data_ptr<float>()[0] = 1.0F;
  const double expected =
      -log_one_minus_exp(c.output.role_scores.select(3, 0)).mean().item<double>();  // of the first role alone
  EXPECT_NEAR(c.mean(Metric::kPatch), expected, 1e-6);
}

}  // namespace
}  // namespace atl::trainer
