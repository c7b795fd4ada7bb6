// `atoll bench world`: Playhouse on one core, physics, rendering, verdicts and resets included.
#include "core/clock.h"
#include "core/random.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/playhouse/renderer.h"
#include "envs/snapshots.h"
#include "tools/bench.h"
#include "tools/bench_episodes.h"

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
    figures.push_back(repeat_figure(fmt::format("{}: steps {}x{}", level, size.width_px, size.height_px), "1/s",
                                    options.repeats,
                                    [&] { return steps_per_second(*world, episodes, steps_for(size)); }));
  }
  const auto world = envs::create_playhouse({.episode = episode});
  figures.push_back(repeat_figure(fmt::format("{}: resets", level), "us", options.repeats, [&] {
    constexpr int kResets = 200;
    return 1e6 / kResets * seconds_of([&] {
             for (std::size_t i = 0; i < kResets; ++i)
               static_cast<void>(world->reset(episodes[i % episodes.size()].seed, {}));
           });
  }));
  // The label that DAgger asks for in each state: what the clean expert would do next.
  const auto label = [](std::size_t actions) {
    return [chunk = std::vector<Action>(actions)](envs::SteppedEnvironment& played) mutable {
      envs::Goal own;
      own.target = played.task().target;
      played.oracle()->expert_chunk(own, chunk);
    };
  };
  for (const std::size_t actions : {std::size_t{1}, std::size_t{kChunkActions}}) {
    figures.push_back(repeat_figure(
        fmt::format("{}: steps 96x72 labelled by the expert, {} action{}", level, actions, actions > 1 ? "s" : ""),
        "1/s", options.repeats, [&] { return steps_per_second(*world, episodes, 2000, label(actions)); }));
  }
}

// Where a step's time goes: its four ticks with the verdict, and its picture; beside them the least that a picture can
// cost, its memory written once.
void bench_parts(std::span<const FrameSize> sizes, const BenchOptions& options, std::vector<Figure>& figures) {
  using namespace envs::playhouse;
  const EpisodeOptions episode_options{.level = "full"};
  const std::vector<BenchEpisode> episodes = record_bench_episodes(10, episode_options);
  std::vector<Episode> starts;
  std::vector<std::vector<State>> states(episodes.size());  // after each step
  for (const BenchEpisode& played : episodes) starts.push_back(create_episode(played.seed, {}, episode_options));
  const auto play = [&](bool keep) {
    std::size_t steps = 0;
    for (std::size_t i = 0; i < episodes.size(); ++i) {
      World world(starts[i].house, starts[i].quest);
      for (const Action& action : episodes[i].actions) {
        for (const TickInput& input : ticks_of(action, world.state().players[0].held_keys)) {
          if (!world.is_over()) world.tick({input});
        }
        if (keep) states[i].push_back(world.state());
        ++steps;
      }
    }
    return steps;
  };
  const std::size_t steps = play(true);
  const auto us_a_step = [&](double seconds) { return seconds * 1e6 / static_cast<double>(steps); };
  figures.push_back(repeat_figure("full: four ticks and the verdict", "us/step", options.repeats,
                                  [&] { return us_a_step(seconds_of([&] { play(false); })); }));
  for (const FrameSize size : sizes) {
    Renderer renderer(size);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(size.width_px * size.height_px * kBytesPerPixel));
    const auto for_each_state = [&](const auto& work) {
      for (std::size_t i = 0; i < states.size(); ++i) {
        for (const State& state : states[i]) work(starts[i].house, state);
      }
    };
    figures.push_back(repeat_figure(
        fmt::format("full: picture {}x{}", size.width_px, size.height_px), "us/step", options.repeats, [&] {
          return us_a_step(seconds_of([&] {
            for_each_state([&](const House& house, const State& state) { renderer.draw(house, state, 0, pixels); });
          }));
        }));
    std::uint8_t shade = 0;
    figures.push_back(repeat_figure(
        fmt::format("full: picture {}x{} filled with one colour", size.width_px, size.height_px), "us/step",
        options.repeats, [&] {
          return us_a_step(seconds_of([&] {
            for_each_state([&](const House&, const State&) { std::fill(pixels.begin(), pixels.end(), ++shade); });
          }));
        }));
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
  figures.push_back(repeat_figure("full: snapshot, us", "us", options.repeats,
                                  [&] { return us_each([&] { saved = snapshots.save(); }); }));
  figures.push_back(repeat_figure("full: snapshot and restore, us, with the picture 96x72", "us", options.repeats, [&] {
    return us_each([&] {
      saved = snapshots.save();
      static_cast<void>(snapshots.restore(saved));
    });
  }));
}

}  // namespace

std::vector<Figure> bench_world(const BenchOptions& options) {
  constexpr std::array<FrameSize, 1> kSmall{{{96, 72}}};
  constexpr std::array<FrameSize, 5> kAll{{{96, 72}, {160, 120}, {256, 144}, {320, 240}, {640, 480}}};
  std::vector<Figure> figures;
  bench_level("full", kAll, 60, options, figures);
  bench_parts(std::span(kAll).first(4), options, figures);
  bench_level("room", kSmall, 100, options, figures);
  bench_snapshots(options, figures);
  return figures;
}

}  // namespace atl::tools
