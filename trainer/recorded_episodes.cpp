#include "trainer/recorded_episodes.h"

#include "core/error.h"
#include "core/log.h"
#include "core/random.h"
#include "datasets/labels.h"
#include "datasets/manifest.h"
#include "datasets/reader.h"
#include "datasets/resample.h"
#include "trainer/world_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace atl::trainer {
namespace {

constexpr std::uint64_t kApartStream = 0x6170617274;

// Whether an episode is kept apart to measure on: by a hash, so that adding recordings moves no other episode.
bool is_kept_apart(const datasets::EpisodeStart& start, std::size_t index, const std::string& recording, double share) {
  std::uint64_t key = derive_seed(start.seed, index);
  for (const char c : recording) key = mix_bits(key ^ static_cast<std::uint8_t>(c));
  return Random(derive_seed(kApartStream, key)).uniform() < share;
}

// A recording of an evaluation holds tasks that training is not to see.
void refuse_held_out_split(const std::string& split, const std::string& where) {
  if (split.empty() || split == "train") return;
  fail(ErrorKind::kConfig,
       "{} has a task of the split \"{}\": what is held out is not trained on, or evaluations could not be believed; "
       "record tasks of the split \"train\"",
       where, split);
}

void load_actions(std::span<const datasets::RecordedAction> recorded, const datasets::Resampling& resampling,
                  RecordedEpisode& episode) {
  for (const datasets::ResampledStep& step : datasets::resample(recorded, resampling)) {
    Origin origin = step.from[0].origin;
    for (const datasets::RecordedAction& r : step.from) {
      if (!is_teacher(r.origin)) origin = r.origin;
    }
    episode.actions.push_back(step.action);
    episode.origins.push_back(origin);
    episode.times.push_back(step.begin);
  }
}

datasets::Resampling resampling_of(const datasets::RecordingReader& reader, const PolicyContract& contract) {
  return {reader.facts().action_rate_hz, contract.action_rate_hz, reader.folder().string()};
}

// Appends episode `index` of `reader`, unless it has no action.
void load_episode(datasets::RecordingReader& reader, std::size_t index, std::size_t recording,
                  const datasets::Resampling& resampling, std::vector<Instruction> instructions,
                  RecordedEpisodes& all) {
  const datasets::Episode& recorded = reader.episodes()[index];
  RecordedEpisode episode;
  episode.recording = recording;
  episode.index = index;
  episode.start = recorded.start;
  episode.instructions = std::move(instructions);
  if (recorded.end) {
    episode.end_hash = recorded.end->end_hash;
    episode.succeeded = recorded.end->verdict == "success";
    episode.failed = !episode.succeeded && recorded.end->verdict != "aborted";
  }
  load_actions(reader.actions(index), resampling, episode);
  if (!episode.actions.empty()) all.episodes.push_back(std::move(episode));
}

void load_recording(std::size_t recording, const SourceConfig& config, const SourceSetup& setup,
                    RecordedEpisodes& all) {
  const std::filesystem::path& folder = all.recordings[recording].folder;
  const std::string& split = all.recordings[recording].split;
  const std::string name = std::filesystem::weakly_canonical(folder).filename().string();
  const auto reader = datasets::RecordingReader::open(folder);
  all.facts.push_back(reader->facts());
  const datasets::Resampling resampling = resampling_of(*reader, setup.contract);
  std::vector<std::vector<Instruction>> instructions =
      datasets::instructions_of(*reader, all.recordings[recording].labels);
  for (std::size_t i = 0; i < reader->episodes().size(); ++i) {
    const datasets::Episode& recorded = reader->episodes()[i];
    if (recorded.end && recorded.end->discarded) continue;
    const std::string where = fmt::format("episode {} of {}", i, folder.string());
    refuse_held_out(recorded.start.seed, where);
    if (setup.part == DataPart::kTraining) refuse_held_out_split(recorded.start.split, where);
    const bool apart =
        !split.empty() ? split == "development" : is_kept_apart(recorded.start, i, name, config.development);
    if (apart != (setup.part == DataPart::kDevelopment)) continue;
    load_episode(*reader, i, recording, resampling, std::move(instructions[i]), all);
  }
}

// The first step that begins at `time` or later.
std::size_t step_at(const RecordedEpisode& episode, Timestamp time) {
  return static_cast<std::size_t>(std::lower_bound(episode.times.begin(), episode.times.end(), time) -
                                  episode.times.begin());
}

// A policy learns that the pointer stays where no action says where it goes.
void warn_without_positions(const RecordedEpisodes& all, const SourceSetup& setup) {
  if (!setup.contract.has_pointer() || setup.part != DataPart::kTraining) return;
  for (const RecordedEpisode& episode : all.episodes) {
    if (std::ranges::any_of(episode.actions, [](const Action& action) { return action.pointer.has_value(); })) return;
  }
  log_warning(
      "contract.pointer = \"{}\", and no action of {} (and {} more) says where the pointer goes: an ordinary "
      "mouse tells motion alone",
      setup.contract.pointer, all.recordings[0].folder.string(), all.recordings.size() - 1);
}

}  // namespace

