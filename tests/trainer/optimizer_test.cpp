#include "trainer/optimizer.h"

#include "core/error.h"

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

TEST(LearningRate, OfWarmUpNeedsNoEnd) {
  const OptimizerConfig config{.warmup_steps = 10};
  EXPECT_EQ(learning_rate_at(config, 9, 0), learning_rate_at(config, 9, 5000));
  EXPECT_THROW(static_cast<void>(learning_rate_at(config, 10, 0)), Error);
}

// Expected values: torch 2.11, torch.optim.AdamW(lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01), parameters
// [1, -2, 0.5], gradients of three steps [0.1, -0.2, 0], [0.3, 0.1, 0.05], [-0.2, 0.4, 1].
TEST(AdamW, AgreesWithPyTorch) {
  const OptimizerConfig config{.weight_decay = 0.01};
  std::vector<float> parameters{1.0F, -2.0F, 0.5F};
  AdamState state(3);
  const std::vector<std::vector<float>> gradients{{0.1F, -0.2F, 0.0F}, {0.3F, 0.1F, 0.05F}, {-0.2F, 0.4F, 1.0F}};
  for (std::size_t step = 0; step < gradients.size(); ++step)
    adamw_update(config, static_cast<std::int64_t>(step), 0.1, gradients[step], parameters, state);
  const std::vector<double> expected{0.7797261, -1.9133321, 0.3574894};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(parameters[i], expected[i], 2e-6) << i;
}

TEST(ClipGradient, ScalesToTheLargestNormAndReportsTheOldOne) {
  std::vector<float> gradient{3.0F, -4.0F};
  EXPECT_DOUBLE_EQ(clip_gradient(gradient, 1.0), 5.0);
  EXPECT_NEAR(gradient[0], 0.6, 1e-6);
  EXPECT_NEAR(gradient[1], -0.8, 1e-6);
  EXPECT_NEAR(clip_gradient(gradient, 2.0), 1.0, 1e-6);
  EXPECT_NEAR(gradient[0], 0.6, 1e-6);
}

TEST(ClipGradient, TellsOfWhatIsNoNumber) {
  std::vector<float> gradient{1.0F, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_TRUE(std::isnan(clip_gradient(gradient, 1.0)));
}

TEST(WeightAverage, ForgetsTheRandomStartAndThenDecays) {
  std::vector<float> average{100.0F};
  const std::vector<float> parameters{1.0F};
  update_average(0.998, 0, parameters, average);
  EXPECT_NEAR(average[0], 100.0 - 0.9 * 99.0, 1e-4);
  average = {2.0F};
  update_average(0.998, 1'000'000, parameters, average);
  EXPECT_NEAR(average[0], 2.0 - 0.002, 1e-6);
}

}  // namespace
}  // namespace atl::trainer
