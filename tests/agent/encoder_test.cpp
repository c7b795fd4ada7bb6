// The layouts of pretrained encoders: small ones with random weights, compared with what the reference implementations
// say. tools/python/encoder_fixtures.py made the files.
#include "agent/bert.h"
#include "agent/efficientnet.h"
#include "agent/pretrained.h"
#include "agent/safetensors.h"
#include "agent/t5.h"
#include "agent/vit.h"
#include "core/files.h"
#include "tests/error_of.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::agent {
namespace {

using testing::HasSubstr;
using tests::error_of;

constexpr double kTolerance = 1e-4;

std::string fixture(const std::string& name) { return "tests/agent/fixtures/" + name + ".safetensors"; }

void expect_equal(const at::Tensor& found, const at::Tensor& expected) {
  ASSERT_EQ(found.sizes(), expected.sizes());
  EXPECT_LE((found - expected).abs().max().item<double>(), kTolerance);
}

EfficientNetOptions tiny_efficientnet() {
  return {.stride = 16,
          .stem_channels = 32,
          .stages = {{1, 3, 1, 1, 8}, {2, 3, 2, 3, 12}, {2, 5, 2, 2, 16}, {1, 5, 2, 2, 16}}};
}

VitOptions tiny_vit() { return {.width = 24, .depth = 2, .heads = 3, .mlp_width = 48, .patch_px = 14, .grid = 4}; }

BertOptions tiny_bert() {
  return {.vocabulary = 40, .width = 32, .depth = 2, .heads = 4, .mlp_width = 48, .positions = 16};
}

T5Options tiny_t5(bool gated_gelu) {
  return {.vocabulary = 40,
          .width = 32,
          .depth = 2,
          .heads = 3,
          .head_width = 8,
          .mlp_width = 48,
          .gated_gelu = gated_gelu};
}

TEST(EfficientNet, SaysWhatTheReferenceSaysAtEveryStride) {
  const at::NoGradGuard no_grad;
  const TensorFile file = load_tensors(fixture("efficientnet_tiny"));
  EfficientNetOptions options = tiny_efficientnet();
  for (const int stride : {4, 8, 16}) {
    options.stride = stride;
    ParameterFactory factory(1);
    const EfficientNet net = make_efficientnet(factory, "eyes.", options);
    load_pretrained(fixture("efficientnet_tiny"), factory.take(), "eyes.");
    for (const std::string size : {"odd", "even"}) {
      SCOPED_TRACE(fmt::format("{} {}", size, stride));
      expect_equal(net(file.tensors.at("input." + size)), file.tensors.at(fmt::format("expected.{}{}", size, stride)));
    }
  }
}

TEST(EfficientNet, MemoryLayoutDoesNotMatter) {
  const at::NoGradGuard no_grad;
  ParameterFactory factory(1);
  const EfficientNet net = make_efficientnet(factory, "", tiny_efficientnet());
  const at::Tensor picture = load_tensors(fixture("efficientnet_tiny")).tensors.at("input.odd");
  expect_equal(net(picture.contiguous(at::MemoryFormat::ChannelsLast)), net(picture));
}

TEST(EfficientNet, DefaultsAreLite0) {
  ParameterFactory factory(1);
  EXPECT_EQ(make_efficientnet(factory, "", {.stride = 8}).channels, 40);
  EXPECT_EQ(make_efficientnet(factory, "", {.stride = 16}).channels, 112);
  const EfficientNet net = make_efficientnet(factory, "", {});
  EXPECT_EQ(net.channels, 320);
  EXPECT_EQ(net.blocks.size(), 16u);
  EXPECT_THAT(error_of([&] { static_cast<void>(make_efficientnet(factory, "", {.stride = 64})); }),
              HasSubstr("a feature stride of 64, expected one that the stages reach, like 32"));
}

TEST(Vit, SaysWhatTheReferenceSaysOnTheLearnedGridAndOnAnother) {
  const at::NoGradGuard no_grad;
  const TensorFile file = load_tensors(fixture("vit_tiny"));
  ParameterFactory factory(1);
  const Vit vit = make_vit(factory, "eyes.", tiny_vit());
  load_pretrained(fixture("vit_tiny"), factory.take(), "eyes.");
  for (const std::string size : {"square", "wide"}) {
    SCOPED_TRACE(size);
    expect_equal(vit(file.tensors.at("input." + size)), file.tensors.at("expected." + size));
  }
}

TEST(Vit, CanBeCutToItsFirstBlocks) {
  VitOptions options = tiny_vit();
  options.depth = 1;
  ParameterFactory factory(1);
  const Vit vit = make_vit(factory, "eyes.", options);
  load_pretrained(fixture("vit_tiny"), factory.take(), "eyes.");
  EXPECT_EQ(vit(at::zeros({2, 3, 28, 42})).sizes(), (std::vector<std::int64_t>{2, 6, 24}));
}

TEST(Bert, SaysWhatTheReferenceSaysAboutTextsOfSeveralLengths) {
  const at::NoGradGuard no_grad;
  const TensorFile file = load_tensors(fixture("bert_tiny"));
  ParameterFactory factory(1);
  const Bert bert = make_bert(factory, "words.", tiny_bert());
  load_pretrained(fixture("bert_tiny"), factory.take(), "words.");
  const at::Tensor mask = file.tensors.at("input.mask");
  const at::Tensor states = bert(file.tensors.at("input.ids"), mask);
  const at::Tensor is_token = mask.unsqueeze(2).to(at::kFloat);
  expect_equal(states * is_token, file.tensors.at("expected.states") * is_token);
  expect_equal(masked_mean(states, mask), file.tensors.at("expected.mean"));
}

TEST(Bert, RefusesATextThatIsTooLong) {
  ParameterFactory factory(1);
  const Bert bert = make_bert(factory, "", tiny_bert());
  const at::Tensor ids = at::zeros({1, 17}, at::kLong);
  EXPECT_THAT(error_of([&] { static_cast<void>(bert(ids, ids)); }),
              HasSubstr("a text of 17 tokens, expected at most 16"));
}

TEST(MaskedMean, IsZeroWithoutTokens) {
  EXPECT_TRUE(masked_mean(at::zeros({1, 2, 3}) + 5.0, at::zeros({1, 2}, at::kLong)).equal(at::zeros({1, 3})));
}

class T5Layout : public testing::TestWithParam<bool> {};

TEST_P(T5Layout, SaysWhatTheReferenceSaysBeyondTheLargestDistance) {
  const at::NoGradGuard no_grad;
  const std::string path = fixture(GetParam() ? "t5_gated_tiny" : "t5_tiny");
  const TensorFile file = load_tensors(path);
  ParameterFactory factory(1);
  const T5 t5 = make_t5(factory, "words.", tiny_t5(GetParam()));
  load_pretrained(path, factory.take(), "words.");
  const at::Tensor mask = file.tensors.at("input.mask");
  const at::Tensor is_token = mask.unsqueeze(2).to(at::kFloat);
  expect_equal(t5(file.tensors.at("input.ids"), mask) * is_token, file.tensors.at("expected.states") * is_token);
}

INSTANTIATE_TEST_SUITE_P(Versions, T5Layout, testing::Bool(),
                         [](const auto& version) { return version.param ? "GatedGelu" : "Relu"; });

TEST(Pretrained, GradientsReachEveryParameter) {
  ParameterFactory factory(1);
  const Vit vit = make_vit(factory, "vit.", tiny_vit());
  const EfficientNet net = make_efficientnet(factory, "net.", tiny_efficientnet());
  const Bert bert = make_bert(factory, "bert.", tiny_bert());
  const T5 t5 = make_t5(factory, "t5.", tiny_t5(true));
  const at::Tensor picture = load_tensors(fixture("vit_tiny")).tensors.at("input.wide");
  const at::Tensor ids = at::zeros({1, 3}, at::kLong) + 1;  // and mask
  const at::Tensor loss = vit(picture).square().sum() + net(picture).square().sum() + bert(ids, ids).square().sum() +
                          t5(ids, ids).square().sum();
  loss.backward();
  for (const NamedTensor& p : factory.take()) EXPECT_TRUE(p.tensor.grad().defined()) << p.name;
}

TEST(Pretrained, NamesTheFirstTensorThatDoesNotFit) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "x.safetensors").string();
  ParameterFactory factory(1);
  static_cast<void>(make_linear(factory, "eyes.fc", 2, 3));
  const std::vector<NamedTensor> parameters = factory.take();
  const at::Tensor before = parameters[0].tensor.detach().clone();
  const auto rejection = [&](const TensorMap& tensors) {
    save_tensors(path, tensors);
    return error_of([&] { load_pretrained(path, parameters, "eyes."); });
  };
  EXPECT_THAT(rejection({{"fc.weight", at::zeros({3, 2})}}),
              HasSubstr("x.safetensors: it has 1 tensors, but no fc.bias of shape [3]: it is of another model"));
  EXPECT_THAT(rejection({{"fc.weight", at::zeros({2, 3})}, {"fc.bias", at::zeros({3})}}),
              HasSubstr("its tensor fc.weight is Float of shape [2, 3], the model expects floats of shape [3, 2]"));
  EXPECT_THAT(rejection({{"fc.weight", at::zeros({3, 2})}, {"fc.bias", at::zeros({3}, at::kLong)}}),
              HasSubstr("its tensor fc.bias is Long of shape [3]"));
  EXPECT_TRUE(parameters[0].tensor.equal(before)) << "nothing is copied from a file that does not fit";
  EXPECT_EQ(
      rejection({{"fc.weight", at::zeros({3, 2}, at::kHalf)}, {"fc.bias", at::zeros({3})}, {"more", at::zeros({1})}}),
      "");
  EXPECT_TRUE(parameters[0].tensor.equal(at::zeros({3, 2})));
  EXPECT_THAT(error_of([&] { load_pretrained(path, parameters, "ears."); }),
              HasSubstr("no parameter's name begins with \"ears.\""));
}

}  // namespace
}  // namespace atl::agent
