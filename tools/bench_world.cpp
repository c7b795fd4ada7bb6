// `atoll bench world`: Playhouse on one core, physics, rendering, verdicts and resets included.
#include "core/clock.h"
#include "core/random.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/snapshots.h"
#include "tools/bench.h"
#include "tools/bench_episodes.h"
#include "tools/bench_step_parts.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>

namespace atl::tools {
namespace {

double seconds_of(const std::function<void()>& work) {
  const Timestamp begin = MonotonicClock::now();
  work();
  return to_seconds(MonotonicClock::now() - begin);
}

// What is done around each step of an episode that is played again.
using BetweenSteps = std::function<void(envs::SteppedEnvironment& world)>;

// Steps a second of whole episodes, resets included: at least `least_steps` of them.
double steps_per_second(envs::SteppedEnvironment& world, std::span<const BenchEpisode> episodes,
                        std::size_t least_steps, const BetweenSteps& between = {}) {
  std::size_t steps = 0;
  const double seconds = seconds_of([&] {
    for (std::size_t i = 0; steps < least_steps; i = (i + 1) % episodes.size()) {
      static_cast<void>(world.reset(episodes[i].seed, {}));
      for (const Action& action : episodes[i].actions) {
        if (between) between(world);
        static_cast<void>(world.step(action));
      }
      steps += episodes[i].actions.size();
    }
  });
  return static_cast<double>(steps) / seconds;
}

// About half a second each.
std::size_t steps_for(FrameSize size) { return 60'000'000 / static_cast<std::size_t>(size.width_px * size.height_px); }

void bench_level(const std::string& level, std::span<const FrameSize> sizes, int num_episodes,
                 const BenchOptions& options, std::vector<Figure>& figures) {
  const envs::playhouse::EpisodeOptions episode{.level = level};
  const std::vector<BenchEpisode> episodes = record_bench_episodes(num_episodes, episode);
  for (const FrameSize size : sizes) {
    const auto world = envs::create_playhouse({.frame = size, .episode = episode});
    add_figure(figures, options, fmt::format("{}: steps {}x{}", level, size.width_px, size.height_px), "1/s",
               [&] { return steps_per_second(*world, episodes, steps_for(size)); });
  }
  const auto world = envs::create_playhouse({.episode = episode});
  add_figure(figures, options, fmt::format("{}: resets", level), "us", [&] {
    constexpr int kResets = 200;
    return 1e6 / kResets * seconds_of([&] {
             for (std::size_t i = 0; i < kResets; ++i)
               static_cast<void>(world->reset(episodes[i % episodes.size()].seed, {}));
           });
  });
  // The label that DAgger asks for in each state: what the clean expert would do next.
  const auto label = [](std::size_t actions) {
    return [chunk = std::vector<Action>(actions)](envs::SteppedEnvironment& played) mutable {
      envs::Goal own;
      own.target = played.task().target;
      played.oracle()->expert_chunk(own, chunk);
    };
  };
  for (const std::size_t actions : {std::size_t{1}, std::size_t{kChunkActions}}) {
    add_figure(
        figures, options,
        fmt::format("{}: steps 96x72 labelled by the expert, {} action{}", level, actions, actions > 1 ? "s" : ""),
        "1/s", [&] { return steps_per_second(*world, episodes, 2000, label(actions)); });
  }
}

// Going back: to a state in the middle of an episode, through the stepped interface.
void bench_snapshots(const BenchOptions& options, std::vector<Figure>& figures) {
  constexpr int kTimes = 2000;
  const envs::playhouse::EpisodeOptions episode{.level = "full"};
  const std::vector<BenchEpisode> episodes = record_bench_episodes(1, episode);
  const auto world = envs::create_playhouse({.episode = episode});
  static_cast<void>(world->reset(episodes[0].seed, {}));
  for (std::size_t i = 0; i < episodes[0].actions.size() / 2; ++i)
    static_cast<void>(world->step(episodes[0].actions[i]));
  envs::Snapshots& snapshots = *world->snapshots();
  std::vector<std::uint8_t> saved;
  const auto us_each = [&](const std::function<void()>& work) {
    return 1e6 / kTimes * seconds_of([&] {
             for (int i = 0; i < kTimes; ++i) work();
           });
  };
  add_figure(figures, options, "full: snapshot", "us", [&] { return us_each([&] { saved = snapshots.save(); }); });
  add_figure(figures, options, "full: snapshot and restore, with the picture 96x72", "us", [&] {
    return us_each([&] {
      saved = snapshots.save();
      static_cast<void>(snapshots.restore(saved));
    });
  });
}

}  // namespace

std::vector<Figure> bench_world(const BenchOptions& options) {
  constexpr std::array<FrameSize, 1> kSmall{{{96, 72}}};
  constexpr std::array<FrameSize, 5> kAll{{{96, 72}, {160, 120}, {256, 144}, {320, 240}, {640, 480}}};
  std::vector<Figure> figures;
  bench_level("full", kAll, 60, options, figures);
  bench_step_parts(std::span(kAll).first(4), options, figures);
  bench_level("room", kSmall, 100, options, figures);
  bench_snapshots(options, figures);
  return figures;
}

}  // namespace atl::tools
