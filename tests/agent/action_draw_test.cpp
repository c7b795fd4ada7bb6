#include "agent/action_draw.h"

#include "agent/text_encoder.h"
#include "tests/agent/tiny.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <cmath>

namespace atl::agent {
namespace {

PolicyContract many_controls() {
  PolicyContract contract = tiny::contract();
  contract.controls = {"a", "d", "w", "s", "space", "e", "mouse_left", "mouse_right"};
  contract.mouse_bins = 11;
  return contract;
}

Model shaken(const PolicyContract& contract, bool autoregressive) {
  ModelConfig config = tiny::config();
  config.autoregressive = autoregressive;
  Model model(config, contract, tiny::tokenizer().vocabulary_size(), 1);
  tiny::shake(model);
  tiny::shake(model);  // so that what is given matters
  return model;
}

int draw_bin(const at::Tensor& logits, double temperature, Random& random) {
  const auto best = logits.argmax().item<std::int64_t>();
  if (temperature == 0.0) return static_cast<int>(best);
  const at::Tensor weights = (logits - logits[best]).to(at::kDouble).div(temperature).exp();
  double place = random.uniform() * weights.sum().item<double>();
  for (std::int64_t i = 0; i + 1 < weights.size(0); ++i) {
    place -= weights[i].item<double>();
    if (place < 0.0) return static_cast<int>(i);
  }
  return static_cast<int>(weights.size(0)) - 1;
}

// The same by the model's own functions, tensor by tensor.
std::vector<ActionParts> draw_by_tensors(const Model& model, const at::Tensor& keys_SC, const at::Tensor& x_SM,
                                         const at::Tensor& y_SM, double temperature, Random& random) {
  const bool given = model.config().autoregressive;
  std::vector<ActionParts> steps(static_cast<std::size_t>(keys_SC.size(0)));
  at::Tensor on = at::zeros_like(keys_SC);
  for (std::int64_t s = 0; s < keys_SC.size(0); ++s) {
    for (std::int64_t i = 0; i < keys_SC.size(1); ++i) {
      double logit = keys_SC[s][i].item<double>();
      if (given) logit += model.keys_given(on[s])[i].item<double>();
      const bool is_on =
          temperature == 0.0 ? logit > 0.0 : random.uniform() < 1.0 / (1.0 + std::exp(-logit / temperature));
      steps[static_cast<std::size_t>(s)].controls.set(static_cast<std::size_t>(i), is_on);
      on[s][i].fill_(is_on ? 1.0 : 0.0);
    }
  }
  const at::Tensor x = given ? x_SM + model.mouse_x_given(on) : x_SM;
  at::Tensor drawn = at::zeros({keys_SC.size(0)}, at::kLong);
  for (std::int64_t s = 0; s < keys_SC.size(0); ++s) {
    steps[static_cast<std::size_t>(s)].mouse_x = draw_bin(x[s], temperature, random);
    drawn[s].fill_(steps[static_cast<std::size_t>(s)].mouse_x);
  }
  const at::Tensor y = given ? y_SM + model.mouse_y_given(on, drawn) : y_SM;
  for (std::int64_t s = 0; s < keys_SC.size(0); ++s)
    steps[static_cast<std::size_t>(s)].mouse_y = draw_bin(y[s], temperature, random);
  return steps;
}

std::span<const float> span_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

class Drawing : public ::testing::TestWithParam<bool> {};

TEST_P(Drawing, IsWhatTheModelsTensorsSayBitByBit) {
  const at::NoGradGuard no_grad;
  const PolicyContract contract = many_controls();
  const Model model = shaken(contract, GetParam());
  ParameterFactory factory(9);
  for (const double temperature : {0.0, 0.5, 1.0}) {
    const ActionDraw draw(model, contract, temperature);
    Random random(3);
    Random of_tensors(3);
    for (int answer = 0; answer < 40; ++answer) {
      const at::Tensor keys = factory.normal("keys", {8, 8}, 1.0);
      const at::Tensor x = factory.normal("x", {8, 11}, 1.0);
      const at::Tensor y = factory.normal("y", {8, 11}, 1.0);
      EXPECT_EQ(draw({span_of(keys), span_of(x), span_of(y)}, random),
                draw_by_tensors(model, keys, x, y, temperature, of_tensors))
          << "answer " << answer << " at temperature " << temperature;
    }
    EXPECT_EQ(random(), of_tensors()) << "as many numbers were drawn";
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndAutoregressive, Drawing, ::testing::Bool());

TEST(ActionDraw, WhatIsGivenChangesWhatIsDrawn) {
  const at::NoGradGuard no_grad;
  const PolicyContract contract = many_controls();
  const ActionDraw plain(shaken(contract, false), contract, 0.5);
  const ActionDraw given(shaken(contract, true), contract, 0.5);
  ParameterFactory factory(9);
  const at::Tensor keys = factory.normal("keys", {8, 8}, 1.0);
  const at::Tensor mouse = factory.normal("mouse", {8, 11}, 1.0);
  Random random(3);
  Random same(3);
  EXPECT_NE(plain({span_of(keys), span_of(mouse), span_of(mouse)}, random),
            given({span_of(keys), span_of(mouse), span_of(mouse)}, same));
}

TEST(Model, InstructionsThatWereReadBeforeGiveTheSameBits) {
  const at::NoGradGuard no_grad;
  ModelConfig config = tiny::config();
  config.text_layers = 1;
  const Model model(config, tiny::contract(), tiny::tokenizer().vocabulary_size(), 1);
  ModelInput input;
  input.frames_BTHWC = tiny::random_frames(1, 2, 3);
  input.tokens_BKL = tiny::tokens(tiny::tokenizer(), 1, {"go to the red box", ""});
  const ModelOutput read = model.forward(input);
  input.text = model.encode_text(input.tokens_BKL);
  const ModelOutput kept = model.forward(input);
  EXPECT_TRUE(read.key_logits.equal(kept.key_logits));
  EXPECT_TRUE(read.goal_logit.equal(kept.goal_logit));
  input.text = model.encode_text(tiny::tokens(tiny::tokenizer(), 1, {"pick up the red ball", ""}));
  EXPECT_FALSE(read.goal_logit.equal(model.forward(input).goal_logit)) << "it is what is used";
}

}  // namespace
}  // namespace atl::agent
