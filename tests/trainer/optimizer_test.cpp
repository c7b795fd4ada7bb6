#include "trainer/optimizer.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace atl::trainer {
namespace {

TEST(LearningRate, WarmsUpThenFallsAsACosine) {
  const OptimizerConfig config{.learning_rate = 2.0, .warmup_steps = 4, .final_learning_rate = 0.1};
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 0, 104), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 3, 104), 2.0);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 4, 104), 2.0);
  EXPECT_NEAR(learning_rate_at(config, 54, 104), 0.5 * (2.0 + 0.2), 1e-12);
  EXPECT_NEAR(learning_rate_at(config, 103, 104), 0.2, 1e-3);
}

TEST(LearningRate, StaysAtThePeakUntilItsLastShare) {
  const OptimizerConfig config{.learning_rate = 2.0, .warmup_steps = 4, .decay_share = 0.2};
  for (const std::int64_t step : {4, 50, 84}) EXPECT_DOUBLE_EQ(learning_rate_at(config, step, 104), 2.0) << step;
  EXPECT_NEAR(learning_rate_at(config, 94, 104), 1.0, 1e-12);
  EXPECT_NEAR(learning_rate_at(config, 103, 104), 0.0, 0.02);
  EXPECT_EQ(learning_rate_at(config, 84, 104), learning_rate_at(config, 84, 1000)) << "runs of all lengths begin alike";
}

TEST(LearningRate, OfWarmUpNeedsNoEnd) {
  const OptimizerConfig config{.warmup_steps = 10};
  EXPECT_EQ(learning_rate_at(config, 9, 0), learning_rate_at(config, 9, 5000));
  EXPECT_THROW(static_cast<void>(learning_rate_at(config, 10, 0)), Error);
}

// Expected values: torch 2.11, torch.optim.AdamW(lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01), parameters
// [1, -2, 0.5], gradients of three steps [0.1, -0.2, 0], [0.3, 0.1, 0.05], [-0.2, 0.4, 1].
TEST(AdamW, AgreesWithPyTorch) {
  const OptimizerConfig config{.weight_decay = 0.01};
  at::Tensor parameters = at::tensor({1.0F, -2.0F, 0.5F});
  AdamState state = create_adam_state(parameters);
  const std::vector<at::Tensor> gradients{at::tensor({0.1F, -0.2F, 0.0F}), at::tensor({0.3F, 0.1F, 0.05F}),
                                          at::tensor({-0.2F, 0.4F, 1.0F})};
  for (std::size_t step = 0; step < gradients.size(); ++step)
    adamw_update(config, static_cast<std::int64_t>(step), 0.1, gradients[step], parameters, state);
  const std::vector<double> expected{0.7797261, -1.9133321, 0.3574894};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(parameters[static_cast<std::int64_t>(i)].item<double>(), expected[i], 2e-6) << i;
}

TEST(ClipGradient, ScalesToTheLargestNormAndReportsTheOldOne) {
  at::Tensor gradient = at::tensor({3.0F, -4.0F});
  EXPECT_DOUBLE_EQ(clip_gradient(gradient, 1.0).item<double>(), 5.0);
  EXPECT_NEAR(gradient[0].item<double>(), 0.6, 1e-6);
  EXPECT_NEAR(gradient[1].item<double>(), -0.8, 1e-6);
  EXPECT_NEAR(clip_gradient(gradient, 2.0).item<double>(), 1.0, 1e-6);
  EXPECT_NEAR(gradient[0].item<double>(), 0.6, 1e-6);
}

// It is done on the gradient's device, to the same bits as with a number that the host knows.
TEST(ClipGradient, ScalesAsByANumberOfTheHost) {
  at::Tensor gradient = at::arange(1000, at::kFloat).sub_(411.3).div_(7.7);
  const at::Tensor expected = gradient.mul(0.3 / gradient.norm(2, at::kDouble).item<double>());
  clip_gradient(gradient, 0.3);
  EXPECT_TRUE(gradient.equal(expected));
  clip_gradient(gradient, 0.4);
  EXPECT_TRUE(gradient.equal(expected)) << "it was short enough";
  clip_gradient(gradient, 0.0);
  EXPECT_TRUE(gradient.equal(expected)) << "it was not to be clipped";
}

TEST(ClipGradient, TellsOfWhatIsNoNumber) {
  at::Tensor gradient = at::tensor({1.0F, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_TRUE(std::isnan(clip_gradient(gradient, 1.0).item<double>()));
}

TEST(ClipGradient, ALargeFiniteGradientHasAFiniteNorm) {
  at::Tensor gradient = at::full({4}, 3e38F);
  EXPECT_NEAR(clip_gradient(gradient, 1.0).item<double>() / 6e38, 1.0, 1e-6);
  EXPECT_NEAR(gradient[0].item<double>(), 0.5, 1e-6);
}

TEST(WeightAverage, ForgetsTheRandomStartAndThenDecays) {
  at::Tensor average = at::tensor({100.0F});
  const at::Tensor parameters = at::tensor({1.0F});
  update_average(0.998, 0, parameters, average);
  EXPECT_NEAR(average.item<double>(), 100.0 - 0.9 * 99.0, 1e-4);
  average = at::tensor({2.0F});
  update_average(0.998, 1'000'000, parameters, average);
  EXPECT_NEAR(average.item<double>(), 2.0 - 0.002, 1e-6);
}

}  // namespace
}  // namespace atl::trainer
