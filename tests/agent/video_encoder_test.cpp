// The video encoder in a model: what it may see, and what it leaves as it was.
#include "agent/model.h"
#include "core/error.h"
#include "tests/agent/tiny.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::agent {
namespace {

ModelConfig with_video(int steps, int layers) {
  ModelConfig config = tiny::config();
  config.video_steps = steps;
  config.video_layers = layers;
  return config;
}

Model create(const ModelConfig& config) { return {config, tiny::contract(), tiny::tokenizer().vocabulary_size(), 1}; }

ModelInput input_of(int sequences, int steps) {
  ModelInput input;
  input.frames_BTHWC = tiny::random_frames(sequences, steps, 7);
  input.tokens_BKL = tiny::tokens(tiny::tokenizer(), sequences, {"go to the red box", ""});
  return input;
}

std::vector<at::Tensor> answers(const Model& model, const ModelInput& input) {
  const ModelOutput out = model.forward(input);
  return {out.key_logits, out.mouse_x_logits, out.mouse_y_logits, out.goal_logit, out.role_scores, out.video_BTPD};
}

TEST(VideoEncoder, AFreshModelAnswersAsTheSameWithoutOne) {
  const Model without = create(tiny::config());
  const Model with = create(with_video(4, 2));
  const at::NoGradGuard no_grad;
  const ModelInput input = input_of(2, 6);
  const std::vector<at::Tensor> expected = answers(without, input);
  const std::vector<at::Tensor> found = answers(with, input);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(found[i].equal(expected[i])) << i;
  ASSERT_LT(without.parameters().size(), with.parameters().size());
  for (std::size_t i = 0; i < without.parameters().size(); ++i) {
    EXPECT_EQ(with.parameters()[i].name, without.parameters()[i].name);
    EXPECT_TRUE(with.parameters()[i].tensor.equal(without.parameters()[i].tensor)) << with.parameters()[i].name;
  }
}

TEST(VideoEncoder, OneStepIsNone) {
  const Model without = create(tiny::config());
  const Model one = create(with_video(1, 2));
  EXPECT_EQ(one.num_parameters(), without.num_parameters());
  EXPECT_TRUE(one.forward(input_of(1, 3)).memory.video_BMPD.empty());
  EXPECT_GT(create(with_video(2, 1)).num_parameters(), without.num_parameters());
}

// A picture changes what is seen at its step and the L (V - 1) steps after it, and nothing else.
TEST(VideoEncoder, SeesThePastAsFarAsItReachesAndNothingToCome) {
  for (const auto& [steps, layers] : {std::pair{2, 1}, {3, 1}, {2, 3}}) {
    Model model = create(with_video(steps, layers));
    tiny::shake(model);
    const at::NoGradGuard no_grad;
    ModelInput input = input_of(1, 8);
    const std::vector<at::Tensor> before = answers(model, input);
    input.frames_BTHWC.select(1, 2).fill_(0);
    const std::vector<at::Tensor> after = answers(model, input);
    const int furthest = 2 + layers * (steps - 1);
    for (int t = 0; t < 8; ++t) {
      const bool is_reached = 2 <= t && t <= furthest;
      EXPECT_EQ(before[0].select(1, t).equal(after[0].select(1, t)), !is_reached) << "keys at step " << t;
      EXPECT_EQ(before[5].select(1, t).equal(after[5].select(1, t)), !is_reached) << "features at step " << t;
      // Words are matched with pictures alone.
      EXPECT_EQ(before[4].select(1, t).equal(after[4].select(1, t)), t != 2) << "scores at step " << t;
    }
  }
}

TEST(VideoEncoder, KeepsAsManyStepsAsItNeeds) {
  const Model model = create(with_video(3, 2));
  const at::NoGradGuard no_grad;
  const std::int64_t patches = model.grid().num_patches();
  ModelInput input = input_of(2, 1);
  for (int t = 0; t < 4; ++t) {
    input.memory = model.forward(input).memory;
    ASSERT_EQ(input.memory.video_BMPD.size(), 2U);
    for (const at::Tensor& layer : input.memory.video_BMPD)
      EXPECT_EQ(layer.sizes(), (at::IntArrayRef{2, std::min(t + 1, 2), patches, 2 * 16})) << t;
  }
  EXPECT_TRUE(input.memory.layers_NMD.empty());
}

// Motion is seen: the same picture, come to from the left and from the right.
TEST(VideoEncoder, TellsTheSamePictureByWhatWasBefore) {
  Model model = create(with_video(2, 1));
  tiny::shake(model);
  const at::NoGradGuard no_grad;
  ModelInput one = input_of(1, 2);
  ModelInput other = one;
  other.frames_BTHWC = one.frames_BTHWC.clone();
  other.frames_BTHWC.select(1, 0).fill_(128);
  const at::Tensor difference =
      (model.forward(one).video_BTPD - model.forward(other).video_BTPD).select(1, 1).abs().amax();
  EXPECT_GT(difference.item<double>(), 1e-3);
}

}  // namespace
}  // namespace atl::agent
