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
  PolicyContract contract = tiny::pages();
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

// Logits of one answer, as a model's.
struct Answer {
  at::Tensor keys_SC;
  at::Tensor x_SM;
  at::Tensor y_SM;
  at::Tensor wheel_SW;
  at::Tensor pointer_SL;
  at::Tensor pointer_keys_LQ;
};

Answer random_answer(ParameterFactory& factory, const Model& model) {
  const ActionSizes& sizes = model.action_sizes();
  const auto normal = [&](std::int64_t rows, std::int64_t width) {
    return factory.normal("logits", {rows, width}, 1.0);
  };
  return {normal(8, sizes.controls),
          normal(8, sizes.bins),
          normal(8, sizes.bins),
          normal(8, sizes.wheel),
          normal(8, sizes.pointer.num_classes()),
          normal(sizes.pointer.num_classes(), model.config().query_width)};
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
std::vector<ActionParts> draw_by_tensors(const Model& model, const Answer& answer, Temperatures temperatures,
                                         Random& random) {
  const auto [of_keys, temperature] = temperatures;
  const auto& [keys_SC, x_SM, y_SM, wheel_SW, pointer_SL, pointer_keys_LQ] = answer;
  const bool given = model.config().autoregressive;
  std::vector<ActionParts> steps(static_cast<std::size_t>(keys_SC.size(0)));
  at::Tensor on = at::zeros_like(keys_SC);
  for (std::int64_t s = 0; s < keys_SC.size(0); ++s) {
    for (std::int64_t i = 0; i < keys_SC.size(1); ++i) {
      double logit = keys_SC[s][i].item<double>();
      if (given) logit += model.keys_given(on[s])[i].item<double>();
      const bool is_on = of_keys == 0.0 ? logit > 0.0 : random.uniform() < 1.0 / (1.0 + std::exp(-logit / of_keys));
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
  GivenParts parts{.controls = on, .mouse_x = drawn, .mouse_y = at::zeros_like(drawn), .wheel = at::zeros_like(drawn)};
  for (std::int64_t s = 0; s < keys_SC.size(0); ++s) {
    steps[static_cast<std::size_t>(s)].mouse_y = draw_bin(y[s], temperature, random);
    parts.mouse_y[s].fill_(steps[static_cast<std::size_t>(s)].mouse_y);
  }
  const at::Tensor wheel = given ? wheel_SW + model.wheel_given(parts) : wheel_SW;
  for (std::int64_t s = 0; s < keys_SC.size(0); ++s) {
    const int place = draw_bin(wheel[s], temperature, random);
    parts.wheel[s].fill_(place);
    steps[static_cast<std::size_t>(s)].wheel = place - model.action_sizes().wheel_max();
  }
  const at::Tensor pointer =
      given ? pointer_SL + model.pointer_query_given(parts).matmul(pointer_keys_LQ.t()) : pointer_SL;
  for (std::int64_t s = 0; s < keys_SC.size(0); ++s)
    steps[static_cast<std::size_t>(s)].pointer = draw_bin(pointer[s], temperature, random);
  return steps;
}

std::span<const float> span_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

std::vector<ActionParts> draw_plainly(const ActionDraw& draw, const Answer& answer, bool autoregressive,
                                      Random& random) {
  const at::Tensor keys_QL = answer.pointer_keys_LQ.t().contiguous();
  AnswerLogits logits{.keys_SC = span_of(answer.keys_SC),
                      .mouse_x_SM = span_of(answer.x_SM),
                      .mouse_y_SM = span_of(answer.y_SM),
                      .wheel_SW = span_of(answer.wheel_SW),
                      .pointer_SL = span_of(answer.pointer_SL)};
  if (autoregressive) logits.pointer_keys_QL = span_of(keys_QL);
  return draw(logits, random);
}

class Drawing : public ::testing::TestWithParam<bool> {};

TEST_P(Drawing, IsWhatTheModelsTensorsSayBitByBit) {
  const at::NoGradGuard no_grad;
  const PolicyContract contract = many_controls();
  const Model model = shaken(contract, GetParam());
  ParameterFactory factory(9);
  for (const Temperatures temperatures : {Temperatures{0.0, 0.0}, Temperatures{0.5, 0.5}, Temperatures{1.0, 1.0},
                                          Temperatures{1.0, 0.25}, Temperatures{0.0, 1.0}}) {
    const ActionDraw draw(model, contract, temperatures);
    Random random(3);
    Random of_tensors(3);
    for (int i = 0; i < 40; ++i) {
      const Answer answer = random_answer(factory, model);
      EXPECT_EQ(draw_plainly(draw, answer, GetParam(), random),
                draw_by_tensors(model, answer, temperatures, of_tensors))
          << "answer " << i << " at temperatures " << temperatures.keys << " and " << temperatures.rest;
    }
    EXPECT_EQ(random(), of_tensors()) << "as many numbers were drawn";
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndAutoregressive, Drawing, ::testing::Bool());

TEST(ActionDraw, WhatIsGivenChangesWhatIsDrawn) {
  const at::NoGradGuard no_grad;
  const PolicyContract contract = many_controls();
  const ActionDraw plain(shaken(contract, false), contract, {});
  const ActionDraw given(shaken(contract, true), contract, {});
  ParameterFactory factory(9);
  const Answer answer = random_answer(factory, shaken(contract, true));
  Random random(3);
  Random same(3);
  EXPECT_NE(draw_plainly(plain, answer, false, random), draw_plainly(given, answer, true, same));
}

// At temperature 1 classes come as often as their logits say, given what was drawn of the same action before.
TEST(ActionDraw, DrawsAsOftenAsTheLogitsSay) {
  const at::NoGradGuard no_grad;
  const PolicyContract contract = many_controls();
  const Model model = shaken(contract, true);
  const ActionDraw draw(model, contract, {.keys = 1.0, .rest = 1.0});
  ParameterFactory factory(9);
  const Answer answer = random_answer(factory, model);
  Random random(3);
  const int places = model.action_sizes().pointer.num_classes();
  std::vector<double> seen(static_cast<std::size_t>(places));
  std::vector<double> expected(seen.size());
  std::vector<double> variance(seen.size());
  for (int i = 0; i < 2000; ++i) {
    const std::vector<ActionParts> steps = draw_plainly(draw, answer, true, random);
    GivenParts given{.controls = at::zeros({8, 8}),
                     .mouse_x = at::zeros({8}, at::kLong),
                     .mouse_y = at::zeros({8}, at::kLong),
                     .wheel = at::zeros({8}, at::kLong)};
    for (std::size_t s = 0; s < steps.size(); ++s) {
      for (std::size_t c = 0; c < 8; ++c)
        given.controls.mutable_data_ptr<float>()[s * 8 + c] = steps[s].controls.test(c) ? 1.0F : 0.0F;
      given.mouse_x.mutable_data_ptr<std::int64_t>()[s] = steps[s].mouse_x;
      given.mouse_y.mutable_data_ptr<std::int64_t>()[s] = steps[s].mouse_y;
      given.wheel.mutable_data_ptr<std::int64_t>()[s] = steps[s].wheel + model.action_sizes().wheel_max();
      ++seen[static_cast<std::size_t>(steps[s].pointer)];
    }
    const at::Tensor likely =
        (answer.pointer_SL + model.pointer_query_given(given).matmul(answer.pointer_keys_LQ.t())).softmax(1);
    for (std::int64_t n = 0; n < likely.numel(); ++n) {
      const double p = static_cast<double>(likely.const_data_ptr<float>()[n]);
      expected[static_cast<std::size_t>(n % places)] += p;
      variance[static_cast<std::size_t>(n % places)] += p * (1 - p);
    }
  }
  for (std::size_t place = 0; place < seen.size(); ++place)
    EXPECT_LE(std::abs(seen[place] - expected[place]), 4.5 * std::sqrt(variance[place]) + 1.0) << place;
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
