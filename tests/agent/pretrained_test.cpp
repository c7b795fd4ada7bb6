// The real weights that tools/weights.py fetches, compared with what onnxruntime, transformers and torch said about the
// packages' own files. Runs where ATOLL_WEIGHTS names the folder of converted weights.
#include "agent/pretrained.h"

#include "agent/bert.h"
#include "agent/efficientnet.h"
#include "agent/safetensors.h"
#include "agent/vit.h"
#include "agent/wordpiece.h"
#include "core/files.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace atl::agent {
namespace {

constexpr double kTolerance = 1e-4;

class PretrainedWeights : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("ATOLL_WEIGHTS");
    if (folder == nullptr)
      GTEST_SKIP() << "ATOLL_WEIGHTS names no folder of pretrained weights; tools/weights.py makes one";
    folder_ = folder;
  }

  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] const at::Tensor& stored(const std::string& name) const { return reference_.tensors.at(name); }

  void expect_stored(const at::Tensor& found, const std::string& name) const {
    ASSERT_EQ(found.sizes(), stored(name).sizes()) << name;
    EXPECT_LE((found - stored(name)).abs().max().item<double>(), kTolerance) << name;
  }

 private:
  at::NoGradGuard no_grad_;
  std::filesystem::path folder_;
  TensorFile reference_ = load_tensors("tests/agent/fixtures/pretrained.safetensors");
};

TEST_F(PretrainedWeights, EfficientNetLite0) {
  const at::Tensor picture = stored("input.picture").to(at::kFloat).unsqueeze(0);
  for (const int stride : {8, 16, 32}) {
    ParameterFactory factory(1);
    const EfficientNet net = make_efficientnet(factory, "eyes.", {.stride = stride});
    load_pretrained(file("efficientnet_lite0.safetensors"), factory.take(), "eyes.");
    const at::Tensor features = net((picture - EfficientNet::kMean) / EfficientNet::kDeviation);
    expect_stored(features, fmt::format("expected.efficientnet{}", stride));
  }
}

TEST_F(PretrainedWeights, VitS14) {
  const auto by_channel = [](std::span<const double> values) {
    return at::tensor(at::ArrayRef<double>(values.data(), values.size()), at::kFloat).view({1, 3, 1, 1});
  };
  const at::Tensor picture = stored("input.picture").to(at::kFloat).unsqueeze(0) / 255.0;
  ParameterFactory factory(1);
  const Vit vit = make_vit(factory, "eyes.", {});
  load_pretrained(file("vit_s14.safetensors"), factory.take(), "eyes.");
  expect_stored(vit((picture - by_channel(Vit::kMean)) / by_channel(Vit::kDeviation)), "expected.vit");
}

TEST_F(PretrainedWeights, MiniLm) {
  ParameterFactory factory(1);
  const Bert bert = make_bert(factory, "words.", {});
  load_pretrained(file("minilm.safetensors"), factory.take(), "words.");
  const at::Tensor& mask = stored("input.mask");
  const at::Tensor states = bert(stored("input.ids"), mask);
  expect_stored(masked_mean(states, mask), "expected.minilm_mean");
  const std::int64_t length = mask[0].sum().item<std::int64_t>();
  EXPECT_LE((states[0] - stored("expected.minilm_states")[0]).narrow(0, 0, length).abs().max().item<double>(),
            kTolerance);
}

TEST_F(PretrainedWeights, MiniLmWords) {
  const WordPiece tokenizer(read_text_file(file("minilm.vocab.txt")), "minilm.vocab.txt");
  EXPECT_EQ(tokenizer.vocabulary_size(), 30522);
  for (const auto& item : nlohmann::json::parse(read_text_file("tests/agent/fixtures/wordpiece.json"))) {
    EXPECT_EQ(tokenizer.encode(item.at("text").get<std::string>()), item.at("minilm").get<std::vector<std::int64_t>>())
        << item.at("text");
  }
}

}  // namespace
}  // namespace atl::agent
