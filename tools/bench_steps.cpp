// A training step on batches that are there already: what tools/compare/train_speed.sh holds against PyTorch. Writes
// where it began, its batches and its losses, so that another program can do the same steps.
#include "agent/checkpoint.h"
#include "agent/safetensors.h"
#include "core/clock.h"
#include "core/files.h"
#include "core/random.h"
#include "tools/bench.h"
#include "tools/command.h"
#include "tools/training.h"
#include "trainer/assembly.h"
#include "trainer/batch.h"
#include "trainer/optimizer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>

namespace atl::tools {
namespace {

constexpr int kBatches = 8;
constexpr int kWarmUpSteps = 3;

struct StepsConfig {
  trainer::RunConfig run;
  std::string folder;    // where start, batches and losses are written; empty: nowhere
  double seconds = 5.0;  // of each repeat
};

void describe(ConfigVisitor& v, StepsConfig& c) {
  describe(v, c.run);
  v.begin_table("steps");
  v.field("folder", &c.folder);
  v.field("seconds", &c.seconds, {.min = 0.1, .max = 600});
  v.end_table();
}

StepsConfig read_config(const BenchOptions& options) {
  StepsConfig config;
  config.run.trainer.sources = {{}};
  config.run.trainer.sources[0].families = {"go to", "pick up"};
  config.run.trainer.steps = 1'000'000;
  config_document(options).read(config);
  for (trainer::SourceConfig& source : config.run.trainer.sources)
    source.features.clear();  // it is pictures that count
  config.run = trainer::resolve(config.run);
  return config;
}

// Model and optimiser with a few steps' examples.
class Stepper {
 public:
  explicit Stepper(const StepsConfig& config)
      : config_(config.run),
        source_(trainer::create_training_source(config_, training_services())),
        tokenizer_(trainer::create_tokenizer(config_, *source_, weights_folder())),
        replicas_(trainer::create_replicas(config_, tokenizer_, {.checkpoint = nullptr, .folder = weights_folder()})),
        examples_(source_->create_block(0, kBatches * windows())),
        average_(replicas_.parameters().clone()),
        moments_(trainer::create_adam_state(replicas_.parameters())) {}

  [[nodiscard]] std::size_t windows() const {
    return static_cast<std::size_t>(config_.trainer.batch) * static_cast<std::size_t>(config_.trainer.replicas);
  }
  [[nodiscard]] std::size_t pictures() const {
    return windows() * static_cast<std::size_t>(config_.trainer.data.window);
  }

  /// One step on the next batch; returns its loss. The learning rate rises as at the start of a run and then stays: at
  /// its peak at once, losses of the same model would soon differ by rounding alone.
  double step() {
    const trainer::OptimizerConfig& o = config_.trainer.optimizer;
    const std::int64_t batch = done_ % kBatches;
    replicas_.compute_gradient(examples_of(batch), 0, seed_of(batch));
    const at::Tensor norm = trainer::clip_gradient(replicas_.gradient(), o.clip_norm);
    const std::int64_t next = (done_ + 1) % kBatches;
    if (config_.trainer.device != "cpu") replicas_.prepare(examples_of(next), 0, seed_of(next));  // as a run does
    const trainer::MetricSums metrics = replicas_.read_step(norm).metrics;
    const double rise = std::min(1.0, static_cast<double>(done_ + 1) / std::max(1, o.warmup_steps));
    trainer::adamw_update(o, done_, o.learning_rate * rise, replicas_.gradient(), replicas_.parameters(), moments_);
    trainer::update_average(o.average_decay, done_, replicas_.parameters(), average_);
    ++done_;
    const auto total = static_cast<std::size_t>(trainer::Metric::kTotal);
    return metrics.sum[total] / metrics.weight[total];
  }

  void write_start(const std::filesystem::path& folder) {
    agent::CheckpointInfo info;
    info.vocabulary_size = tokenizer_.vocabulary_size();
    info.model = config_.model;
    info.contract = config_.contract;
    agent::save_checkpoint(folder / "start", info, replicas_.named(replicas_.parameters()), tokenizer_);
    for (std::int64_t i = 0; i < kBatches; ++i) write_batch(folder / fmt::format("batch-{:03}.safetensors", i), i);
  }

