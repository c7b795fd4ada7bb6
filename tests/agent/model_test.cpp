#include "agent/model.h"

#include "core/error.h"
#include "tests/agent/tiny.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::agent {
namespace {

using tiny::random_frames;

const std::vector<std::string> kTexts{"go to the red box", "pick up the red ball", ""};

double largest_difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

struct Variant {
  const char* grounding;
  int text_layers;
  int memory_steps;
  int memory_layers;
  bool autoregressive;
  bool pool_content = true;
  int roles = 1;
  int fusion_layers = 0;
  bool pages = false;
  int video_steps = 0;
  int video_layers = 1;
};

PolicyContract contract_of(const Variant& v) { return v.pages ? tiny::pages() : tiny::contract(); }

ModelConfig with(const Variant& v) {
  ModelConfig config = tiny::config();
  config.grounding = v.grounding;
  config.text_layers = v.text_layers;
  config.memory_steps = v.memory_steps;
  config.memory_layers = v.memory_layers;
  config.autoregressive = v.autoregressive;
  config.pool_content = v.pool_content;
  config.roles = v.roles;
  config.fusion_layers = v.fusion_layers;
  config.fusion_heads = 2;
  config.video_steps = v.video_steps;
  config.video_layers = v.video_layers;
  return config;
}

class EveryModel : public testing::TestWithParam<Variant> {};

INSTANTIATE_TEST_SUITE_P(Variants, EveryModel,
                         testing::Values(Variant{"words", 0, 0, 1, false}, Variant{"words", 1, 5, 2, false, false},
                                         Variant{"cross_attention", 0, 3, 1, true},
                                         Variant{"cross_attention", 2, 20, 1, false},
                                         Variant{"words", 1, 0, 1, false, true, 2},
                                         Variant{"words", 1, 3, 1, true, true, 2, 2},
                                         Variant{"cross_attention", 1, 3, 1, false, false, 1, 2},
                                         Variant{"words", 1, 3, 1, true, true, 2, 0, true},
                                         Variant{"cross_attention", 1, 0, 1, false, false, 1, 0, true},
                                         Variant{"words", 0, 3, 1, true, false, 1, 2, true},
                                         Variant{"words", 0, 0, 1, false, true, 1, 0, false, 3},
                                         Variant{"cross_attention", 1, 3, 2, true, false, 1, 2, false, 2, 3}));

TEST_P(EveryModel, AnswersInTheDocumentedShapes) {
  const Tokenizer tokenizer = tiny::tokenizer();
  const Model model(with(GetParam()), contract_of(GetParam()), tokenizer.vocabulary_size(), 1);
  ModelInput input;
  input.frames_BTHWC = random_frames(2, 4, 1);
  input.tokens_BKL = tiny::tokens(tokenizer, 2, kTexts);
  input.want_word_logits = true;
  const ModelOutput out = model.forward(input);
  const std::int64_t patches = model.grid().num_patches();
  EXPECT_EQ(patches, 6 * 4);
  EXPECT_EQ(out.key_logits.sizes(), (at::IntArrayRef{2, 4, 3, 8, 2}));
  EXPECT_EQ(out.mouse_x_logits.sizes(), (at::IntArrayRef{2, 4, 3, 8, 5}));
  EXPECT_EQ(out.mouse_y_logits.sizes(), (at::IntArrayRef{2, 4, 3, 8, 5}));
  ASSERT_EQ(out.wheel_logits.defined(), GetParam().pages);
  ASSERT_EQ(out.pointer_logits.defined(), GetParam().pages);
  if (GetParam().pages) {
    EXPECT_EQ(out.wheel_logits.sizes(), (at::IntArrayRef{2, 4, 3, 8, 5}));
    EXPECT_EQ(out.pointer_logits.sizes(), (at::IntArrayRef{2, 4, 3, 8, 1 + patches * 4}));
    EXPECT_EQ(out.pointer_keys.sizes(), (at::IntArrayRef{2, 4, 1 + patches * 4, 16}));
  }
  EXPECT_EQ(out.goal_logit.sizes(), (at::IntArrayRef{2, 4, 3}));
  EXPECT_EQ(out.patch_scores.sizes(), (at::IntArrayRef{2, 4, 3, patches}));
  EXPECT_EQ(out.role_scores.sizes(), (at::IntArrayRef{2, 4, 3, GetParam().roles, patches}));
  const bool by_word = std::string(GetParam().grounding) == "words";
  EXPECT_EQ(out.word_logits.sizes(), (at::IntArrayRef{2, 4, 3, by_word ? 6 : 1, patches}));
  EXPECT_TRUE((out.patch_scores.select(2, 0) < 0).all().item<bool>());
  EXPECT_TRUE((out.patch_scores.select(2, 2) == 0).all().item<bool>());  // nothing was asked for
}

TEST_P(EveryModel, OneStepAtATimeEqualsTheWholeWindow) {
  const Tokenizer tokenizer = tiny::tokenizer();
  Model model(with(GetParam()), contract_of(GetParam()), tokenizer.vocabulary_size(), 1);
  tiny::shake(model);
  const at::NoGradGuard no_grad;
  ModelInput whole;
  whole.frames_BTHWC = random_frames(2, 12, 2);
  whole.tokens_BKL = tiny::tokens(tokenizer, 2, kTexts);
  const ModelOutput expected = model.forward(whole);
  MemoryState memory;
  for (int t = 0; t < 12; ++t) {
    ModelInput step = whole;
    step.frames_BTHWC = whole.frames_BTHWC.narrow(1, t, 1);
    step.memory = memory;
    ModelOutput out = model.forward(step);
    memory = std::move(out.memory);
    EXPECT_LE(largest_difference(out.key_logits, expected.key_logits.narrow(1, t, 1)), 1e-5) << t;
    EXPECT_LE(largest_difference(out.mouse_x_logits, expected.mouse_x_logits.narrow(1, t, 1)), 1e-5) << t;
    EXPECT_LE(largest_difference(out.goal_logit, expected.goal_logit.narrow(1, t, 1)), 1e-5) << t;
    if (GetParam().pages) {
      EXPECT_LE(largest_difference(out.pointer_logits, expected.pointer_logits.narrow(1, t, 1)), 1e-5) << t;
    }
  }
}

TEST_P(EveryModel, EveryParameterGetsAGradient) {
  const Tokenizer tokenizer = tiny::tokenizer();
  Model model(with(GetParam()), contract_of(GetParam()), tokenizer.vocabulary_size(), 1);
  tiny::shake(model);
  ModelInput input;
  input.frames_BTHWC = random_frames(2, 3, 3);
  input.tokens_BKL = tiny::tokens(tokenizer, 2, kTexts);
  input.controls_BTKSC = at::zeros({2, 3, 3, 8, 2}, at::kFloat) + 1.0;
  input.mouse_x_BTKS = input.mouse_y_BTKS = input.wheel_BTKS = at::zeros({2, 3, 3, 8}, at::kLong);
  const ModelOutput out = model.forward(input);
  at::Tensor loss = out.key_logits.square().mean() + out.mouse_x_logits.square().mean() +
                    out.mouse_y_logits.square().mean() + out.goal_logit.square().mean() + out.role_scores.mean();
  if (GetParam().pages) loss = loss + out.wheel_logits.square().mean() + out.pointer_logits.square().mean();
  loss.backward();
  for (const NamedTensor& p : model.parameters()) {
    ASSERT_TRUE(p.tensor.grad().defined()) << p.name;
    EXPECT_GT(p.tensor.grad().abs().sum().item<double>(), 0.0) << p.name;
  }
}

// In the order keys, mouse x, mouse y, wheel, pointer each part knows those before it and no others.
TEST(Model, PartsAreConditionedOnThoseBefore) {
  const at::NoGradGuard no_grad;
  const Tokenizer tokenizer = tiny::tokenizer();
  for (const int fusion_layers : {0, 2}) {
    Model model(with({"words", 0, 0, 1, true, true, 1, fusion_layers}), tiny::pages(), tokenizer.vocabulary_size(), 1);
    tiny::shake(model);
    ModelInput input;
    input.frames_BTHWC = random_frames(1, 2, 3);
    input.tokens_BKL = tiny::tokens(tokenizer, 1, kTexts);
    input.controls_BTKSC = at::zeros({1, 2, 3, 8, 2});
    for (at::Tensor* part : {&input.mouse_x_BTKS, &input.mouse_y_BTKS, &input.wheel_BTKS})
      *part = at::zeros({1, 2, 3, 8}, at::kLong);
    const auto logits = [&] {
      const ModelOutput out = model.forward(input);
      return std::vector<at::Tensor>{out.key_logits, out.mouse_x_logits, out.mouse_y_logits, out.wheel_logits,
                                     out.pointer_logits};
    };
    const std::vector<at::Tensor> before = logits();
    const std::vector<at::Tensor*> parts{&input.controls_BTKSC, &input.mouse_x_BTKS, &input.mouse_y_BTKS,
                                         &input.wheel_BTKS};
    for (std::size_t changed = 0; changed < parts.size(); ++changed) {
      at::Tensor& part = *parts[changed];
      const at::Tensor was = part.clone();
      part.select(1, 1).select(2, 3).fill_(1);  // of one action of one picture
      const std::vector<at::Tensor> after = logits();
      for (std::size_t i = 0; i < after.size(); ++i) {
        const bool may_know = i > changed || (changed == 0 && i == 0);  // keys know those before them
        EXPECT_EQ(largest_difference(before[i], after[i]) > 1e-6, may_know) << changed << " to " << i;
        EXPECT_EQ(largest_difference(before[i].select(1, 0), after[i].select(1, 0)), 0.0) << "another picture";
        EXPECT_EQ(largest_difference(before[i].select(3, 2), after[i].select(3, 2)), 0.0) << "another action";
      }
      part = was;
    }
  }
}

// Contracts without wheel and pointer cost nothing: the same parameters in the same order, the same bits.
TEST(Model, WithoutWheelAndPointerIsAsBeforeThem) {
  ModelConfig config = tiny::config();
  config.autoregressive = true;
  const Model games(config, tiny::contract(), 10, 1);
  for (const NamedTensor& p : games.parameters())
    EXPECT_FALSE(p.name.starts_with("wheel.") || p.name.starts_with("pointer.")) << p.name;
  PolicyContract pointing = tiny::contract();
  pointing.pointer = "patches";
  const Model pages(config, pointing, 10, 1);
  EXPECT_EQ(pages.parameters().size(), games.parameters().size() + 10U);
  TensorMap of_pages = pages.state();
  for (const NamedTensor& p : games.parameters())
    EXPECT_TRUE(p.tensor.equal(of_pages.at(p.name))) << p.name << ": drawn before the pointer's";
}

// A batch is as long as its longest instruction, a live step as its own.
TEST(Model, AnswersDoNotDependOnHowLongInstructionsArePadded) {
  const at::NoGradGuard no_grad;
  const Tokenizer tokenizer = tiny::tokenizer();
  for (const int fusion_layers : {0, 2}) {
    ModelConfig config = tiny::config();
    config.fusion_layers = fusion_layers;
    config.text_layers = 1;
    const Model model(config, tiny::contract(), tokenizer.vocabulary_size(), 1);
    ModelInput input;
    input.frames_BTHWC = random_frames(1, 1, 3);
    input.tokens_BKL = tiny::tokens(tokenizer, 1, kTexts);
    const at::Tensor padded = model.forward(input).key_logits;
    input.tokens_BKL = input.tokens_BKL.narrow(2, 0, input.tokens_BKL.size(2) - 1);
    EXPECT_LE(largest_difference(padded, model.forward(input).key_logits), 1e-6) << fusion_layers;
  }
}

// Nor does what they teach, those without words among them.
TEST(Model, GradientsDoNotDependOnHowLongInstructionsArePadded) {
  const Tokenizer tokenizer = tiny::tokenizer();
  ModelConfig config = tiny::config();
  config.fusion_layers = config.text_layers = 1;
  const Model model(config, tiny::contract(), tokenizer.vocabulary_size(), 1);
  const auto gradients = [&](std::int64_t cut) {
    ModelInput input;
    input.frames_BTHWC = random_frames(1, 1, 3);
    input.tokens_BKL = tiny::tokens(tokenizer, 1, {"go to the red box", ""});
    input.tokens_BKL = input.tokens_BKL.narrow(2, 0, input.tokens_BKL.size(2) - cut);
    for (const NamedTensor& p : model.parameters()) p.tensor.mutable_grad().reset();
    model.forward(input).key_logits.square().mean().backward();
    std::vector<at::Tensor> all;
    for (const NamedTensor& p : model.parameters())
      all.push_back(p.tensor.grad().defined() ? p.tensor.grad() : at::zeros_like(p.tensor));
    return all;
  };
  const std::vector<at::Tensor> padded = gradients(0);
  const std::vector<at::Tensor> shorter = gradients(1);
  for (std::size_t i = 0; i < padded.size(); ++i)
    EXPECT_LE(largest_difference(padded[i], shorter[i]), 1e-6) << model.parameters()[i].name;
}

TEST(Model, AChunkMayBeOneActionWithPointer) {
  const at::NoGradGuard no_grad;
  const Tokenizer tokenizer = tiny::tokenizer();
  PolicyContract contract = tiny::pages();
  contract.chunk_actions = contract.actions_per_policy_step = 1;
  for (const int fusion_layers : {0, 1}) {
    ModelConfig config = tiny::config();
    config.fusion_layers = fusion_layers;
    const Model model(config, contract, tokenizer.vocabulary_size(), 1);
    ModelInput input;
    input.frames_BTHWC = random_frames(2, 3, 3);
    input.tokens_BKL = tiny::tokens(tokenizer, 2, kTexts);
    const ModelOutput out = model.forward(input);
    const std::vector<std::int64_t> expected{2, 3, static_cast<std::int64_t>(kTexts.size()), 1,
                                             1 + 24 * contract.pointer_cells * contract.pointer_cells};
    EXPECT_EQ(out.pointer_logits.sizes().vec(), expected) << fusion_layers;
  }
}

// The words decide where to at first: a patch is likelier by as much as it agrees with them.
TEST(Model, ThePointerGoesWhereTheWordsPoint) {
  const at::NoGradGuard no_grad;
  const Tokenizer tokenizer = tiny::tokenizer();
  Model model(tiny::config(), tiny::pages(), tokenizer.vocabulary_size(), 1);
  TensorMap state = model.state();
  state.at("pointer.query.weight").zero_();
  state.at("pointer.query.bias").zero_();
  ModelInput input;
  input.frames_BTHWC = random_frames(2, 1, 3);
  input.tokens_BKL = tiny::tokens(tokenizer, 2, kTexts);
  const ModelOutput out = model.forward(input);
  const at::Tensor cells = out.pointer_logits.narrow(4, 1, 24 * 4).unflatten(4, {24, 4});
  EXPECT_LE(largest_difference(cells, out.patch_scores.unsqueeze(3).unsqueeze(5).expand_as(cells)), 1e-6);
  EXPECT_EQ(out.pointer_logits.select(4, 0).abs().max().item<double>(), 0.0);
}

TEST(Model, RecomputedLayersGiveTheSameGradients) {
  const Tokenizer tokenizer = tiny::tokenizer();
  const Model model(with({"words", 1, 3, 1, false, true, 2, 3}), tiny::contract(), tokenizer.vocabulary_size(), 1);
  ModelInput input;
  input.frames_BTHWC = random_frames(2, 3, 3);
  input.tokens_BKL = tiny::tokens(tokenizer, 2, kTexts);
  const auto gradients = [&](bool recompute) {
    input.recompute = recompute;
    const ModelOutput out = model.forward(input);
    (out.key_logits.square().mean() + out.mouse_y_logits.square().mean() + out.goal_logit.mean()).backward();
    std::vector<at::Tensor> all;
    for (const NamedTensor& p : model.parameters()) {
      all.push_back(p.tensor.grad().defined() ? p.tensor.grad().clone() : at::zeros_like(p.tensor));
      p.tensor.mutable_grad().reset();
    }
    return all;
  };
  const std::vector<at::Tensor> kept = gradients(false);
  const std::vector<at::Tensor> again = gradients(true);
  double sum = 0.0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_LE(largest_difference(again[i], kept[i]), 1e-6) << model.parameters()[i].name;
    if (model.parameters()[i].name.starts_with("fusion.")) sum += kept[i].abs().sum().item<double>();
  }
  EXPECT_GT(sum, 0.0);
}

