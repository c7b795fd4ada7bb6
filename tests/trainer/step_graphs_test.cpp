// What decides about recording and replaying, with a recorder that needs no GPU; and that what recording changes about
// batches changes no result.
#include "trainer/step_graphs.h"

#include "core/error.h"
#include "support.h"
#include "trainer/optimizer.h"
#include "trainer/replicas.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace atl::trainer {
namespace {

using ::testing::HasSubstr;
using testing::playhouse_services;
using testing::small_config;

// What a recorder was asked for.
struct Asked {
  int rehearsals = 0;
  int recordings = 0;
  int replays = 0;
};

// Does recorded work again on the CPU. As on a GPU, a recording itself leaves `kept` as they were.
class FakeRecorder final : public GraphDevice {
 public:
  explicit FakeRecorder(Asked& asked, std::vector<at::Tensor> kept = {}) : asked_(asked), kept_(std::move(kept)) {}

  void rehearse(const std::function<void()>& work) override {
    ++asked_.rehearsals;
    work();
  }
  std::unique_ptr<StepGraph> record(const std::function<void()>& work) override {
    ++asked_.recordings;
    std::vector<at::Tensor> before;
    for (const at::Tensor& tensor : kept_) before.push_back(tensor.clone());
    work();
    for (std::size_t i = 0; i < kept_.size(); ++i) kept_[i].copy_(before[i]);
    return std::make_unique<Replay>(asked_, work);
  }

 private:
  class Replay final : public StepGraph {
   public:
    Replay(Asked& asked, std::function<void()> work) : asked_(asked), work_(std::move(work)) {}
    void replay() override {
      ++asked_.replays;
      work_();
    }

   private:
    Asked& asked_;
    std::function<void()> work_;
  };
  Asked& asked_;
  std::vector<at::Tensor> kept_;
};

class BrokenRecorder final : public GraphDevice {
 public:
  void rehearse(const std::function<void()>& work) override { work(); }
  std::unique_ptr<StepGraph> record(const std::function<void()>& work) override {
    static_cast<void>(work);
    ++tries;
    throw std::runtime_error("operation not permitted when stream is capturing\nmore");
  }
  int tries = 0;
};

// A batch of one weight for each of so many pictures.
Batch batch_of(std::int64_t pictures, float weight) {
  Batch batch;
  batch.num_pictures = pictures;
  batch.action_weight_BTKS = at::full({pictures, 1, 1, 1}, weight);
  batch.items = count_items(batch);
  return batch;
}

PendingBatch sum_weights(const Batch& batch) {
  PendingMetrics metrics;
  metrics.add({.metric = Metric::kKeys, .over = Items::kActions}, batch.action_weight_BTKS.mean());
  return pend(metrics, batch.action_weight_BTKS.sum());
}

double total_of(const PendingBatch& result) { return result.values[0].item<double>(); }

StepGraphs graphs_with(Asked& asked, std::size_t most_shapes = 32) {
  return {at::kCPU, std::make_unique<FakeRecorder>(asked), {.rehearsals = 3, .most_shapes = most_shapes}};
}

TEST(StepGraphs, RehearseThenRecordThenReplayOnNewInputs) {
  Asked asked;
  StepGraphs graphs = graphs_with(asked);
  std::vector<PendingBatch> results;
  for (int i = 1; i <= 6; ++i) {
    Batch batch = batch_of(2, static_cast<float>(i));
    results.push_back(graphs.run(batch, sum_weights));
  }
  EXPECT_EQ(asked.rehearsals, 3);
  EXPECT_EQ(asked.recordings, 1);
  EXPECT_EQ(asked.replays, 3);
  EXPECT_EQ(graphs.num_graphs(), 1U);
  for (int i = 1; i <= 6; ++i) {
    const PendingBatch& result = results[static_cast<std::size_t>(i - 1)];
    EXPECT_EQ(total_of(result), 2.0 * i) << "a later replay wrote over it";
    EXPECT_EQ(result.values[1].item<double>(), i);
    EXPECT_EQ(result.items.all.of(Items::kActions), 2.0);
  }
}

TEST(StepGraphs, EachShapeHasItsOwn) {
  Asked asked;
  StepGraphs graphs = graphs_with(asked);
  for (int i = 0; i < 5; ++i) {
    for (const std::int64_t pictures : {2, 3}) {
      Batch batch = batch_of(pictures, 1.0F);
      EXPECT_EQ(total_of(graphs.run(batch, sum_weights)), static_cast<double>(pictures));
    }
  }
  EXPECT_EQ(asked.recordings, 2);
  EXPECT_EQ(asked.rehearsals, 6);
  EXPECT_EQ(graphs.num_graphs(), 2U);
}

TEST(StepGraphs, ItemsOfAReplayAreThoseOfItsBatch) {
  Asked asked;
  StepGraphs graphs = graphs_with(asked);
  for (int i = 0; i < 5; ++i) {
    Batch batch = batch_of(4, 1.0F);
    for (int b = 0; b < i % 4; ++b) batch.action_weight_BTKS[b].fill_(0.0F);
    batch.items = count_items(batch);
    EXPECT_EQ(graphs.run(batch, sum_weights).items.all.of(Items::kActions), 4.0 - i % 4);
  }
  EXPECT_EQ(asked.replays, 2);
}

TEST(StepGraphs, BeyondTheMostShapesStepsAreDoneOneByOne) {
  Asked asked;
  StepGraphs graphs = graphs_with(asked, 2);
  for (int i = 0; i < 5; ++i) {
    for (std::int64_t pictures = 1; pictures <= 4; ++pictures) {
      Batch batch = batch_of(pictures, 1.0F);
      EXPECT_EQ(total_of(graphs.run(batch, sum_weights)), static_cast<double>(pictures));
    }
  }
  EXPECT_EQ(graphs.num_shapes(), 2U);
  EXPECT_EQ(asked.recordings, 2);
  EXPECT_EQ(asked.rehearsals + asked.replays, 10);
}

TEST(StepGraphs, WhatCannotBeRecordedIsDoneOneByOneAndNotTriedAgain) {
  auto broken = std::make_unique<BrokenRecorder>();
  const BrokenRecorder& recorder = *broken;
  StepGraphs graphs(at::kCPU, std::move(broken), {.rehearsals = 1});
  for (int i = 1; i <= 4; ++i) {
    Batch batch = batch_of(2, static_cast<float>(i));
    EXPECT_EQ(total_of(graphs.run(batch, sum_weights)), 2.0 * i);
  }
  EXPECT_EQ(recorder.tries, 1);
  EXPECT_EQ(graphs.num_graphs(), 0U);
}

TEST(ShapeKey, TellsWhatARecordingDependsOn) {
  const Batch batch = batch_of(2, 1.0F);
  const std::string key = shape_key(batch);
  EXPECT_EQ(shape_key(batch_of(2, 5.0F)), key) << "values do not matter";
  EXPECT_NE(shape_key(batch_of(2, 0.0F)), key) << "a loss without items is left out";
  EXPECT_NE(shape_key(batch_of(3, 1.0F)), key);
  const auto changed = [&](const std::function<void(Batch&)>& change) {
    Batch other = batch;
    change(other);
    return shape_key(other);
  };
  EXPECT_NE(changed([](Batch& b) { b.share = 0.5; }), key);
  EXPECT_NE(changed([](Batch& b) { b.blames_least_word = true; }), key);
  EXPECT_NE(changed([](Batch& b) { b.input.want_word_logits = true; }), key);
  EXPECT_NE(changed([](Batch& b) { b.same_BK = at::zeros({2, 2}, at::kBool); }), key);
  EXPECT_NE(changed([](Batch& b) { b.action_weight_BTKS = b.action_weight_BTKS.to(at::kDouble); }), key);
}

TEST(GraphDevice, IsOfGpusOnly) {
  try {
    static_cast<void>(create_graph_device(at::kCPU));
    FAIL() << "created";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDevice);
    EXPECT_THAT(error.what(), HasSubstr("CUDA graphs on \"cpu\""));
  }
}