  [[nodiscard]] nlohmann::ordered_json about() const {
    const trainer::OptimizerConfig& o = config_.trainer.optimizer;
    const trainer::LossConfig& loss = config_.trainer.loss;
    return {{"replicas", config_.trainer.replicas},
            {"threads", config_.trainer.replicas},
            {"batch", config_.trainer.batch},
            {"pictures", pictures()},
            {"device", config_.trainer.device},
            {"precision", config_.trainer.precision},
            {"parameters", replicas_.num_parameters()},
            {"optimizer",
             {{"learning_rate", o.learning_rate},
              {"warmup_steps", o.warmup_steps},
              {"beta1", o.beta1},
              {"beta2", o.beta2},
              {"epsilon", o.epsilon},
              {"weight_decay", o.weight_decay},
              {"clip_norm", o.clip_norm},
              {"average_decay", o.average_decay}}},
            {"loss",
             {{"action", loss.action},
              {"patch", loss.patch},
              {"patch_positive", loss.patch_positive},
              {"goal", loss.goal},
              {"goal_positive", loss.goal_positive}}}};
  }

 private:
  [[nodiscard]] std::uint64_t seed_of(std::int64_t batch) const {
    return derive_seed(config_.trainer.seed, static_cast<std::uint64_t>(batch));
  }
  [[nodiscard]] std::vector<const trainer::Example*> examples_of(std::int64_t batch) const {
    std::vector<const trainer::Example*> part;
    for (std::size_t i = 0; i < windows(); ++i)
      part.push_back(&examples_[static_cast<std::size_t>(batch) * windows() + i]);
    return part;
  }

  void write_batch(const std::filesystem::path& file, std::int64_t batch) const {
    agent::TensorMap tensors;
    const std::vector<std::vector<trainer::Batch>> replicas =
        replicas_.batches_of(examples_of(batch), 0, seed_of(batch));
    for (std::size_t r = 0; r < replicas.size(); ++r) {
      const trainer::Batch& b = replicas[r].at(0);
      const auto put = [&](const char* name, const at::Tensor& tensor) {
        tensors[fmt::format("{}.{}", r, name)] = tensor;
      };
      put("frames", b.input.frames_BTHWC);
      put("tokens", b.input.tokens_BKL);
      put("controls", b.controls_BTKSC);
      put("mouse_x", b.mouse_x_BTKS);
      put("mouse_y", b.mouse_y_BTKS);
      put("action_weight", b.action_weight_BTKS);
      put("patches", b.patches_BTKRP);
      put("patch_weight", b.patch_weight_BTKR);
      put("goal", b.goal_BTK);
      put("goal_weight", b.goal_weight_BTK);
    }
    agent::save_tensors(file, tensors, {});
  }

  trainer::RunConfig config_;
  std::unique_ptr<trainer::ExampleSource> source_;
  agent::Tokenizer tokenizer_;
  trainer::Replicas replicas_;
  std::vector<trainer::Example> examples_;
  at::Tensor average_;
  trainer::AdamState moments_;
  std::int64_t done_ = 0;
};

}  // namespace

std::vector<Figure> bench_steps(const BenchOptions& options) {
  const StepsConfig config = read_config(options);
  Stepper stepper(config);
  if (!config.folder.empty()) stepper.write_start(config.folder);
  std::vector<double> losses;
  for (int i = 0; i < kBatches; ++i) losses.push_back(stepper.step());
  if (!config.folder.empty()) {
    nlohmann::ordered_json about = stepper.about();
    about["losses"] = losses;
    write_file_atomically(std::filesystem::path(config.folder) / "steps.json", about.dump());
  }
  for (int i = 0; i < kWarmUpSteps; ++i) stepper.step();
  return {repeat_figure("forward, losses, backward, update", "pictures/s", options.repeats, [&] {
    const Timestamp begin = MonotonicClock::now();
    std::int64_t pictures = 0;
    while (to_seconds(MonotonicClock::now() - begin) < config.seconds) {
      stepper.step();
      pictures += static_cast<std::int64_t>(stepper.pictures());
    }
    return static_cast<double>(pictures) / to_seconds(MonotonicClock::now() - begin);
  })};
}

}  // namespace atl::tools
