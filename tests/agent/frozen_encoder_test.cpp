#include "agent/frozen_encoder.h"

#include "agent/pretrained.h"
#include "agent/safetensors.h"
#include "agent/sha256.h"
#include "tests/agent/tiny.h"
#include "tests/error_of.h"
#include "tests/run_python.h"

#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::agent {
namespace {

using ::testing::HasSubstr;

ModelConfig config_with(const std::string& encoder, int trained_blocks) {
  ModelConfig config = tiny::config();
  config.encoder = encoder;
  config.encoder_trained_blocks = trained_blocks;
  return config;
}

TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  // Lengths around which the end takes one block or two.
  std::string expected;
  for (std::size_t size = 50; size < 70; ++size) expected += sha256_of(std::string(size, 'x')) + "\n";
  EXPECT_EQ(
      tests::run_python("import hashlib\nfor n in range(50, 70): print(hashlib.sha256(b'x' * n).hexdigest())", {}),
      expected);
}

class FrozenEncoderTest : public ::testing::TestWithParam<std::string> {
 protected:
  ModelConfig config_ = config_with(GetParam(), 0);
  Model model_{config_, tiny::contract(), tiny::tokenizer().vocabulary_size(), 3};
};
INSTANTIATE_TEST_SUITE_P(Both, FrozenEncoderTest, ::testing::Values("efficientnet_lite0", "vit_s14"));

TEST_P(FrozenEncoderTest, WhatItMakesStandsInForPictures) {
  FrozenEncoder encoder(config_, tiny::contract().frame_size());
  encoder.load(model_.state());
  ModelInput input;
  input.frames_BTHWC = tiny::random_frames(2, 3, 1);
  input.tokens_BKL = tiny::tokens(tiny::tokenizer(), 2, {"go to the red box", "pick up the red ball"});
  const ModelOutput seen = model_.forward(input);

  const at::Tensor features = encoder(input.frames_BTHWC.flatten(0, 1));
  EXPECT_EQ(features.sizes(), (std::vector<std::int64_t>{6, encoder.grid().num_patches(), encoder.channels()}));
  EXPECT_FALSE(features.requires_grad());
  ModelInput kept;
  kept.features_BTPC = features.unflatten(0, {2, 3});
  kept.tokens_BKL = input.tokens_BKL;
  const ModelOutput read = model_.forward(kept);
  EXPECT_TRUE(read.key_logits.equal(seen.key_logits)) << "the same bits";
  EXPECT_TRUE(read.role_scores.equal(seen.role_scores));

  kept.features_BTPC = kept.features_BTPC.to(at::kHalf);
  const at::Tensor half = model_.forward(kept).key_logits;
  EXPECT_FALSE(half.equal(seen.key_logits));
  EXPECT_LT((half - seen.key_logits).abs().max().item<double>(), 5e-3);
}

TEST_P(FrozenEncoderTest, WhatIsTrainedLearnsTheSameFromBoth) {
  FrozenEncoder encoder(config_, tiny::contract().frame_size());
  encoder.load(model_.state());
  ModelInput input;
  input.frames_BTHWC = tiny::random_frames(2, 1, 1);
  input.tokens_BKL = tiny::tokens(tiny::tokenizer(), 2, {"go to the red box"});
  ModelInput kept = input;
  kept.features_BTPC = encoder(input.frames_BTHWC.flatten(0, 1)).unflatten(0, {2, 1});
  kept.frames_BTHWC = at::Tensor();
  const auto gradients = [&](const ModelInput& from) {
    for (const NamedTensor& p : model_.parameters()) p.tensor.mutable_grad() = at::Tensor();
    model_.forward(from).key_logits.square().sum().backward();
    TensorMap found;
    for (const NamedTensor& p : model_.parameters()) {
      if (p.tensor.grad().defined()) found[p.name] = p.tensor.grad();
    }
    return found;
  };
  const TensorMap of_pictures = gradients(input);
  const TensorMap of_features = gradients(kept);
  EXPECT_TRUE(of_pictures.contains("encoder.out.weight"));
  ASSERT_EQ(of_pictures.size(), of_features.size());
  for (const auto& [name, gradient] : of_pictures) EXPECT_TRUE(gradient.equal(of_features.at(name))) << name;
}

TEST_P(FrozenEncoderTest, ItsDigestIsOfItsWeightsAlone) {
  FrozenEncoder encoder(config_, tiny::contract().frame_size());
  encoder.load(model_.state());
  const std::string digest = encoder.sha256();
  ModelConfig wider = config_;
  wider.patch_channels = 32;
  FrozenEncoder same(wider, FrameSize{96, 72});
  same.load(model_.state());
  EXPECT_EQ(same.sha256(), digest) << "the model around it does not count";
  TensorMap other = model_.state();
  at::Tensor& weight = other.at(encoder.parameters().back().name);
  weight = weight.clone();
  weight.flatten()[0].add_(1e-3);
  same.load(other);
  EXPECT_NE(same.sha256(), digest);
  other.erase(encoder.parameters().front().name);
  EXPECT_THAT(tests::error_of([&] { same.load(other); }),
              HasSubstr("the weights have no tensor " + encoder.parameters().front().name));
}

TEST_P(FrozenEncoderTest, WhatIsTrainedIsRefused) {
  const auto create = [&](const ModelConfig& config) {
    return tests::error_of([&] { static_cast<void>(FrozenEncoder(config, tiny::contract().frame_size())); });
  };
  EXPECT_THAT(create(config_with("conv", 0)), HasSubstr("the image encoder conv"));
  EXPECT_THAT(create(config_with(GetParam(), 1)), HasSubstr("encoder_trained_blocks = 1 is trained"));
  EXPECT_THAT(create(config_with(GetParam(), -1)), HasSubstr("encoder_trained_blocks = -1 is trained"));
}

TEST_P(FrozenEncoderTest, AModelTakesFeaturesOfItsOwnKindOnly) {
  const Model trained(config_with(GetParam(), 1), tiny::contract(), tiny::tokenizer().vocabulary_size(), 3);
  FrozenEncoder encoder(config_, tiny::contract().frame_size());
  ModelInput input;
  input.features_BTPC = encoder(tiny::random_frames(1, 1, 1).flatten(0, 1)).unflatten(0, {1, 1});
  input.tokens_BKL = tiny::tokens(tiny::tokenizer(), 1, {"go to the red box"});
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(trained.forward(input)); }), HasSubstr("that is not frozen"));
  input.features_BTPC = input.features_BTPC.narrow(2, 0, 5);
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(model_.forward(input)); }),
              HasSubstr("features of shape [1, 1, 5, "));
}

}  // namespace
}  // namespace atl::agent
