#include "core/clock.h"
#include "core/files.h"
#include "envs/playhouse/playhouse.h"
#include "tools/bench.h"
#include "tools/bench_episodes.h"
#include "tools/bench_loader_parts.h"
#include "tools/bench_recording.h"
#include "tools/training.h"
#include "trainer/assembly.h"

#include <ctime>

namespace atl::tools {
namespace {

constexpr std::size_t kBlock = 1024;
constexpr std::uint64_t kReplayedPictures = 4096;

void bench_source(const char* name, const trainer::RunConfig& config, const BenchOptions& options,
                  std::vector<Figure>& figures) {
  if (std::string_view(name).find(options.only) == std::string_view::npos) return;
  const auto source = trainer::create_training_source(config, training_services());
  std::uint64_t block = 0;
  add_figure(figures, options, name, "pictures/s", [&] {
    return per_core_second([&] { return static_cast<double>(source->create_block(block++, kBlock).size()); });
  });
}

// A recording of Playhouse without video, drawn again: beside the world alone, which steps and draws the same episodes.
void bench_replay(const BenchOptions& options, std::vector<Figure>& figures) {
  const TemporaryFolder folder("atoll-bench");
  const auto recording = folder.path() / "recording";
  const FrameSize size = PolicyContract{}.frame_size();
  record_bench_pictures(recording, size, kReplayedPictures, {});
  trainer::RunConfig config;
  trainer::SourceConfig& source = config.trainer.sources.emplace_back();
  source.kind = "replay";
  source.recordings = {recording.string()};
  source.relabel = false;
  source.keep = 1.0;
  bench_source("replay recording to pictures, 96x72", config, options, figures);

  const std::vector<BenchEpisode> episodes = record_bench_episodes(50);
  const auto world = envs::create_playhouse({.frame = size});
  add_figure(figures, options, "the renderer alone: the world stepped and drawn, 96x72", "pictures/s", [&] {
    return per_core_second([&] {
      std::size_t pictures = 0;
      for (const BenchEpisode& episode : episodes) {
        static_cast<void>(world->reset(episode.seed, {}));
        for (const Action& action : episode.actions) static_cast<void>(world->step(action));
        pictures += episode.actions.size() + 1;
      }
      return static_cast<double>(pictures);
    });
  });
}

double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

double per_core_second(const std::function<double()>& work) {
  const double begin = processor_seconds();
  const double made = work();
  return made / (processor_seconds() - begin);
}

std::vector<Figure> bench_loader(const BenchOptions& options) {
  trainer::RunConfig config;
  config.trainer.sources = {{}};
  config.trainer.sources[0].families = {"go to", "pick up"};
  std::vector<Figure> figures;
  bench_source("fresh episodes, relabelled, half kept", config, options, figures);
  config.trainer.sources[0].keep = 1.0;
  bench_source("fresh episodes, relabelled, all kept", config, options, figures);
  config.trainer.sources[0].relabel = false;
  bench_source("fresh episodes, plain, all kept", config, options, figures);
  bench_replay(options, figures);
#if ATOLL_HAS_DESKTOP
  bench_video_loader(options, figures);
#endif
  return figures;
}

}  // namespace atl::tools
