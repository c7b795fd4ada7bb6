// One incremental step of a policy: a picture in, an answer out, what came before remembered.
#include "agent/checkpoint.h"
#include "agent/policy.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "tools/bench.h"
#include "tools/percentile.h"
#include "trainer/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace atl::tools {
namespace {

// Any config of `atoll train`, of which contract, model and tokenizer count, or a part of one, as configs/sizes/*.toml.
struct InferConfig {
  trainer::RunConfig run;
  int threads = 1;
  std::string device = "cpu";
  int answers = 200;     // of each repeat; fewer where they would take longer than `seconds`, but 20 always
  double seconds = 5.0;  // of each repeat
};

void describe(ConfigVisitor& v, InferConfig& c) {
  describe(v, c.run);
  v.begin_table("infer");
  v.field("threads", &c.threads, {.min = 1, .max = 256});
  v.field("device", &c.device);
  v.field("answers", &c.answers, {.min = 20, .max = 1e6});
  v.field("seconds", &c.seconds, {.min = 0, .max = 86400});
  v.end_table();
}

InferConfig read_config(const BenchOptions& options) {
  InferConfig config;
  config_document(options).read(config);
  agent::validate(config.run.model);
  return config;
}

// A run with fresh weights: how long an answer takes does not depend on their values. Returns how many it has.
std::int64_t write_run(const InferConfig& config, const agent::ModelConfig& model, const std::filesystem::path& run) {
  const std::vector<std::string> texts{"go to the red ball", "pick up the blue box"};
  const agent::Tokenizer tokenizer = agent::train_tokenizer(texts, {});
  agent::CheckpointInfo info;
  info.counts_per_turn = 3600;
  info.model = model;
  info.contract = config.run.contract;
  const agent::Model fresh(model, info.contract, tokenizer.vocabulary_size(), 1);
  info.vocabulary_size = fresh.vocabulary_size();
  agent::save_checkpoint(run / agent::checkpoint_name(0), info, fresh.state(), tokenizer);
  agent::mark_latest(run, agent::checkpoint_name(0));
  return fresh.num_parameters();
}

Frame noise(FrameSize size) {
  Frame frame = make_frame(size);
  Random random(1);
  for (std::uint8_t& byte : frame.pixels) byte = static_cast<std::uint8_t>(random());
  return frame;
}

// What this thread has computed: what a busy machine does in between is not in it.
double thread_ms() {
  std::timespec now{};
  ATOLL_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "no clock of the thread");
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

// Milliseconds from a picture to its answer, of one repeat.
struct AnswerTimes {
  std::vector<double> wall;
  std::vector<double> thread;
};

AnswerTimes answer_times(agent::Policy& policy, const Frame& frame, int memory_steps, const InferConfig& config) {
  constexpr int kLeast = 20;
  const auto answer = [&] { static_cast<void>(policy.act(frame.view(), "go to the red ball", {})); };
  policy.reset(1);
  for (int i = 0; i < memory_steps; ++i) answer();  // until there is as much to remember as there ever is
  AnswerTimes times;
  const Timestamp end = MonotonicClock::now() + from_seconds(config.seconds);
  for (int i = 0; i < config.answers && (i < kLeast || MonotonicClock::now() < end); ++i) {
    const Timestamp begin = MonotonicClock::now();
    const double computed = thread_ms();
    answer();
    times.wall.push_back(to_ms(MonotonicClock::now() - begin));
    times.thread.push_back(thread_ms() - computed);
  }
  return times;
}

struct Case {
  std::string name;
  agent::ModelConfig model;
  double guidance = 0.0;
};

void measure(const Case& c, const InferConfig& config, int repeats, std::vector<Figure>& figures) {
  const TemporaryFolder run;
  const std::int64_t parameters = write_run(config, c.model, run.path());
  const std::unique_ptr<agent::Policy> policy =
      agent::load_policy(run.path(), {.guidance = c.guidance, .threads = config.threads, .device = config.device});
  const Frame frame = noise(config.run.contract.frame_size());
  std::vector<double> wall_p50;
  std::vector<double> wall_p99;
  std::vector<double> thread_p50;
  std::vector<double> thread_p99;
  static_cast<void>(answer_times(*policy, frame, 0, config));
  const int past = std::max(c.model.memory_steps, c.model.video_layers * (c.model.video_steps - 1));
  for (int i = 0; i < repeats; ++i) {
    const AnswerTimes times = answer_times(*policy, frame, past, config);
    wall_p50.push_back(percentile(times.wall, 0.5));
    wall_p99.push_back(percentile(times.wall, 0.99));
    thread_p50.push_back(percentile(times.thread, 0.5));
    thread_p99.push_back(percentile(times.thread, 0.99));
  }
  figures.push_back(make_figure(c.name + ", parameters", "count", {static_cast<double>(parameters)}));
  figures.push_back(make_figure(c.name + ", p50", "ms", wall_p50));
  figures.push_back(make_figure(c.name + ", p99", "ms", wall_p99));
  if (config.device != "cpu" || config.threads != 1) return;  // more than this thread computes
  figures.push_back(make_figure(c.name + ", computed p50", "ms", thread_p50));
  figures.push_back(make_figure(c.name + ", computed p99", "ms", thread_p99));
}

}  // namespace

std::vector<Figure> bench_infer(const BenchOptions& options) {
  const InferConfig config = read_config(options);
  agent::ModelConfig remembering = config.run.model;
  if (remembering.memory_steps == 0) remembering.memory_steps = 32;
  std::vector<Case> cases;
  if (config.run.model.memory_steps == 0) cases.push_back({.name = "without memory", .model = config.run.model});
  cases.push_back(
      {.name = fmt::format("incremental step, memory of {}", remembering.memory_steps), .model = remembering});
  cases.push_back({.name = "with guidance", .model = remembering, .guidance = 1.0});
  std::vector<Figure> figures;
  for (const Case& c : cases) measure(c, config, options.repeats, figures);
  return figures;
}

}  // namespace atl::tools
