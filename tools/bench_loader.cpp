#include "core/clock.h"
#include "tools/bench.h"
#include "tools/training.h"
#include "trainer/assembly.h"

namespace atl::tools {
namespace {

constexpr std::size_t kBlock = 1024;

Figure measure_source(const char* name, const trainer::RunConfig& config, int repeats) {
  const auto source = trainer::create_training_source(config, training_services());
  std::uint64_t block = 0;
  return repeat_figure(name, "pictures/s", repeats, [&] {
    const Timestamp begin = MonotonicClock::now();
    static_cast<void>(source->create_block(block++, kBlock));
    return static_cast<double>(kBlock) / to_seconds(MonotonicClock::now() - begin);
  });
}

}  // namespace

std::vector<Figure> bench_loader(const BenchOptions& options) {
  trainer::RunConfig config;
  config.trainer.sources = {{}};
  config.trainer.sources[0].families = {"go to", "pick up"};
  std::vector<Figure> figures;
  figures.push_back(measure_source("fresh episodes, relabelled, half kept", config, options.repeats));
  config.trainer.sources[0].keep = 1.0;
  figures.push_back(measure_source("fresh episodes, relabelled, all kept", config, options.repeats));
  config.trainer.sources[0].relabel = false;
  figures.push_back(measure_source("fresh episodes, plain, all kept", config, options.repeats));
  return figures;
}

}  // namespace atl::tools