std::vector<NamedRecording> named_recordings(const SourceConfig& config) {
  std::vector<NamedRecording> named;
  for (const std::string& path : config.recordings) {
    if (!path.ends_with(".toml")) {
      named.push_back({path, {}});
      continue;
    }
    for (const datasets::ManifestRecording& recording : datasets::load_manifest(path).recordings) {
      if (recording.split == "held_out") continue;
      if (recording.weight != 1.0)
        fail(ErrorKind::kConfig,
             "{} gives {} the weight {}: name it in a [[trainer.sources]] of its own with that weight", path,
             recording.path, recording.weight);
      named.push_back({recording.path, recording.split, recording.labels});
    }
  }
  return named;
}

void log_held_out_recordings(const std::vector<SourceConfig>& sources) {
  std::size_t held_out = 0;
  std::size_t all = 0;
  for (const SourceConfig& source : sources) {
    for (const std::string& path : source.recordings) {
      if (!path.ends_with(".toml")) continue;
      for (const datasets::ManifestRecording& recording : datasets::load_manifest(path).recordings) {
        ++all;
        held_out += recording.split == "held_out" ? 1 : 0;
      }
    }
  }
  if (held_out > 0) log_info("{} of {} recordings are held out by their manifest and left alone", held_out, all);
}

bool keeps_development_apart(const SourceConfig& config) {
  const std::vector<NamedRecording> named = named_recordings(config);
  return std::any_of(named.begin(), named.end(), [&](const NamedRecording& recording) {
    return recording.split.empty() ? config.development > 0 : recording.split == "development";
  });
}

RecordedEpisodes load_recorded_episodes(const SourceConfig& config, const SourceSetup& setup) {
  RecordedEpisodes all;
  all.recordings = named_recordings(config);
  for (std::size_t i = 0; i < all.recordings.size(); ++i) load_recording(i, config, setup, all);
  if (all.episodes.empty()) {
    fail(ErrorKind::kConfig, "{} recordings ({}, ...) hold no episode {}", all.recordings.size(),
         config.recordings.empty() ? std::string("none") : config.recordings[0],
         setup.part == DataPart::kDevelopment
             ? "kept apart to measure on: raise trainer.sources development, or set it 0"
             : "to learn from");
  }
  warn_without_positions(all, setup);
  return all;
}

RecordedEpisodes load_whole_recording(const std::filesystem::path& folder, const PolicyContract& contract) {
  RecordedEpisodes all;
  all.recordings.push_back({folder, {}});
  const auto reader = datasets::RecordingReader::open(folder);
  all.facts.push_back(reader->facts());
  const datasets::Resampling resampling = resampling_of(*reader, contract);
  for (std::size_t i = 0; i < reader->episodes().size(); ++i)
    load_episode(*reader, i, 0, resampling, reader->episodes()[i].instructions, all);
  return all;
}

void add_instructions(const RecordedEpisodes& recorded, std::set<std::string>& texts) {
  for (const RecordedEpisode& episode : recorded.episodes) {
    texts.insert(episode.start.instruction);
    for (const Instruction& instruction : episode.instructions) texts.insert(instruction.text);
  }
}

std::vector<InstructionSpan> instruction_spans(const RecordedEpisode& episode) {
  const std::size_t pictures = episode.actions.size() + 1;
  std::vector<InstructionSpan> spans;
  for (const Instruction& instruction : episode.instructions) {
    const bool succeeded =
        instruction.mark == SuccessMark::kSucceeded || (instruction.mark == SuccessMark::kUnknown && episode.succeeded);
    // It ends with the picture at `end`, which shows the success; after anything else the next may begin there.
    const std::size_t end = instruction.end ? step_at(episode, *instruction.end) + (succeeded ? 1 : 0) : pictures;
    const InstructionSpan span{.text = instruction.text,
                               .begin = step_at(episode, instruction.begin),
                               .end = std::min(end, pictures),
                               .succeeded = succeeded};
    if (span.begin < span.end) spans.push_back(span);
  }
  if (episode.instructions.empty() && !episode.start.instruction.empty())
    spans.push_back({episode.start.instruction, 0, pictures, episode.succeeded});
  return spans;
}

}  // namespace atl::trainer
