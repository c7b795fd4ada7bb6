// `atoll bench world`: Playhouse on one core, physics, rendering, verdicts and resets included.
#include "core/clock.h"
#include "core/random.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "tools/bench.h"
#include "tools/bench_episodes.h"

#include <fmt/core.h>

#include <array>
#include <span>

namespace atl::tools {
namespace {

double seconds_of(const std::function<void()>& work) {
  const Timestamp begin = MonotonicClock::now();
  work();
  return to_seconds(MonotonicClock::now() - begin);
}

// Steps a second of whole episodes, replayed.
Figure steps_figure(FrameSize size, std::span<const BenchEpisode> episodes, int repeats) {
  const auto world = envs::create_playhouse({size});
  return repeat_figure(fmt::format("steps {}x{}", size.width_px, size.height_px), "1/s", repeats, [&] {
    std::size_t steps = 0;
    const double seconds = seconds_of([&] {
      for (const BenchEpisode& episode : episodes) {
        world->reset(episode.seed, {});
        for (const Action& action : episode.actions) world->step(action);
        steps += episode.actions.size();
      }
    });
    return static_cast<double>(steps) / seconds;
  });
}

}  // namespace

std::vector<Figure> bench_world(const BenchOptions& options) {
  const std::vector<BenchEpisode> episodes = record_bench_episodes(200);
  std::vector<Figure> figures;
  for (const FrameSize size : {FrameSize{96, 72}, FrameSize{160, 120}, FrameSize{320, 240}, FrameSize{640, 480}}) {
    const std::size_t count = size.width_px > 200 ? 20 : episodes.size();
    figures.push_back(steps_figure(size, std::span(episodes).first(count), options.repeats));
  }
  const auto world = envs::create_playhouse({});
  figures.push_back(repeat_figure("resets 96x72", "1/s", options.repeats, [&] {
    constexpr int kResets = 5000;
    return kResets / seconds_of([&] {
             for (int i = 0; i < kResets; ++i) world->reset(static_cast<std::uint64_t>(i), {});
           });
  }));
  world->reset(1, {});
  Random random(1);
  const std::vector<envs::Goal> goals = world->oracle()->goals(random);
  figures.push_back(repeat_figure("expert chunks of 8 steps", "1/s", options.repeats, [&] {
    constexpr std::size_t kChunks = 50000;
    std::array<Action, kChunkActions> chunk;
    return kChunks / seconds_of([&] {
             for (std::size_t i = 0; i < kChunks; ++i) world->oracle()->expert_chunk(goals[i % goals.size()], chunk);
           });
  }));
  return figures;
}

}  // namespace atl::tools
