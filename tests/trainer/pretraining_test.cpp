// Pretraining by the future teaches how things move: squares that go on as they went.
#include "support.h"
#include "trainer/optimizer.h"
#include "trainer/replicas.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace atl::trainer {
namespace {

double mean_of(const MetricSums& sums, Metric metric) {
  const auto i = static_cast<std::size_t>(metric);
  return sums.weight[i] > 0 ? sums.sum[i] / sums.weight[i] : -1.0;
}

constexpr int kWindow = 4;
constexpr int kWindows = 24;  // of a batch
constexpr int kSide_px = 16;

// A white square on grey goes left, right, up or down by one patch a step, round the edges.
Example moving_square(FrameSize frame, const PolicyContract& contract, Random& random) {
  constexpr std::array<std::pair<int, int>, 4> kVelocities{{{8, 0}, {-8, 0}, {0, 8}, {0, -8}}};
  const auto [dx, dy] = kVelocities[random.below(4)];
  const int x0 = static_cast<int>(random.below(static_cast<std::uint32_t>(frame.width_px)));
  const int y0 = static_cast<int>(random.below(static_cast<std::uint32_t>(frame.height_px)));
  Example e;
  const std::size_t bytes = static_cast<std::size_t>(frame.width_px * frame.height_px * kBytesPerPixel);
  e.frames.assign(kWindow * bytes, 90);
  for (int t = 0; t < kWindow; ++t) {
    for (int i = 0; i < kSide_px * kSide_px; ++i) {
      const int x = (x0 + t * dx + i % kSide_px + kWindow * frame.width_px) % frame.width_px;
      const int y = (y0 + t * dy + i / kSide_px + kWindow * frame.height_px) % frame.height_px;
      std::uint8_t* pixel = e.frames.data() + static_cast<std::size_t>(t) * bytes +
                            static_cast<std::size_t>((y * frame.width_px + x) * 4);
      std::fill_n(pixel, 3, 250);
    }
  }
  e.num_steps = kWindow;
  e.instructions = {""};
  e.chunks.resize(static_cast<std::size_t>(kWindow * contract.chunk_actions));
  e.chunk_mask.resize(e.chunks.size());
  e.goals.assign(kWindow, GoalLabel::kUnknown);
  return e;
}

struct Foresight {
  double nats = 0.0;
  double share = 0.0;
};

RunConfig config_with(int video_steps) {
  RunConfig config = testing::small_config();
  config.contract.frame_width_px = 48;
  config.contract.frame_height_px = 32;
  config.model.video_steps = video_steps;
  TrainerConfig& t = config.trainer;
  t.replicas = 1;
  t.data.window = kWindow;
  t.loss.future = 1.0;
  t.loss.action = t.loss.patch = t.loss.goal = 0.0;
  t.optimizer.learning_rate = 1e-2;
  t.optimizer.warmup_steps = 20;
  return config;
}

std::vector<const Example*> borrow(const std::vector<Example>& examples) {
  std::vector<const Example*> borrowed;
  for (const Example& e : examples) borrowed.push_back(&e);
  return borrowed;
}

// Of a model that saw so many pictures back while it was pretrained, of squares that it never saw.
Foresight pretrain(int video_steps, int steps) {
  const RunConfig config = config_with(video_steps);
  const OptimizerConfig& optimizer = config.trainer.optimizer;
  const agent::Tokenizer tokenizer = agent::train_tokenizer(std::vector<std::string>{"nothing"}, config.tokenizer);
  Replicas replicas = create_replicas(config, tokenizer);
  AdamState state = create_adam_state(replicas.parameters());
  Random random(4);
  const auto draw = [&](int count) {
    std::vector<Example> examples;
    for (int i = 0; i < count; ++i)
      examples.push_back(moving_square(config.contract.frame_size(), config.contract, random));
    return examples;
  };
  for (int step = 0; step < steps; ++step) {
    const std::vector<Example> examples = draw(kWindows);
    replicas.compute_gradient(borrow(examples), step, 1);
    clip_gradient(replicas.gradient(), optimizer.clip_norm);
    adamw_update(optimizer, step, learning_rate_at(optimizer, step, steps), replicas.gradient(), replicas.parameters(),
                 state);
  }
  const std::vector<Example> unseen = draw(4 * kWindows);
  const MetricSums sums = replicas.measure(borrow(unseen), kWindows);
  return {mean_of(sums, Metric::kFuture), mean_of(sums, Metric::kForesight)};
}

// From one picture four futures are as likely; only the first of a window's three predictions has no more to go by.
TEST(Pretraining, LearnsHowThingsMoveFromThePast) {
  const double chance = std::log(6 * 4 + (kWindow - 1) * kWindows - 1);
  const Foresight past = pretrain(3, 1000);
  const Foresight single = pretrain(0, 1000);
  RecordProperty("with_the_past", fmt::format("{:.3f} nats, right in {:.3f}", past.nats, past.share));
  RecordProperty("without", fmt::format("{:.3f} nats, right in {:.3f}", single.nats, single.share));
  EXPECT_LT(past.nats, 0.4 * chance);
  EXPECT_LT(past.nats, single.nats - 0.1);
  EXPECT_GT(past.share, single.share + 0.2);
  EXPECT_LT(single.share, 0.35);
}

}  // namespace
}  // namespace atl::trainer
