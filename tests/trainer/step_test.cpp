// A step asks its device for nothing until it is over: what would stall a GPU, counted on the CPU.
#include "host_reads.h"
#include "support.h"
#include "trainer/optimizer.h"
#include "trainer/replicas.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

namespace atl::trainer {
namespace {

using ::testing::ElementsAre;
using testing::HostReads;
using ::testing::IsEmpty;
using testing::playhouse_services;
using testing::small_config;

TEST(HostReads, AreSeen) {
  const HostReads reads;
  EXPECT_EQ(at::ones({3}).sum().item<double>(), 3.0);
  EXPECT_THAT(HostReads::names(), ElementsAre("aten::_local_scalar_dense"));
}

struct Run {
  explicit Run(const RunConfig& config)
      : source(create_training_source(config, playhouse_services())),
        tokenizer(create_tokenizer(config, *source)),
        replicas(create_replicas(config, tokenizer)),
        optimizer(config.trainer.optimizer),
        block(source->create_block(0, 200)),
        moments(create_adam_state(replicas.parameters())),
        average(replicas.parameters().clone()) {}

  // Ordinary pictures and goal frames by turns, of episodes all over the block.
  [[nodiscard]] std::vector<const Example*> examples(std::size_t of_each) const {
    std::vector<const Example*> ordinary;
    std::vector<const Example*> goal_frames;
    for (const Example& e : block) (e.goal_frame ? goal_frames : ordinary).push_back(&e);
    std::vector<const Example*> chosen;
    for (std::size_t i = 0; i < of_each; ++i) {
      for (const std::vector<const Example*>& group : {ordinary, goal_frames})
        chosen.push_back(group.at(i * group.size() / of_each));
    }
    return chosen;
  }

  // One step, of which all that comes before the update reads nothing. (The update's kernel of the CPU looks its step
  // number up in a tensor; that of GPUs does not.)
  StepNumbers step(std::int64_t index) {
    StepNumbers numbers;
    {
      const HostReads reads;
      replicas.compute_gradient(examples(8), index, 1);
      numbers = replicas.read_step(clip_gradient(replicas.gradient(), optimizer.clip_norm));
      EXPECT_THAT(HostReads::names(), IsEmpty());
    }
    adamw_update(optimizer, index, 1e-3, replicas.gradient(), replicas.parameters(), moments);
    update_average(optimizer.average_decay, index, replicas.parameters(), average);
    return numbers;
  }

  std::unique_ptr<ExampleSource> source;
  agent::Tokenizer tokenizer;
  Replicas replicas;
  OptimizerConfig optimizer;
  std::vector<Example> block;
  AdamState moments;
  at::Tensor average;
};

// Values are read by one copy of all, at the end.
void expect_no_reads(const RunConfig& config, const std::vector<Metric>& measured) {
  Run run(config);
  for (int i = 0; i < 2; ++i) {
    const StepNumbers numbers = run.step(i);
    EXPECT_GT(numbers.norm, 0.0);
    for (const Metric metric : measured) {
      const auto m = static_cast<std::size_t>(metric);
      EXPECT_GT(numbers.metrics.weight[m], 0.0) << kMetricNames[m];
      EXPECT_TRUE(std::isfinite(numbers.metrics.sum[m])) << kMetricNames[m];
    }
  }
}

TEST(Step, WithMasksAsksTheDeviceForNothingBeforeItIsOver) {
  RunConfig config = small_config();
  config.contract.wheel_max = 3;
  config.contract.pointer = "patches";
  config.model.autoregressive = true;
  config.model.fusion_layers = 1;
  config.model.fusion_heads = 2;
  config.model.memory_steps = 2;
  config.model.memory_layers = 1;
  config.model.video_steps = 2;
  config.model.text_layers = 1;
  config.model.past_actions = 1;
  config.trainer.data.window = 3;
  config.trainer.recompute = true;
  config.trainer.accumulate = 2;
  config.trainer.loss.balance = 0.5;
  config.trainer.loss.future = 1.0;
  expect_no_reads(config,
                  {Metric::kTotal, Metric::kKeys, Metric::kMouseX, Metric::kMouseY, Metric::kPatch, Metric::kGoal,
                   Metric::kPointing, Metric::kWheel, Metric::kPointer, Metric::kFuture, Metric::kForesight});
}

TEST(Step, OnPlainRecordingsAsksTheDeviceForNothingBeforeItIsOver) {
  const TemporaryFolder folder;
  testing::record(folder.path() / "r", 8, envs::SeedRange::kTraining);
  RunConfig config = small_config();
  config.trainer.sources = {testing::replay_config(folder.path() / "r", false)};
  LossConfig& loss = config.trainer.loss;
  loss.patch = 0.0;
  loss.window = loss.carried = loss.contrast = loss.hindsight = 1.0;
  loss.least_word_after = 1;
  expect_no_reads(
      config, {Metric::kTotal, Metric::kKeys, Metric::kGoal, Metric::kWindow, Metric::kContrast, Metric::kHindsight});
}

}  // namespace
}  // namespace atl::trainer
