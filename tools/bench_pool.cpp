// `atoll bench pool`: 16 Playhouses in an EnvironmentPool, batches of 8, over 1 and 2 worker threads.
#include "core/clock.h"
#include "envs/playhouse/playhouse.h"
#include "envs/pool.h"
#include "tools/bench.h"
#include "tools/bench_episodes.h"

#include <fmt/core.h>

namespace atl::tools {
namespace {

constexpr int kEnvironments = 16;
constexpr const char* kLevel = "full";

// Each environment plays the episodes in turn, starting at its own one.
class Feed {
 public:
  explicit Feed(const std::vector<BenchEpisode>& episodes) : episodes_(episodes), at_(kEnvironments) {
    for (std::size_t i = 0; i < at_.size(); ++i) at_[i].episode = i;
  }

  void send_next(envs::EnvironmentPool& pool, int environment, bool is_over) {
    Place& place = at_[static_cast<std::size_t>(environment)];
    if (is_over) {
      ++place.episode;
      place.step = 0;
    }
    const BenchEpisode& episode = episodes_[place.episode % episodes_.size()];
    if (place.step == 0) {
      pool.send_reset(environment, episode.seed, {});
    } else {
      pool.send_step(environment, episode.actions[place.step - 1]);
    }
    ++place.step;
  }

 private:
  struct Place {
    std::size_t episode = 0;
    std::size_t step = 0;
  };
  const std::vector<BenchEpisode>& episodes_;
  std::vector<Place> at_;
};

double steps_per_second(const std::vector<BenchEpisode>& episodes, int threads) {
  constexpr int kSteps = 20000;
  envs::EnvironmentPool pool([] { return envs::create_playhouse({.episode = {.level = kLevel}}); },
                             {.num_environments = kEnvironments, .batch_size = 8, .num_threads = threads});
  Feed feed(episodes);
  for (int i = 0; i < kEnvironments; ++i) feed.send_next(pool, i, false);
  const Timestamp begin = MonotonicClock::now();
  int steps = 0;
  while (steps < kSteps) {
    for (const envs::PoolRow& row : pool.recv().rows) {
      steps += row.is_first ? 0 : 1;
      feed.send_next(pool, row.environment, row.outcome.is_over());
    }
  }
  return steps / to_seconds(MonotonicClock::now() - begin);
}

}  // namespace

std::vector<Figure> bench_pool(const BenchOptions& options) {
  const std::vector<BenchEpisode> episodes = record_bench_episodes(60, {.level = kLevel});
  static_cast<void>(steps_per_second(episodes, 1));
  std::vector<double> one;
  std::vector<double> two;
  std::vector<double> ratios;
  // By turns, so that what else the machine does falls on both.
  for (int i = 0; i < options.repeats; ++i) {
    one.push_back(steps_per_second(episodes, 1));
    two.push_back(steps_per_second(episodes, 2));
    ratios.push_back(two.back() / one.back());
  }
  return {make_figure(fmt::format("{}: steps 96x72, 1 thread", kLevel), "1/s", one),
          make_figure(fmt::format("{}: steps 96x72, 2 threads", kLevel), "1/s", two),
          make_figure(fmt::format("{}: 2 threads by 1 thread", kLevel), "x", ratios)};
}

}  // namespace atl::tools
