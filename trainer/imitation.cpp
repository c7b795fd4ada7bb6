#include "trainer/imitation.h"

#include "core/error.h"
#include "core/log.h"
#include "datasets/cache.h"
#include "datasets/manifest.h"
#include "datasets/window_size.h"
#include "trainer/recorded_episodes.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace atl::trainer {
namespace {

// The config that a run directory, or the one around a checkpoint, was trained with.
RunConfig run_config_of(const std::filesystem::path& run) {
  for (const std::filesystem::path& folder : {run, std::filesystem::weakly_canonical(run).parent_path()}) {
    if (std::filesystem::exists(folder / "config.toml")) return load_config<RunConfig>(folder / "config.toml");
  }
  fail(ErrorKind::kFile, "{} is no run: neither it nor the folder around it has a config.toml; name a run directory",
       run.string());
}

// Sources with recordings for the Markov models.
std::vector<SourceConfig> fit_sources(const RunConfig& config, const std::vector<std::string>& fit) {
  std::vector<SourceConfig> sources;
  if (fit.empty()) {
    for (const SourceConfig& source : config.trainer.sources) {
      if (!source.recordings.empty()) sources.push_back(source);
    }
  } else {
    SourceConfig source;
    source.recordings = fit;
    source.success_only = false;
    source.development = 0.0;
    sources.push_back(std::move(source));
  }
  if (sources.empty())
    fail(ErrorKind::kConfig, "the run was trained on no recordings: name some for the Markov model with --fit");
  for (const SourceConfig& source : sources) {
    for (const std::string& path : source.recordings) {
      if (!std::filesystem::exists(path))
        fail(ErrorKind::kConfig,
             "{}, which the Markov model is to be fitted on, is not here: start from the folder that the run was "
             "trained in, or name recordings with --fit",
             path);
    }
  }
  return sources;
}

agent::ActionCodec codec_of(const std::filesystem::path& recording, const SourceFacts& facts,
                            const PolicyContract& contract, const datasets::VideoReaderFactory& open_video) {
  return {contract, facts.counts_per_turn, datasets::window_size(contract, facts, recording, open_video)};
}

std::vector<agent::ActionParts> encode_each(std::span<const Action> actions, const agent::ActionCodec& codec) {
  std::vector<agent::ActionParts> parts;
  for (const Action& action : actions) parts.push_back(codec.encode(action));
  return parts;
}

// Stretches of actions that people and experts did.
void add_sequences(const RecordedEpisode& episode, const agent::ActionCodec& codec,
                   std::vector<ActionSequence>& sequences) {
  ActionSequence sequence;
  for (std::size_t i = 0; i <= episode.actions.size(); ++i) {
    if (i < episode.actions.size() && is_teacher(episode.origins[i])) {
      sequence.push_back(codec.encode(episode.actions[i]));
      continue;
    }
    if (!sequence.empty()) sequences.push_back(std::exchange(sequence, {}));
  }
}

// A file that is gone with this object.
struct ScratchFile {
  std::filesystem::path path;
  explicit ScratchFile(std::filesystem::path p) : path(std::move(p)) {}
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
};

void add_steps(const RecordedEpisode& recorded, const PolicyContract& contract,
               std::span<const agent::ActionParts> actions, std::span<const ActionScore> policy,
               const MarkovModel& markov, std::vector<ImitationStep>& steps) {
  const auto first = static_cast<std::size_t>(std::max(1, contract.delay_steps));
  for (std::size_t i = first; i < actions.size(); ++i) {
    if (!is_teacher(recorded.origins[i]) || !is_teacher(recorded.origins[i - 1])) continue;
    const MarkovScore done = markov.score(actions[i], actions[i - 1]);
    const MarkovScore stay = markov.score(actions[i - 1], actions[i - 1]);
    steps.push_back({.episode = recorded.index,
                     .time_s = to_seconds(recorded.times[i] - recorded.times[0]),
                     .changed = !(actions[i] == actions[i - 1]),
                     .policy = policy[i],
                     .unconditional = {done.unconditional, stay.unconditional},
                     .factorised = {done.factorised, stay.factorised},
                     .joint = {done.joint, stay.joint}});
  }
}

}  // namespace

ImitationMeasure::ImitationMeasure(const ImitationOptions& options, SourceServices services)
    : services_(std::move(services)), scorer_(options.run, options.threads), markov_(fit(options)) {}

MarkovFit ImitationMeasure::fit(const ImitationOptions& options) {
  const RunConfig config = run_config_of(options.run);
  const PolicyContract& contract = scorer_.contract();
  trained_ = config.trainer.loss;
  std::vector<ActionSequence> sequences;
  for (const SourceConfig& source : fit_sources(config, options.fit)) {
    const RecordedEpisodes recorded =
        load_recorded_episodes(source, {.shape = {}, .contract = contract, .data = {}, .part = DataPart::kTraining});
    std::map<std::size_t, agent::ActionCodec> codecs;  // of recordings that are used
    for (const RecordedEpisode& episode : recorded.episodes) {
      const bool left_out = source.success_only && !source.relabel && episode.failed;
      if (left_out) continue;
      const std::size_t i = episode.recording;
      if (!codecs.contains(i))
        codecs.emplace(i, codec_of(recorded.recordings[i].folder, recorded.facts[i], contract, services_.open_video));
      add_sequences(episode, codecs.at(i), sequences);
    }
    num_fit_recordings_ += codecs.size();
  }
  return fit_markov(sequences, action_shape(contract));
}

ImitationRecording ImitationMeasure::measure(const std::filesystem::path& recording,
                                             const std::filesystem::path& scratch) const {
  const PolicyContract& contract = scorer_.contract();
  const RecordedEpisodes recorded = load_whole_recording(recording, contract);
  const ScratchFile file(scratch / "pictures.cache");
  const auto cache = datasets::FrameCache::open_or_create(
      file.path, {.recordings = {recording}, .frame = contract.frame_size(), .action_rate_hz = contract.action_rate_hz},
      services_.open_video);
  const agent::ActionCodec codec = codec_of(recording, recorded.facts[0], contract, services_.open_video);
  ImitationRecording result{.name = std::filesystem::weakly_canonical(recording).filename().string(), .steps = {}};
  for (const datasets::CachedEpisode& place : cache.episodes()) {
    for (const RecordedEpisode& episode : recorded.episodes) {
      if (episode.index != place.episode) continue;
      PlainEpisode pictures;
      pictures.frame = [&](std::size_t step) { return cache.frame(place.first + step); };
      pictures.spans = instruction_spans(episode);
      const std::vector<agent::ActionParts> actions = encode_each(episode.actions, codec);
      add_steps(episode, contract, actions, scorer_.score(pictures, actions, trained_), markov_.model, result.steps);
    }
  }
  if (result.steps.empty())
    fail(ErrorKind::kFormat,
         "{} holds {} episodes with actions and {} with pictures, and no two actions of a person in a row after a "
         "picture: nothing can be measured on it",
         recording.string(), recorded.episodes.size(), cache.episodes().size());
  return result;
}

std::vector<std::filesystem::path> held_out_recordings(const std::string& path) {
  if (!path.ends_with(".toml")) return {path};
  std::vector<std::filesystem::path> held_out;
  for (const datasets::ManifestRecording& recording : datasets::load_manifest(path).recordings) {
    if (recording.split == "held_out") held_out.emplace_back(recording.path);
  }
  if (held_out.empty())
    fail(ErrorKind::kConfig, "{} holds no recording out: mark some with split = \"held_out\", or name recordings",
         path);
  return held_out;
}

}  // namespace atl::trainer
