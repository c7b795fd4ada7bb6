#include "agent/pretrained_encoder.h"

#include "agent/model.h"
#include "agent/pretrained.h"
#include "tests/agent/tiny_config.h"
#include "tests/error_of.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace atl::agent {
namespace {

Model model_with(const std::string& encoder, int trained_blocks) {
  ModelConfig config = tiny::config();
  config.encoder = encoder;
  config.encoder_trained_blocks = trained_blocks;
  return Model(config, PolicyContract{}, 8, 1);
}

std::set<std::string> trained_of(const Model& model) {
  std::set<std::string> names;
  for (const NamedTensor& p : model.parameters()) {
    if (p.name.starts_with(kBackbonePrefix) && p.tensor.requires_grad())
      names.insert(p.name.substr(kBackbonePrefix.size()));
  }
  return names;
}

class PublishedEncoder : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Both, PublishedEncoder, ::testing::Values("efficientnet_lite0", "vit_s14"));

TEST_P(PublishedEncoder, GivesTheSamePatchesAsTheOneFromScratch) {
  const Model model = model_with(GetParam(), 0);
  const PolicyContract contract;
  const at::Tensor frames =
      at::full({2, 1, contract.frame_height_px, contract.frame_width_px, kBytesPerPixel}, 100, at::kByte);
  ModelInput input;
  input.frames_BTHWC = frames;
  input.tokens_BKL = at::zeros({2, 1, model.config().max_words}, at::kLong);
  const ModelOutput out = model.forward(input);
  EXPECT_EQ(out.patch_scores.size(3), patch_grid(contract.frame_size()).num_patches());
  EXPECT_TRUE(out.key_logits.isfinite().all().item<bool>());
}

// The control without pretraining: a deep net that begins at random has to tell pictures apart, or it learns nothing.
TEST_P(PublishedEncoder, AtRandomTellsPicturesApart) {
  ParameterFactory factory(1);
  ModelConfig config = tiny::config();
  config.encoder = GetParam();
  const PretrainedEncoder encoder(factory, config, FrameSize{96, 72});
  const at::NoGradGuard no_grad;
  const at::Tensor frames = (ParameterFactory(2).uniform("pictures", {8, 72, 96, 4}, 1.0).detach() * 127.0 + 127.0);
  const at::Tensor features_FPC = encoder.begin(frames.to(at::kByte));
  const double apart = features_FPC.var(0).mean().sqrt().item<double>();
  const double size = features_FPC.square().mean().sqrt().item<double>();
  EXPECT_GT(apart, 0.02 * size);
  EXPECT_GT(size, 0.02);
  EXPECT_LT(size, 50.0);
}

TEST_P(PublishedEncoder, IsFrozenOrTrainedFromABlockOn) {
  EXPECT_TRUE(trained_of(model_with(GetParam(), 0)).empty());
  const Model whole = model_with(GetParam(), -1);
  std::size_t all = 0;
  for (const NamedTensor& p : whole.parameters()) all += p.name.starts_with(kBackbonePrefix) ? 1 : 0;
  EXPECT_EQ(trained_of(whole).size(), all);
  const std::set<std::string> two = trained_of(model_with(GetParam(), 2));
  EXPECT_GT(two.size(), 8U);
  const bool is_vit = GetParam() == "vit_s14";
  for (const std::string& name : two) {
    EXPECT_TRUE(name.starts_with(is_vit ? "encoder.layer.10." : "block9.") ||
                name.starts_with(is_vit ? "encoder.layer.11." : "block10.") || name.starts_with("layernorm."))
        << name;
  }
  EXPECT_EQ(two.contains("layernorm.weight"), is_vit);
}

TEST_P(PublishedEncoder, WithMoreTrainedBlocksThanThereAreIsRefused) {
  const std::string blocks = GetParam() == "vit_s14" ? "12" : "11";
  EXPECT_THAT(tests::error_of([] { static_cast<void>(model_with(GetParam(), 40)); }),
              ::testing::HasSubstr("encoder_trained_blocks = 40, but " + GetParam() + " has " + blocks + " blocks"));
}

// Random weights of MiniLM's layout: what is tested is how instructions come to it.
class PublishedTextTest : public ::testing::Test {
 protected:
  static Model create() {
    ModelConfig config = tiny::config();
    config.text = "minilm";
    return Model(config, PolicyContract{}, 30522, 1);
  }
  // Key logits for one black picture and one instruction a row.
  static at::Tensor answer(const Model& model, const std::vector<std::vector<std::int64_t>>& rows) {
    const PolicyContract contract;
    at::Tensor tokens = at::zeros({1, static_cast<std::int64_t>(rows.size()), model.config().max_words}, at::kLong);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      for (std::size_t i = 0; i < rows[k].size(); ++i)
        tokens[0][static_cast<std::int64_t>(k)][static_cast<std::int64_t>(i)].fill_(rows[k][i]);
    }
    ModelInput input;
    input.frames_BTHWC =
        at::zeros({1, 1, contract.frame_height_px, contract.frame_width_px, kBytesPerPixel}, at::kByte);
    input.tokens_BKL = tokens;
    return model.forward(input).key_logits[0][0];
  }
};

TEST_F(PublishedTextTest, AnInstructionMeansTheSameWhateverItIsAskedBeside) {
  const Model model = create();
  const at::Tensor both = answer(model, {{2175, 2000}, {2175, 2000, 1996, 2417, 3608}});
  const Model again = create();
  EXPECT_TRUE(answer(again, {{2175, 2000, 1996, 2417, 3608}})[0].allclose(both[1], 1e-5, 1e-6));
  EXPECT_FALSE(both[0].allclose(both[1], 1e-3, 1e-4));
}

TEST_F(PublishedTextTest, WordsReadTheirSentence) {
  const Model model = create();
  EXPECT_FALSE(answer(model, {{2417, 3608}})[0].allclose(answer(model, {{3608, 2417}})[0], 1e-4, 1e-5));
}

TEST_F(PublishedTextTest, IsFrozenAndForgetsWhatItReadWhenWeightsAreLoaded) {
  Model model = create();
  for (const NamedTensor& p : model.parameters())
    EXPECT_EQ(p.tensor.requires_grad(), !p.name.starts_with(kTextPrefix)) << p.name;
  const at::Tensor before = answer(model, {{2417}});
  TensorMap other = model.state();
  for (auto& [name, tensor] : other) {
    if (name.starts_with(kTextPrefix)) tensor = tensor + 0.5;
  }
  model.load_state(other);
  EXPECT_FALSE(answer(model, {{2417}}).allclose(before, 1e-4, 1e-5));
}

TEST_F(PublishedTextTest, AnEmptyTextIsNoText) { EXPECT_TRUE(answer(create(), {{}}).isfinite().all().item<bool>()); }

}  // namespace
}  // namespace atl::agent
