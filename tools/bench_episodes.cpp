#include "tools/bench_episodes.h"

#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"

namespace atl::tools {

std::vector<BenchEpisode> record_bench_episodes(int count, const envs::playhouse::EpisodeOptions& options) {
  const auto world = envs::create_playhouse({.frame = {8, 8}, .episode = options});
  std::vector<BenchEpisode> episodes;
  for (int i = 0; i < count; ++i) {
    BenchEpisode& episode = episodes.emplace_back();
    episode.seed = envs::seed_in(envs::SeedRange::kTraining, static_cast<std::uint64_t>(i));
    world->reset(episode.seed, {});
    const auto expert =
        world->oracle()->create_expert(episode.seed, {.noise = 0.05, .detour = 0.1, .reaction_steps = 2});
    while (!world->outcome().is_over()) {
      episode.actions.push_back(expert->next());
      world->step(episode.actions.back());
    }
  }
  return episodes;
}

}  // namespace atl::tools
