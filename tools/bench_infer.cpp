#include "agent/checkpoint.h"
#include "agent/policy.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/files.h"
#include "core/random.h"
#include "tools/bench.h"
#include "tools/command.h"

#include <algorithm>

namespace atl::tools {
namespace {

struct InferConfig {
  agent::ModelConfig model;
  PolicyContract contract;
  int threads = 1;
  std::string device = "cpu";
};

void describe(ConfigVisitor& v, InferConfig& c) {
  v.table("model", c.model);
  v.table("contract", c.contract);
  v.field("threads", &c.threads, {.min = 1, .max = 256});
  v.field("device", &c.device);
}

InferConfig read_config(const BenchOptions& options) {
  InferConfig config;
  config_document(options.overrides).read(config);
  return config;
}

// A run with fresh weights: how long an answer takes does not depend on their values.
void write_run(const InferConfig& config, const agent::ModelConfig& model, const std::filesystem::path& run) {
  const std::vector<std::string> texts{"go to the red ball", "pick up the blue box"};
  const agent::Tokenizer tokenizer = agent::train_tokenizer(texts, {});
  agent::CheckpointInfo info;
  info.counts_per_turn = 3600;
  info.model = model;
  info.contract = config.contract;
  const agent::Model fresh(model, config.contract, tokenizer.vocabulary_size(), 1);
  agent::save_checkpoint(run / agent::checkpoint_name(0), info, fresh.state(), tokenizer);
  agent::mark_latest(run, agent::checkpoint_name(0));
}

Frame noise(FrameSize size) {
  Frame frame = make_frame(size);
  Random random(1);
  for (std::uint8_t& byte : frame.pixels) byte = static_cast<std::uint8_t>(random());
  return frame;
}

// Milliseconds from a picture to its answer, sorted: the policy remembers what came before.
std::vector<double> answer_times(agent::Policy& policy, const Frame& frame) {
  constexpr int kAnswers = 200;
  std::vector<double> times;
  policy.reset(1);
  for (int i = 0; i < kAnswers; ++i) {
    const Timestamp begin = MonotonicClock::now();
    static_cast<void>(policy.act(frame.view(), "go to the red ball", {}));
    times.push_back(to_ms(MonotonicClock::now() - begin));
  }
  std::sort(times.begin(), times.end());
  return times;
}

}  // namespace

std::vector<Figure> bench_infer(const BenchOptions& options) {
  const InferConfig config = read_config(options);
  const Frame frame = noise(config.contract.frame_size());
  agent::ModelConfig remembering = config.model;
  remembering.memory_steps = std::max(32, config.model.memory_steps);
  struct Case {
    std::string name;
    agent::ModelConfig model;
    double guidance;
  };
  std::vector<Figure> figures;
  for (const Case& c : {Case{"one picture", config.model, 0.0}, Case{"with guidance", config.model, 1.0},
                        Case{"with memory", remembering, 0.0}}) {
    const TemporaryFolder run;
    write_run(config, c.model, run.path());
    const std::unique_ptr<agent::Policy> policy =
        agent::load_policy(run.path(), {.guidance = c.guidance, .threads = config.threads, .device = config.device});
    const auto time_at = [&](double quantile) {
      const std::vector<double> times = answer_times(*policy, frame);
      return times[static_cast<std::size_t>(quantile * static_cast<double>(times.size() - 1))];
    };
    figures.push_back(repeat_figure(c.name + ", p50", "ms", options.repeats, [&] { return time_at(0.5); }));
    figures.push_back(repeat_figure(c.name + ", p99", "ms", options.repeats, [&] { return time_at(0.99); }));
  }
  return figures;
}

}  // namespace atl::tools
