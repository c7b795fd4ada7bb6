// Pretraining by the future: the loss, runs that learn from it and runs that begin from those (what it teaches:
// pretraining_test.cpp).
#include "trainer/future.h"

#include "agent/policy.h"
#include "agent/safetensors.h"
#include "core/error.h"
#include "gradients.h"
#include "support.h"
#include "trainer/replicas.h"
#include "trainer/start.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace atl::trainer {
namespace {

using testing::expect_gradient;
using ::testing::HasSubstr;
using testing::random_tensor;

// Two windows of three pictures with two patches, of which the second window has two pictures.
struct SmallCase {
  at::Tensor predicted = random_tensor({2, 3, 2, 4}, 1, -1, 1);
  at::Tensor compared = random_tensor({2, 3, 2, 4}, 2, -1, 1);
  at::Tensor seen = at::ones({2, 3}, at::kDouble);
  SmallCase() { seen[1][2].fill_(0); }
  [[nodiscard]] FutureGuesses guess(int steps = 1) const { return guess_future(predicted, compared, seen, steps); }
  [[nodiscard]] at::Tensor loss() const {
    const FutureGuesses guesses = guess();
    return (guesses.nats_BUP * guesses.weight_BU.unsqueeze(-1)).sum();
  }
  [[nodiscard]] double logit(std::pair<int, int> from, std::pair<int, int> to, int patch, int other) const {
    const at::Tensor a = predicted[from.first][from.second][patch];
    const at::Tensor b = compared[to.first][to.second][other];
    return ((a * b).sum() / (a.norm() * b.norm())).item<double>() / 0.1;
  }
};

TEST(GuessFuture, TellsTheRightPatchFromThoseOfItsPictureAndFromItselfInOthers) {
  const SmallCase c;
  const FutureGuesses guesses = c.guess();
  const std::vector<std::pair<int, int>> futures{{0, 1}, {0, 2}, {1, 1}};  // [1, 2] is padding
  for (const auto& [b, t] : futures) {
    for (int p = 0; p < 2; ++p) {
      const double right = c.logit({b, t - 1}, {b, t}, p, p);
      double sum = std::exp(right) + std::exp(c.logit({b, t - 1}, {b, t}, p, 1 - p));
      double best = c.logit({b, t - 1}, {b, t}, p, 1 - p);
      for (const auto& other : futures) {
        if (other == std::pair{b, t}) continue;
        sum += std::exp(c.logit({b, t - 1}, other, p, p));
        best = std::max(best, c.logit({b, t - 1}, other, p, p));
      }
      EXPECT_NEAR(guesses.nats_BUP[b][t - 1][p].item<double>(), std::log(sum) - right, 1e-9) << b << t << p;
      EXPECT_EQ(guesses.right_BUP[b][t - 1][p].item<double>(), right > best ? 1.0 : 0.0) << b << t << p;
    }
  }
  EXPECT_EQ(guesses.weight_BU.sum().item<double>(), 3.0);
  EXPECT_EQ(guesses.weight_BU[1][1].item<double>(), 0.0);
  EXPECT_EQ(c.guess(2).nats_BUP.sizes(), (at::IntArrayRef{2, 1, 2}));
  EXPECT_EQ(c.guess(2).weight_BU.sum().item<double>(), 1.0);
}

TEST(GuessFuture, GradientAgreesWithFiniteDifferences) {
  SmallCase c;
  expect_gradient([&](const at::Tensor& x) { return c.predicted = x, c.loss(); }, c.predicted);
  c = {};
  expect_gradient([&](const at::Tensor& x) { return c.compared = x, c.loss(); }, c.compared);
}

TEST(GuessFuture, PaddingIsNeitherPredictedNorAnAnswer) {
  SmallCase c;
  const double before = c.loss().item<double>();
  c.compared[1][2].fill_(3.0);
  c.predicted[1][2].fill_(3.0);
  EXPECT_EQ(c.loss().item<double>(), before);
}

// Features that are all alike are no way out.
TEST(GuessFuture, WhoSeesTheSameEverywhereIsAtChance) {
  const at::Tensor same = at::ones({3, 4, 5, 2}, at::kDouble);
  const FutureGuesses guesses = guess_future(same, same, at::ones({3, 4}, at::kDouble), 1);
  const double candidates = 5 + 3 * 3 - 1;
  EXPECT_NEAR(guesses.nats_BUP.mean().item<double>(), std::log(candidates), 1e-9);
  EXPECT_NEAR(guesses.right_BUP.mean().item<double>(), 1.0 / candidates, 1e-9);
}

TEST(GuessFuture, OnePictureIsEnoughToBeFinite) {
  at::Tensor predicted = random_tensor({1, 2, 3, 4}, 3, -1, 1).requires_grad_(true);
  const FutureGuesses guesses = guess_future(predicted, random_tensor({1, 2, 3, 4}, 4, -1, 1), at::ones({1, 2}), 1);
  guesses.nats_BUP.sum().backward();
  EXPECT_TRUE(predicted.grad().isfinite().all().item<bool>());
}

// ---- runs ----

RunConfig future_config() {
  RunConfig config = testing::small_config();
  config.model.video_steps = 3;
  TrainerConfig& t = config.trainer;
  t.data.window = 4;
  t.loss.future = 1.0;
  t.loss.action = t.loss.patch = t.loss.goal = 0.0;
  return config;
}

TrainOptions options_for(const std::filesystem::path& out) {
  TrainOptions options;
  options.out = out;
  options.services = testing::playhouse_services();
  options.should_stop = [] { return false; };
  return options;
}

agent::TensorMap weights_of(const std::filesystem::path& checkpoint) {
  return agent::load_tensors(checkpoint / "weights.safetensors").tensors;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Pretraining, AResumedRunEndsInTheSameBytesAndItsCheckpointPlays) {
  const TemporaryFolder folder;
  RunConfig config = future_config();
  config.trainer.steps = 8;
  config.trainer.evaluate_every = 4;
  EXPECT_TRUE(train(config, options_for(folder.path() / "unbroken")).is_finished);
  TrainOptions options = options_for(folder.path() / "broken");
  options.should_stop = [left = 3]() mutable { return left-- == 0; };
  EXPECT_EQ(train(config, options).step, 3);
  options = options_for(folder.path() / "broken");
  options.resume = true;
  EXPECT_TRUE(train({}, options).is_finished);
  for (const char* file : {"weights.safetensors", "trainer.safetensors", "checkpoint.toml"}) {
    const auto bytes_of = [&](const char* run) {
      return read_text_file(folder.path() / run / "checkpoint-00000008" / file);
    };
    EXPECT_TRUE(bytes_of("unbroken") == bytes_of("broken")) << file;
  }
  const std::string metrics = read_text_file(folder.path() / "broken" / "metrics.jsonl");
  EXPECT_THAT(metrics, HasSubstr("\"part\":\"development\",\"loss\""));
  EXPECT_THAT(metrics, HasSubstr("loss_future_nats"));
  EXPECT_THAT(metrics, HasSubstr("foresight_share"));

  // What is played has the video encoder and nothing of the head that predicts.
  const std::filesystem::path checkpoint = folder.path() / "broken" / "checkpoint-00000008";
  EXPECT_TRUE(weights_of(checkpoint).contains("video.out.weight"));
  std::int64_t played = 0;
  for (const auto& [name, tensor] : weights_of(checkpoint)) {
    EXPECT_FALSE(name.starts_with("future.")) << name;
    played += tensor.numel();
  }
  const std::int64_t learned = agent::load_tensors(checkpoint / "trainer.safetensors").tensors.at("parameters").numel();
  const int width = config.model.patch_channels;
  EXPECT_EQ(learned - played, 2 * (width * width + width));
  const auto policy = agent::load_policy(folder.path() / "broken", {});
  policy->reset(1);
  const Frame frame = make_frame(config.contract.frame_size());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(policy->act(frame.view(), "go to the red box", {}).chunk.size(), 8U);
}

// A source in which nothing is ever asked for.
class Silent final : public ExampleSource {
 public:
  std::vector<Example> create_part(const BlockPart& part, std::vector<Example> /*spent*/) override {
    std::vector<Example> examples(part.count);
    for (Example& e : examples) e.instructions = {""};
    return examples;
  }
};

TEST(Pretraining, NeedsNoInstruction) {
  Silent silent;
  RunConfig config = future_config();
  EXPECT_GE(create_tokenizer(config, silent).vocabulary_size(), 1);
  config.trainer.loss.future = 0.0;
  EXPECT_THAT(message_of([&] { static_cast<void>(create_tokenizer(config, silent)); }),
              HasSubstr("without a single word: give instructions"));
}

// A pretrained run, and one that learns to act after it.
struct TwoRuns {
  TwoRuns() {
    first = future_config();
    first.trainer.steps = 3;
    second = testing::small_config();
    second.trainer.seed = 2;
    second.trainer.steps = 3;
    second.model.video_steps = 3;
    second.trainer.data.window = 3;
    second.trainer.start = (folder.path() / "first").string();
    static_cast<void>(train(first, options_for(folder.path() / "first")));
    pretrained = weights_of(folder.path() / "first" / "checkpoint-00000003");
  }
  // The parameters with which `config` begins.
  [[nodiscard]] agent::TensorMap start_of(const RunConfig& config) const {
    const agent::Tokenizer tokenizer =
        agent::train_tokenizer(std::vector<std::string>{"go to the red box"}, config.tokenizer);
    Replicas replicas = create_replicas(config, tokenizer);
    agent::TensorMap start;
    for (const auto& [name, tensor] : replicas.named(replicas.parameters())) start[name] = tensor.clone();
    return start;
  }
  TemporaryFolder folder;
  RunConfig first;
  RunConfig second;
  agent::TensorMap pretrained;
};

TEST(Start, TakesTheEncodersAndNothingElse) {
  TwoRuns runs;
  RunConfig alone = runs.second;
  alone.trainer.start.clear();
  const agent::TensorMap anew = runs.start_of(alone);
  const agent::TensorMap started = runs.start_of(runs.second);
  int taken = 0;
  for (const auto& [name, tensor] : started) {
    const bool is_encoder = name.starts_with("encoder.") || name.starts_with("video.");
    EXPECT_TRUE(tensor.equal(is_encoder ? runs.pretrained.at(name) : anew.at(name))) << name;
    if (is_encoder && !tensor.equal(anew.at(name))) ++taken;
  }
  EXPECT_GT(taken, 15);

  // The layer that the first run did not have begins anew; so does all that is not asked for.
  runs.second.model.video_layers = 2;
  alone = runs.second;
  alone.trainer.start.clear();
  EXPECT_TRUE(runs.start_of(runs.second)
                  .at("video.layer1.query.weight")
                  .equal(runs.start_of(alone).at("video.layer1.query.weight")));
  runs.second.trainer.start_parts = {"video.layer0."};
  const agent::TensorMap part = runs.start_of(runs.second);
  EXPECT_TRUE(part.at("encoder.stem.weight").equal(runs.start_of(alone).at("encoder.stem.weight")));
  EXPECT_TRUE(part.at("video.layer0.query.weight").equal(runs.pretrained.at("video.layer0.query.weight")));
}

TEST(Start, ARunSaysWhereItBeganAndResumesWithoutIt) {
  TwoRuns runs;
  const auto run = runs.folder.path() / "second";
  TrainOptions options = options_for(run);
  options.should_stop = [left = 2]() mutable { return left-- == 0; };
  EXPECT_EQ(train(runs.second, options).step, 2);
  EXPECT_EQ(load_config<RunConfig>(run / "config.toml").trainer.start, runs.second.trainer.start);
  std::filesystem::remove_all(runs.folder.path() / "first");
  options = options_for(run);
  options.resume = true;
  EXPECT_TRUE(train({}, options).is_finished);
}

TEST(Start, RefusesWhatDoesNotFit) {
  TwoRuns runs;
  const auto message = [&](const RunConfig& config) {
    return message_of([&] { static_cast<void>(runs.start_of(config)); });
  };
  RunConfig wider = runs.second;
  wider.model.patch_channels = 24;
  EXPECT_THAT(message(wider), HasSubstr("has shape [16, 12, 3, 3], this run's has [24, 12, 3, 3]"));
  RunConfig other = runs.second;
  other.trainer.start_parts = {"encoder.", "vidoe."};
  EXPECT_THAT(message(other), HasSubstr("start_parts has \"vidoe.\", and no parameter's name begins so"));
  other.trainer.start_parts = {"text."};
  EXPECT_THAT(message(other), HasSubstr("the words of another run are other words"));
  other.trainer.start_parts = {"memory."};
  other.model.memory_steps = 2;
  EXPECT_THAT(message(other), HasSubstr("has no parameter that begins with memory."));
  other.trainer.start = (runs.folder.path() / "third").string();
  EXPECT_THAT(message(other), HasSubstr("is no run and no checkpoint"));
}

TEST(FutureConfig, SaysWhatWindowItNeeds) {
  const auto message = [](auto&& change) {
    RunConfig config = future_config();
    change(config);
    return message_of([&] { validate(config); });
  };
  EXPECT_EQ(message([](RunConfig&) {}), "no error");
  EXPECT_THAT(message([](RunConfig& c) { c.trainer.loss.future_steps = 4; }),
              HasSubstr("future_steps = 4 with trainer.data.window = 4: the window holds no such future; set window to "
                        "at least 5"));
  EXPECT_THAT(message([](RunConfig& c) { c.trainer.data.window = 2; }),
              HasSubstr("video_steps = 3 with trainer.data.window = 2"));
  EXPECT_THAT(message([](RunConfig& c) { c.trainer.loss.pictures = false; }), HasSubstr("which hides them"));
  EXPECT_EQ(message([](RunConfig& c) { c.model.video_steps = 0; }), "no error") << "one picture may be asked, too";
  EXPECT_THAT(message([](RunConfig& c) {
                c.model.video_steps = 0;
                c.trainer.loss.future = 0;
              }),
              HasSubstr("without memory: set agent.model.memory_steps or video_steps"));
}

}  // namespace
}  // namespace atl::trainer