TEST(Model, MemoryReachesBackAndNoFurther) {
  ModelConfig config = with({"words", 0, 3, 1, false});
  const Tokenizer tokenizer = tiny::tokenizer();
  Model model(config, tiny::contract(), tokenizer.vocabulary_size(), 1);
  tiny::shake(model);
  const at::NoGradGuard no_grad;
  ModelInput input;
  input.frames_BTHWC = random_frames(1, 6, 4);
  input.tokens_BKL = tiny::tokens(tokenizer, 1, {"go to the red box"});
  const at::Tensor before = model.forward(input).key_logits.clone();
  input.frames_BTHWC.select(1, 1).fill_(0);  // step 1 looks different: steps 1 to 4 can know, 0 and 5 cannot
  const at::Tensor after = model.forward(input).key_logits;
  for (int t = 0; t < 6; ++t) {
    const double difference = largest_difference(before.select(1, t), after.select(1, t));
    if (t >= 1 && t <= 4)
      EXPECT_GT(difference, 1e-6) << t;
    else
      EXPECT_EQ(difference, 0.0) << t;
  }
}

TEST(Model, WordsAreMatchedAfterTheBlockThatTheConfigNames) {
  for (const int after : {0, 1, -1}) {
    ModelConfig config = tiny::config();  // one block
    config.keys_after_block = after;
    const Tokenizer tokenizer = tiny::tokenizer();
    const Model model(config, tiny::contract(), tokenizer.vocabulary_size(), 1);
    ModelInput input;
    input.frames_BTHWC = random_frames(2, 1, 3);
    input.tokens_BKL = tiny::tokens(tokenizer, 2, kTexts);
    model.forward(input).patch_scores.sum().backward();
    for (const NamedTensor& p : model.parameters()) {
      if (p.name != "encoder.block0.first.weight") continue;
      EXPECT_EQ(p.tensor.grad().defined(), after != 0) << after;
    }
  }
}

