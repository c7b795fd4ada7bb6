#include "tools/dataset_choice.h"

#include "core/error.h"
#include "datasets/labels.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <regex>

namespace atl::tools {
namespace {

std::regex pattern_of(const std::string& text) {
  try {
    return std::regex(text, std::regex::ECMAScript | std::regex::icase);
  } catch (const std::regex_error& error) {
    fail(ErrorKind::kUsage, "--instruction {}: no regular expression: {}", text, error.what());
  }
}

template <class T>
bool holds(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

bool EpisodeChoice::is_any() const {
  return world.empty() && instruction.empty() && verdicts.empty() && annotator.empty() && player.empty() &&
         split.empty() && !min_s && !max_s && episodes.empty();
}

void add_choice_flags(CLI::App& app, EpisodeChoice& choice) {
  app.add_option("--world", choice.world, "episodes of this world alone");
  app.add_option("--instruction", choice.instruction, "that have an instruction with this regular expression in it");
  app.add_option("--verdict", choice.verdicts, "that ended so: success, failed, timeout, ...; may be repeated")
      ->take_all();
  app.add_option("--annotator", choice.annotator, "that this annotator touched; instructions are then theirs");
  app.add_option("--player", choice.player, "that this player played: human, expert, a run's name");
  app.add_option("--split", choice.split, "of recordings in this split of the dataset");
  app.add_option("--min-seconds", choice.min_s, "not shorter than this");
  app.add_option("--max-seconds", choice.max_s, "not longer than this");
  app.add_option("--episode", choice.episodes, "with this number, from 0; may be repeated")->take_all();
  app.add_flag("--discarded", choice.discarded, "also those that their recorder discarded");
}

std::vector<std::size_t> chosen_episodes(const datasets::ManifestRecording& recording, const EpisodeChoice& choice) {
  const std::regex pattern = pattern_of(choice.instruction);
  const auto reader = datasets::RecordingReader::open(recording.path);
  std::vector<std::size_t> chosen;
  if (!choice.world.empty() && reader->facts().world != choice.world) return chosen;
  if (!choice.split.empty() && recording.split != choice.split) return chosen;
  std::unique_ptr<datasets::LabelLog> log;
  std::vector<std::string> labels = recording.labels;
  if (!choice.annotator.empty()) {
    if (!holds(datasets::annotators_of(recording.path), choice.annotator)) return chosen;
    labels = {choice.annotator};
    log = datasets::LabelLog::open(recording.path, choice.annotator, datasets::label_base(*reader),
                                   datasets::LabelLog::Mode::kRead);
  }
  const auto instructions = datasets::instructions_of(*reader, labels);
  for (std::size_t i = 0; i < reader->episodes().size(); ++i) {
    const datasets::Episode& episode = reader->episodes()[i];
    if (!episode.end || (episode.end->discarded && !choice.discarded)) continue;
    if (!choice.episodes.empty() && !holds(choice.episodes, i)) continue;
    if (!choice.verdicts.empty() && !holds(choice.verdicts, episode.end->verdict)) continue;
    if (!choice.player.empty() && episode.start.player != choice.player) continue;
    const double seconds = to_seconds(episode.end->time - episode.start.time);
    if (seconds < choice.min_s.value_or(0.0) || (choice.max_s && seconds > *choice.max_s)) continue;
    if (log != nullptr && !log->touches(i)) continue;
    const bool is_said = choice.instruction.empty() ||
                         std::any_of(instructions[i].begin(), instructions[i].end(),
                                     [&](const Instruction& told) { return std::regex_search(told.text, pattern); });
    if (is_said) chosen.push_back(i);
  }
  return chosen;
}

}  // namespace atl::tools
