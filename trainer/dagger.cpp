#include "trainer/dagger.h"

#include "core/error.h"
#include "core/log.h"
#include "core/random.h"
#include "trainer/kept_threads.h"
#include "trainer/worlds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace atl::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kDaggerStream = 0x646167676572;
constexpr std::uint64_t kRoundStream = 0x726f756e64;

// Sources whose world can say what its expert would do.
bool can_play(const SourceConfig& source) { return source.kind == "collect" && source.relabel; }

fs::path round_folder(const fs::path& run, int round) { return run / "dagger" / fmt::format("{:03}", round); }

fs::path episodes_folder(const fs::path& run, int round, std::size_t source) {
  return round_folder(run, round) / std::to_string(source);
}

int first_round(const DaggerConfig& config, int round) {
  return config.keep_rounds == 0 ? 1 : std::max(1, round - config.keep_rounds + 1);
}

// How many of a round's episodes are played in the world of each source; 0 for those that none can be played in.
std::vector<std::uint64_t> deal_episodes(const RunConfig& config) {
  std::vector<SourceConfig> playable;
  for (const SourceConfig& source : config.trainer.sources) {
    if (can_play(source)) playable.push_back(source);
  }
  const std::vector<double> weights = scaled_weights(playable, config.trainer.world_weights);
  double total = 0.0;
  for (const double weight : weights) total += weight;
  std::vector<std::uint64_t> episodes;
  std::size_t next = 0;
  for (const SourceConfig& source : config.trainer.sources) {
    if (!can_play(source)) {
      episodes.push_back(0);
      continue;
    }
    const double share = config.trainer.dagger.episodes * weights[next++] / total;
    episodes.push_back(static_cast<std::uint64_t>(std::max(1.0, std::round(share))));
  }
  return episodes;
}

}  // namespace

int dagger_round(const DaggerConfig& config, std::int64_t step) {
  return config.every == 0 ? 0 : static_cast<int>(step / config.every);
}

bool has_round(const RunConfig& config, const fs::path& run, int round) {
  const DaggerConfig& dagger = config.trainer.dagger;
  for (int r = first_round(dagger, round); r <= round; ++r) {
    for (std::size_t i = 0; i < config.trainer.sources.size(); ++i) {
      if (can_play(config.trainer.sources[i]) && !fs::exists(episodes_folder(run, r, i))) return false;
    }
  }
  return true;
}

std::optional<MetricsLine> record_round(const RunConfig& config, const fs::path& run, int round,
                                        const SourceServices& services) {
  if (!services.record_agent)
    fail(ErrorKind::kConfig, "trainer.dagger.every = {}, and nothing here lets an agent play: train with `atoll train`",
         config.trainer.dagger.every);
  const KeptThreads kept;  // playing sets them, and sums depend on them
  const std::vector<std::uint64_t> episodes = deal_episodes(config);
  const std::uint64_t seed =
      derive_seed(derive_seed(island_seed(config), kDaggerStream), static_cast<std::uint64_t>(round));
  AgentRecord all;
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    const fs::path folder = episodes_folder(run, round, i);
    if (episodes[i] == 0 || fs::exists(folder)) continue;
    // What a killed run left half recorded.
    const fs::path unfinished = folder.string() + ".unfinished";
    fs::remove_all(unfinished);
    // On a GPU one replica learns, and all cores draw the worlds.
    const int threads = config.trainer.device == "cpu"
                            ? config.trainer.replicas
                            : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    fs::create_directories(unfinished.parent_path());
    const SourceConfig& source = config.trainer.sources[i];
    const AgentRecord record = services.record_agent({.run = run,
                                                      .out = unfinished,
                                                      .world = world_of(source),
                                                      .families = source.families,
                                                      .frame = config.contract.frame_size(),
                                                      .num_episodes = episodes[i],
                                                      .seed = derive_seed(seed, i),
                                                      .threads = threads,
                                                      .device = config.trainer.device});
    if (record.episodes < episodes[i]) return std::nullopt;
    fs::rename(unfinished, folder);
    all.episodes += record.episodes;
    all.successes += record.successes;
    all.seconds += record.seconds;
  }
  const double success =
      static_cast<double>(all.successes) / static_cast<double>(std::max<std::uint64_t>(1, all.episodes));
  log_info("round {}: the agent played {} episodes in {:.0f} s, {:.1f} % succeeded", round, all.episodes, all.seconds,
           100.0 * success);
  return MetricsLine{
      .step = static_cast<std::int64_t>(round) * config.trainer.dagger.every,
      .part = "dagger",
      .values = {{"episodes", static_cast<double>(all.episodes)}, {"success_share", success}, {"wall_s", all.seconds}}};
}

void copy_rounds(const DaggerConfig& config, std::int64_t step, const fs::path& from, const fs::path& to) {
  const int newest = dagger_round(config, step);
  for (int round = first_round(config, newest); round <= newest; ++round) {
    const fs::path source = round_folder(from, round);
    const fs::path copy = round_folder(to, round);
    std::error_code error;
    fs::create_directories(copy.parent_path(), error);
    if (!error) fs::copy(source, copy, fs::copy_options::recursive, error);
    if (error)
      fail(ErrorKind::kFile, "cannot copy {}, which its fork learns from, into {}: {}", source.string(), to.string(),
           error.message());
  }
}

RunConfig config_of_round(const RunConfig& config, const fs::path& run, int round) {
  RunConfig changed = config;
  if (round == 0) return changed;
  const DaggerConfig& dagger = config.trainer.dagger;
  changed.trainer.seed = derive_seed(derive_seed(config.trainer.seed, kRoundStream), static_cast<std::uint64_t>(round));
  for (std::size_t i = 0; i < config.trainer.sources.size(); ++i) {
    const SourceConfig& collects = config.trainer.sources[i];
    if (!can_play(collects)) continue;
    SourceConfig replays = collects;
    replays.kind = "replay";
    replays.success_only = false;
    replays.development = 0.0;
    for (int r = first_round(dagger, round); r <= round; ++r)
      replays.recordings.push_back(episodes_folder(run, r, i).string());
    replays.weight = collects.weight * dagger.share;
    changed.trainer.sources[i].weight = collects.weight * (1.0 - dagger.share);
    changed.trainer.sources.push_back(std::move(replays));
  }
  return changed;
}

void check_dagger(const TrainerConfig& config, std::vector<std::string>& problems) {
  if (config.dagger.every == 0) return;
  if (std::ranges::none_of(config.sources, can_play))
    problems.push_back(fmt::format(
        "trainer.dagger.every = {}, and no source has a world whose expert can say what an agent should have "
        "done: it needs kind = \"collect\" and relabel = true; set every = 0 without one",
        config.dagger.every));
}

}  // namespace atl::trainer