TEST(Model, SeedDecidesTheParameters) {
  const auto first = [](std::uint64_t seed) {
    return Model(tiny::config(), tiny::contract(), 10, seed).parameters().front().tensor.detach().clone();
  };
  EXPECT_TRUE(first(1).equal(first(1)));
  EXPECT_FALSE(first(1).equal(first(2)));
}

TEST(Model, RefusesWhatDoesNotFit) {
  const auto message = [](auto&& action) -> std::string {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  ModelConfig odd = tiny::config();
  odd.patch_channels = 20;
  odd.memory_steps = 4;
  odd.memory_heads = 3;
  EXPECT_THAT(message([&] { Model(odd, tiny::contract(), 10, 1); }),
              testing::AllOf(testing::HasSubstr("patch_channels = 20, expected a multiple of 8"),
                             testing::HasSubstr("memory_width = 16, expected a multiple of 3")));
  Model model(tiny::config(), tiny::contract(), 10, 1);
  TensorMap state = model.state();
  state.erase("policy.goal.bias");
  EXPECT_THAT(message([&] { model.load_state(state); }), testing::HasSubstr("lack the tensor policy.goal.bias"));
  state = model.state();
  state["extra"] = at::zeros({1});
  EXPECT_THAT(message([&] { model.load_state(state); }), testing::HasSubstr("a tensor extra"));
  state = model.state();
  state["policy.goal.bias"] = at::zeros({3});
  EXPECT_THAT(message([&] { model.load_state(state); }), testing::HasSubstr("has shape [3], the model expects [1]"));
  ModelInput input;
  input.frames_BTHWC = at::zeros({1, 1, 72, 96, 4}, at::kByte);
  input.tokens_BKL = at::zeros({1, 1, 6}, at::kLong);
  EXPECT_THAT(message([&] { static_cast<void>(model.forward(input)); }),
              testing::HasSubstr("frames of shape [1, 1, 72, 96, 4], expected uint8 [B, T >= 1, 32, 48, 4]"));
}

}  // namespace
}  // namespace atl::agent