// ---- whole steps ----

std::vector<const Example*> borrow(const std::vector<Example>& examples) {
  std::vector<const Example*> all;
  for (const Example& e : examples) all.push_back(&e);
  return all;
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

void expect_equal(const MetricSums& a, const MetricSums& b) {
  for (std::size_t i = 0; i < kNumMetrics; ++i) {
    EXPECT_EQ(a.weight[i], b.weight[i]) << kMetricNames[i];
    EXPECT_NEAR(a.sum[i], b.sum[i], 1e-5 * (1.0 + std::abs(b.sum[i]))) << kMetricNames[i];
  }
}

// Playhouse, whatever world is asked for.
SourceServices one_world() {
  SourceServices services = playhouse_services();
  services.create_world = [](const std::string&, FrameSize frame) { return envs::create_playhouse({.frame = frame}); };
  return services;
}

// Replays and steps that are computed one after another: metrics, of each world too, gradients and where they lead.
void expect_equal_training(const RunConfig& config, std::size_t block) {
  const auto source = create_training_source(config, one_world());
  const agent::Tokenizer tokenizer = create_tokenizer(config, *source);
  Replicas plain = create_replicas(config, tokenizer);
  Replicas recorded = create_replicas(config, tokenizer);
  Asked asked;
  const auto recorder = [&] { return std::make_unique<FakeRecorder>(asked, std::vector{recorded.gradient()}); };
  recorded.use_graphs(std::make_unique<StepGraphs>(at::kCPU, recorder(), StepGraphsOptions{.rehearsals = 1}));
  std::vector<AdamState> moments{create_adam_state(plain.parameters()), create_adam_state(recorded.parameters())};
  const OptimizerConfig optimizer{.learning_rate = 1e-3};
  for (std::int64_t step = 0; step < 8; ++step) {
    const std::vector<Example> examples = source->create_block(static_cast<std::uint64_t>(step), block);
    std::vector<StepNumbers> numbers;
    std::size_t i = 0;
    for (Replicas* replicas : {&plain, &recorded}) {
      replicas->compute_gradient(borrow(examples), step, 7);
      numbers.push_back(replicas->read_step(clip_gradient(replicas->gradient(), 1.0)));
      adamw_update(optimizer, step, 1e-3, replicas->gradient(), replicas->parameters(), moments[i++]);
    }
    expect_equal(numbers[0].metrics, numbers[1].metrics);
    ASSERT_EQ(plain.world_metrics().size(), config.trainer.sources.size() == 2 ? 2U : 0U);
    ASSERT_EQ(recorded.world_metrics().size(), plain.world_metrics().size());
    for (std::size_t w = 0; w < plain.world_metrics().size(); ++w)
      expect_equal(plain.world_metrics()[w], recorded.world_metrics()[w]);
    EXPECT_LT(largest_difference(plain.gradient(), recorded.gradient()), 1e-5) << step;
  }
  EXPECT_GT(asked.replays, 0);
}

TEST(StepGraphs, LeadToWhereStepsWithoutThemLead) {
  RunConfig config = small_config();
  config.trainer.replicas = 1;
  config.trainer.accumulate = 2;
  config.trainer.sources.push_back(config.trainer.sources[0]);
  config.trainer.sources[1].world = "doom";
  expect_equal_training(config, 16);
}

TEST(StepGraphs, LeadToWhereStepsWithoutThemLeadOnPlainRecordings) {
  const TemporaryFolder folder;
  testing::record(folder.path() / "r", 8, envs::SeedRange::kTraining);
  RunConfig config = small_config();
  config.trainer.replicas = 1;
  config.trainer.sources = {testing::replay_config(folder.path() / "r", false)};
  LossConfig& loss = config.trainer.loss;
  loss.patch = 0.0;
  loss.window = loss.carried = loss.contrast = loss.hindsight = 1.0;
  loss.least_word_after = 3;
  expect_equal_training(config, 12);
}

// Texts that are longer by words that are none.
TEST(CreateBatches, PaddingToAMultipleChangesNoResult) {
  for (const char* grounding : {"words", "cross_attention"}) {
    for (const int layers : {0, 1}) {
      SCOPED_TRACE(fmt::format("{}, {} layers", grounding, layers));
      RunConfig config = small_config();
      config.trainer.replicas = 1;
      config.trainer.loss.least_word_after = 1;
      config.model.grounding = grounding;
      config.model.fusion_layers = config.model.text_layers = layers;
      config.model.fusion_heads = 2;
      const auto source = create_training_source(config, playhouse_services());
      const agent::Tokenizer tokenizer = create_tokenizer(config, *source);
      const std::vector<Example> block = source->create_block(0, 16);
      std::vector<at::Tensor> gradients;
      std::vector<MetricSums> metrics;
      std::vector<std::int64_t> words;
      Asked asked;
      for (const bool is_padded : {false, true}) {
        Replicas replicas = create_replicas(config, tokenizer);
        if (is_padded)
          replicas.use_graphs(std::make_unique<StepGraphs>(at::kCPU, std::make_unique<FakeRecorder>(asked)));
        replicas.compute_gradient(borrow(block), 5, 3);
        words.push_back(replicas.batches_of(borrow(block), 5, 3).at(0).at(0).input.tokens_BKL.size(2));
        gradients.push_back(replicas.gradient().clone());
        metrics.push_back(replicas.read_step(clip_gradient(replicas.gradient(), 1.0)).metrics);
      }
      EXPECT_EQ(words[1], (words[0] + 3) / 4 * 4);
      EXPECT_GT(words[1], words[0]) << "nothing was padded";
      expect_equal(metrics[0], metrics[1]);
      EXPECT_GT(gradients[0].abs().max().item<double>(), 1e-3);
      EXPECT_LT(largest_difference(gradients[0], gradients[1]), 1e-5);
    }
  }
}

TEST(RunConfig, GraphsOnNeedAGpuAndWordsOfTheirOwn) {
  RunConfig config = small_config();
  const auto problem_of = [](const RunConfig& checked) -> std::string {
    try {
      validate(checked);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  };
  for (const char* graphs : {"auto", "off"}) {
    config.trainer.graphs = graphs;
    EXPECT_EQ(problem_of(config), "") << graphs;
    EXPECT_FALSE(uses_graphs(config)) << graphs;
  }
  config.trainer.graphs = "on";
  EXPECT_THAT(problem_of(config), HasSubstr("trainer.graphs = \"on\" with trainer.device = \"cpu\""));
  config.trainer.device = "cuda:1";
  config.trainer.replicas = 1;
  EXPECT_EQ(problem_of(config), "");
  EXPECT_TRUE(uses_graphs(config));
  config.model.text = "minilm";
  EXPECT_THAT(problem_of(config), HasSubstr("agent.model.text = \"minilm\""));
  config.trainer.graphs = "auto";
  EXPECT_EQ(problem_of(config), "");
  EXPECT_FALSE(uses_graphs(config));
}

}  // namespace
}  // namespace atl::trainer
