#include "core/clock.h"
#include "core/files.h"
#include "tools/bench.h"
#include "tools/training.h"
#include "trainer/trainer.h"

#include <fmt/core.h>

#include <algorithm>
#include <thread>

namespace atl::tools {
namespace {

constexpr int kWarmUpSteps = 5;
constexpr int kTimedSteps = 20;

trainer::RunConfig bench_config(const BenchOptions& options, int replicas) {
  trainer::RunConfig config;
  config.trainer.sources = {{}};
  config.trainer.sources[0].families = {"go to", "pick up"};
  config.trainer.steps = 1'000'000;
  config.trainer.replicas = replicas;
  config.trainer.development_examples = 0;
  config.trainer.checkpoint_minutes = 0;
  config_document(options).read(config);
  return config;
}

}  // namespace

std::vector<Figure> bench_train(const BenchOptions& options) {
  std::vector<Figure> figures;
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (const int replicas : {1, cores}) {
    if (replicas == 1 && cores == 1 && !figures.empty()) break;
    const TemporaryFolder folder;
    const trainer::RunConfig config = bench_config(options, replicas);
    trainer::TrainOptions train;
    train.out = folder.path() / "run";
    train.services = training_services();
    trainer::Trainer trainer(config, train);
    const std::string name = fmt::format("{} replicas of {} pictures", replicas, config.trainer.batch);
    const auto take = [&](int steps) {
      for (int i = 0; i < steps; ++i) {
        end_if_stopped(name);
        trainer.step();
      }
    };
    take(kWarmUpSteps);
    figures.push_back(repeat_figure(name, "pictures/s", options.repeats, [&] {
      const Timestamp begin = MonotonicClock::now();
      take(kTimedSteps);
      return static_cast<double>(kTimedSteps * config.trainer.batch * replicas) /
             to_seconds(MonotonicClock::now() - begin);
    }));
  }
  return figures;
}

}  // namespace atl::tools
