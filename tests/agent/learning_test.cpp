// Does the network follow language at all? Pictures with a red and a blue box, one left, one right; the instruction
// names one of them, and the action is to go to its side.
#include "agent/model.h"
#include "tests/agent/tiny.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace atl::agent {
namespace {

constexpr int kPictures = 6;
const std::vector<std::string> kTexts{"go to the red box", "go to the blue box"};

// Adam (Kingma & Ba 2014); the product's optimisers live above this folder.
class Adam {
 public:
  explicit Adam(const Model& model) : model_(model) {
    for (const NamedTensor& p : model.parameters()) {
      mean_.push_back(at::zeros_like(p.tensor));
      square_.push_back(at::zeros_like(p.tensor));
    }
  }

  void step(double rate) {
    const at::NoGradGuard no_grad;
    ++steps_;
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const at::Tensor& tensor = model_.parameters()[i].tensor;
      const at::Tensor gradient = tensor.grad();
      if (!gradient.defined()) continue;
      mean_[i].mul_(0.9).add_(gradient, 0.1);
      square_[i].mul_(0.99).addcmul_(gradient, gradient, 0.01);
      const at::Tensor scale = (square_[i] / (1.0 - std::pow(0.99, steps_))).sqrt_().add_(1e-8);
      tensor.addcdiv_(mean_[i], scale, -rate / (1.0 - std::pow(0.9, steps_)));
      gradient.zero_();
    }
  }

 private:
  const Model& model_;
  std::vector<at::Tensor> mean_;
  std::vector<at::Tensor> square_;
  int steps_ = 0;
};

struct Lesson {
  ModelInput input;
  at::Tensor keys;   // [B, 1, K, S, C]
  at::Tensor mouse;  // [B, 1, K, S]
};

bool red_is_left(int picture) { return picture % 2 == 0; }

// BGR of a box on a noisy ground.
void paint(const at::Tensor& frame_HWC, int column, bool red) {
  const at::Tensor box = frame_HWC.narrow(0, 12, 12).narrow(1, column, 12);
  box.fill_(0);
  box.select(2, red ? 2 : 0).fill_(255);
}

Lesson make_lesson(const Tokenizer& tokenizer) {
  Lesson lesson;
  lesson.input.frames_BTHWC = tiny::random_frames(kPictures, 1, 9);
  lesson.input.tokens_BKL = tiny::tokens(tokenizer, kPictures, kTexts);
  lesson.keys = at::zeros({kPictures, 1, 2, 8, 2}, at::kFloat);
  lesson.mouse = at::zeros({kPictures, 1, 2, 8}, at::kLong);
  for (int i = 0; i < kPictures; ++i) {
    paint(lesson.input.frames_BTHWC[i][0], 6, red_is_left(i));
    paint(lesson.input.frames_BTHWC[i][0], 30, !red_is_left(i));
    for (int k = 0; k < 2; ++k) {
      const bool left = red_is_left(i) == (k == 0);
      lesson.keys[i][0][k].select(1, left ? 0 : 1).fill_(1.0);
      lesson.mouse[i][0][k].fill_(left ? 0 : 4);
    }
  }
  return lesson;
}

at::Tensor loss_of(const ModelOutput& out, const Lesson& lesson) {
  const at::Tensor keys = at::binary_cross_entropy_with_logits(out.key_logits, lesson.keys);
  return keys + at::cross_entropy_loss(out.mouse_x_logits.flatten(0, 3), lesson.mouse.flatten());
}

double train(Model& model, const Lesson& lesson, int steps, double rate = 3e-3) {
  Adam adam(model);
  double loss = 0.0;
  for (int i = 0; i < steps; ++i) {
    const at::Tensor value = loss_of(model.forward(lesson.input), lesson);
    loss = value.item<double>();
    value.backward();
    adam.step(rate);
  }
  return loss;
}

// Of all pictures, instructions and steps: how often the more likely key is the one for the side that `k` names.
double agreement(const Model& model, const Lesson& lesson) {
  const at::NoGradGuard no_grad;
  const at::Tensor chosen = model.forward(lesson.input).key_logits.argmax(4);
  return chosen.eq(lesson.keys.argmax(4)).to(at::kFloat).mean().item<double>();
}

class Grounding : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Kinds, Grounding, testing::Values("words", "cross_attention"));

TEST_P(Grounding, LearnsByHeartAndNeedsTheInstruction) {
  const Tokenizer tokenizer = tiny::tokenizer();
  const Lesson lesson = make_lesson(tokenizer);
  ModelConfig config = tiny::config();
  config.grounding = GetParam();
  config.text_layers = config.grounding == "words" ? 0 : 1;
  Model model(config, tiny::contract(), tokenizer.vocabulary_size(), 3);
  EXPECT_LT(train(model, lesson, 200), 0.02);
  EXPECT_EQ(agreement(model, lesson), 1.0);

  // The other instruction, the other action.
  Lesson swapped = lesson;
  swapped.input.tokens_BKL = tiny::tokens(tokenizer, kPictures, {kTexts[1], kTexts[0]});
  EXPECT_EQ(agreement(model, swapped), 0.0);

  // The same network without words cannot know which box: what is left is a coin's entropy for keys and for the mouse.
  Lesson blank = lesson;
  blank.input.tokens_BKL = tiny::tokens(tokenizer, kPictures, {"", ""});
  Model deaf(config, tiny::contract(), tokenizer.vocabulary_size(), 3);
  EXPECT_GT(train(deaf, blank, 200), 2 * std::log(2.0) - 0.01);
}

TEST(Autoregression, TellsTheMouseWhatTheKeysDo) {
  // Keys by a coin, the mouse always to the side of the key: without the condition a coin's entropy is left.
  const Tokenizer tokenizer = tiny::tokenizer();
  for (const bool conditions : {false, true}) {
    Lesson lesson = make_lesson(tokenizer);
    lesson.input.tokens_BKL = tiny::tokens(tokenizer, kPictures, {"", ""});
    lesson.input.controls_BTKSC = lesson.keys;
    ModelConfig config = tiny::config();
    config.autoregressive = conditions;
    Model model(config, tiny::contract(), tokenizer.vocabulary_size(), 3);
    train(model, lesson, 200, 1e-2);
    const ModelOutput out = model.forward(lesson.input);
    const double mouse =
        at::cross_entropy_loss(out.mouse_x_logits.flatten(0, 3), lesson.mouse.flatten()).item<double>();
    if (conditions)
      EXPECT_LT(mouse, 0.2);
    else
      EXPECT_GT(mouse, 0.68);
  }
}

}  // namespace
}  // namespace atl::agent
