#include "trainer/worlds.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "datasets/reader.h"
#include "trainer/recorded_episodes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace atl::trainer {
namespace {

constexpr std::size_t kMostWorlds = 255;  // Example::world
constexpr const char* kWorldOfExperts = "playhouse";

void keep_worlds(RunConfig& config, const RunChoice& choice) {
  if (choice.specialist.empty() && choice.leave_out.empty()) return;
  std::vector<SourceConfig>& sources = config.trainer.sources;
  const std::vector<std::string> worlds = worlds_of(sources);
  const auto require = [&](const std::string& world, const char* flag) {
    if (world.empty() || std::find(worlds.begin(), worlds.end(), world) != worlds.end()) return;
    fail(ErrorKind::kConfig, "{} {}: no source is of this world; there are {}", flag, world, fmt::join(worlds, ", "));
  };
  require(choice.specialist, "--specialist");
  require(choice.leave_out, "--leave-out");
  std::erase_if(sources, [&](const SourceConfig& source) {
    const std::string world = world_family(source.world);
    return world == choice.leave_out || (!choice.specialist.empty() && world != choice.specialist);
  });
  if (sources.empty())
    fail(ErrorKind::kConfig,
         "nothing is left to learn from: the config has sources of {}, --specialist {} --leave-out {}",
         fmt::join(worlds, ", "), choice.specialist.empty() ? "(none)" : choice.specialist,
         choice.leave_out.empty() ? "(none)" : choice.leave_out);
}

// Both tell of pictures alone: how texts are read is the same for all.
void forgo_pretraining(RunConfig& config) {
  if (config.model.encoder == "conv" && config.trainer.start.empty())
    log_warning("--no-pretraining has no effect: agent.model.encoder = \"conv\" begins at random anyway");
  config.trainer.start.clear();
  config.trainer.pretrained = false;
  config.model.encoder_trained_blocks = -1;                                     // random blocks are all to be trained
  for (SourceConfig& source : config.trainer.sources) source.features.clear();  // and nothing of them can be kept
}

std::string kind_of(const RunConfig& config, const RunChoice& choice) {
  std::vector<std::string> kinds;
  if (!choice.specialist.empty()) kinds.push_back("specialist:" + choice.specialist);
  if (!choice.leave_out.empty()) kinds.push_back("zero-shot:" + choice.leave_out);
  if (!choice.pretraining) kinds.emplace_back("no-pretraining");
  if (!choice.language) kinds.emplace_back("no-language");
  if (!kinds.empty()) return fmt::format("{}", fmt::join(kinds, "+"));
  if (!config.run.kind.empty()) return config.run.kind;
  const std::vector<std::string> worlds = worlds_of(config.trainer.sources);
  return worlds.size() == 1 ? "specialist:" + worlds[0] : "generalist";
}

// What each world counts, entries of worlds that are not learned from left out. What stands there stays the same bits.
std::map<std::string, double> resolved_weights(const TrainerConfig& config) {
  std::map<std::string, double> resolved;
  for (const SourceConfig& source : config.sources) resolved[world_family(source.world)] += source.weight;
  for (auto& [world, weight] : resolved) {
    const auto given = config.world_weights.find(world);
    if (given != config.world_weights.end() && given->second > 0) weight = given->second;
  }
  return resolved;
}

}  // namespace

std::string world_family(std::string_view name) {
  if (name.empty()) return "unknown";
  return std::string(name.find(':') != std::string_view::npos ? name : name.substr(0, name.find_first_of("/,")));
}

SourceFacts facts_of(const std::filesystem::path& recording) {
  const std::filesystem::path file = recording / datasets::kRecordingFile;
  if (std::filesystem::exists(file)) return datasets::parse_recording_header(read_text_file(file), file.string()).facts;
  return datasets::RecordingReader::open(recording)->facts();
}

std::string world_of(const SourceConfig& config) {
  if (config.kind == "collect") return config.world.empty() ? kWorldOfExperts : config.world;
  std::string world = config.world;
  for (const NamedRecording& recording : named_recordings(config)) {
    const std::string found = facts_of(recording.folder).world;
    if (world.empty()) world = found.empty() ? "unknown" : found;
    if (world_family(world) == world_family(found)) continue;
    fail(ErrorKind::kContract,
         "{} is of the world \"{}\", and its [[trainer.sources]] is of \"{}\": give it a source of its own, and leave "
         "`world` out or name the recordings'",
         recording.folder.string(), found, world);
  }
  return world;
}

std::vector<std::string> worlds_of(const std::vector<SourceConfig>& sources) {
  std::vector<std::string> worlds;
  for (const SourceConfig& source : sources) {
    const std::string world = world_family(world_of(source));
    if (std::find(worlds.begin(), worlds.end(), world) == worlds.end()) worlds.push_back(world);
  }
  if (worlds.size() > kMostWorlds)
    fail(ErrorKind::kConfig, "trainer.sources are of {} worlds, expected at most {}", worlds.size(), kMostWorlds);
  return worlds;
}

std::vector<double> scaled_weights(const std::vector<SourceConfig>& sources,
                                   const std::map<std::string, double>& world_weights) {
  std::map<std::string, double> sums;
  for (const SourceConfig& source : sources) sums[world_family(source.world)] += source.weight;
  std::vector<double> weights;
  for (const SourceConfig& source : sources) {
    const std::string world = world_family(source.world);
    const auto wanted = world_weights.find(world);
    const bool is_scaled = wanted != world_weights.end() && wanted->second > 0;
    weights.push_back(is_scaled ? source.weight * wanted->second / sums[world] : source.weight);
  }
  return weights;
}

RunConfig choose_worlds(RunConfig config, const RunChoice& choice) {
  for (SourceConfig& source : config.trainer.sources) source.world = world_of(source);
  keep_worlds(config, choice);
  if (!choice.pretraining) forgo_pretraining(config);
  if (!choice.language) config.trainer.loss.language = false;
  config.run.kind = kind_of(config, choice);
  config.trainer.world_weights = resolved_weights(config.trainer);
  return config;
}

}  // namespace atl::trainer
