// `atoll dataset`: statistics of recordings, and datasets and recordings out of others: merged, split, selected,
// deleted.
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "datasets/copy_episodes.h"
#include "datasets/recording_file.h"
#include "datasets/video/audio_reader.h"
#include "datasets/video/audio_writer.h"
#include "datasets/video/join.h"
#include "tools/command.h"
#include "tools/dataset_choice.h"
#include "tools/dataset_stats.h"
#include "tools/recording_list.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <numeric>

namespace atl::tools {
namespace {

datasets::AudioFiles sound_files() { return {video::audio_reader_factory(), video::audio_writer_factory({})}; }

struct DatasetFlags {
  std::vector<std::filesystem::path> paths;
  EpisodeChoice choice;
  std::filesystem::path out;
  std::uint64_t every = 1;
  bool yes = false;
  bool json = false;
};

/// A recording with those of its episodes that are meant.
struct Chosen {
  datasets::ManifestRecording recording;
  std::vector<std::size_t> episodes;
};

std::vector<Chosen> choose(const DatasetFlags& flags) {
  std::vector<Chosen> all;
  const std::vector<datasets::ManifestRecording> recordings = find_recordings(flags.paths);
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    show_progress(fmt::format("dataset [{}/{}] {}", i + 1, recordings.size(), recordings[i].path));
    Chosen chosen{recordings[i], chosen_episodes(recordings[i], flags.choice)};
    if (!chosen.episodes.empty()) all.push_back(std::move(chosen));
  }
  end_progress();
  if (all.empty()) fail(ErrorKind::kUsage, "none of {} recordings has an episode that is meant", recordings.size());
  return all;
}

std::size_t num_episodes(const std::vector<Chosen>& all) {
  return std::accumulate(all.begin(), all.end(), std::size_t{0},
                         [](std::size_t sum, const Chosen& chosen) { return sum + chosen.episodes.size(); });
}

std::string name_of(const std::filesystem::path& folder) {
  return std::filesystem::weakly_canonical(folder).filename().string();
}

void report(const DatasetFlags& flags, const nlohmann::ordered_json& json, const std::string& text) {
  if (flags.json)
    fmt::print("{}\n", json.dump());
  else
    fmt::print("{}\n", text);
}

void write_manifest(const DatasetFlags& flags, const std::vector<datasets::ManifestRecording>& recordings) {
  datasets::Manifest manifest;
  manifest.name = flags.out.stem().string();
  manifest.recordings = recordings;
  manifest.statistics = datasets::summarise(manifest);
  datasets::save_manifest(flags.out, manifest);
  report(flags,
         {{"out", flags.out.string()}, {"recordings", recordings.size()}, {"episodes", manifest.statistics.episodes}},
         fmt::format("dataset of {} recordings with {} episodes: {}", recordings.size(), manifest.statistics.episodes,
                     flags.out.string()));
}

int run_stats(const DatasetFlags& flags) {
  DatasetStats total;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const datasets::ManifestRecording& recording : find_recordings(flags.paths)) {
    if (stop_requested()) return 1;
    const DatasetStats stats = stats_of(recording);
    total.add(stats);
    nlohmann::ordered_json row = to_json(stats);
    row["path"] = recording.path;
    rows.push_back(std::move(row));
    if (!flags.json) fmt::print("{}: {}\n", recording.path, to_text(stats));
  }
  report(flags, {{"recordings", std::move(rows)}, {"total", to_json(total)}}, "all: " + to_text(total));
  return 0;
}

// Into a dataset (.toml) whole recordings; into a folder copies of the episodes that are meant, a recording each.
int run_select(const DatasetFlags& flags) {
  const std::vector<Chosen> all = choose(flags);
  if (flags.out.extension() == ".toml") {
    std::vector<datasets::ManifestRecording> recordings;
    std::size_t whole = 0;
    for (const Chosen& chosen : all) {
      recordings.push_back(chosen.recording);
      if (!flags.choice.annotator.empty()) recordings.back().labels = {flags.choice.annotator};
      whole += datasets::RecordingReader::open(chosen.recording.path)->episodes().size();
    }
    if (whole != num_episodes(all))
      log_warning(
          "a dataset names whole recordings: {} of their {} episodes are meant; name a folder as --out to copy "
          "those alone",
          num_episodes(all), whole);
    write_manifest(flags, recordings);
    return 0;
  }
  for (const Chosen& chosen : all) {
    if (stop_requested()) return 1;
    const datasets::EpisodePick pick{chosen.recording.path, chosen.episodes};
    datasets::copy_episodes({&pick, 1}, flags.out / name_of(chosen.recording.path), video::video_joiner(),
                            sound_files());
  }
  report(flags, {{"out", flags.out.string()}, {"recordings", all.size()}, {"episodes", num_episodes(all)}},
         fmt::format("{} episodes of {} recordings: {}", num_episodes(all), all.size(), flags.out.string()));
  return 0;
}

int run_merge(const DatasetFlags& flags) {
  if (flags.out.extension() == ".toml") {
    write_manifest(flags, find_recordings(flags.paths));
    return 0;
  }
  const std::vector<Chosen> all = choose(flags);
  std::vector<datasets::EpisodePick> picks;
  for (const Chosen& chosen : all) picks.push_back({chosen.recording.path, chosen.episodes});
  datasets::copy_episodes(picks, flags.out, video::video_joiner(), sound_files());
  report(flags, {{"out", flags.out.string()}, {"recordings", all.size()}, {"episodes", num_episodes(all)}},
         fmt::format("{} episodes of {} recordings: {}", num_episodes(all), all.size(), flags.out.string()));
  return 0;
}

int run_split(const DatasetFlags& flags) {
  std::size_t parts = 0;
  for (const Chosen& chosen : choose(flags)) {
    for (std::size_t begin = 0; begin < chosen.episodes.size(); begin += flags.every) {
      if (stop_requested()) return 1;
      const std::size_t end = std::min<std::size_t>(begin + flags.every, chosen.episodes.size());
      const datasets::EpisodePick pick{chosen.recording.path,
                                       {chosen.episodes.begin() + static_cast<std::ptrdiff_t>(begin),
                                        chosen.episodes.begin() + static_cast<std::ptrdiff_t>(end)}};
      const std::string name = fmt::format("{}-{:05}", name_of(chosen.recording.path), pick.episodes.front());
      show_progress(fmt::format("split {}", name));
      datasets::copy_episodes({&pick, 1}, flags.out / name, video::video_joiner(), sound_files());
      ++parts;
    }
  }
  end_progress();
  report(flags, {{"out", flags.out.string()}, {"recordings", parts}},
         fmt::format("{} recordings: {}", parts, flags.out.string()));
  return 0;
}

// Beside the recording, so that taking it out of sight is one step.
std::filesystem::path trash_place(const std::filesystem::path& folder) {
  const std::filesystem::path whole = std::filesystem::weakly_canonical(folder);
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  const std::filesystem::path trash = whole.parent_path() / ".trash";
  std::filesystem::create_directories(trash);
  return trash / fmt::format("{}-{}", whole.filename().string(), now.count());
}

// The recording, or, where only some of its episodes are meant, a copy of the others in its place.
int run_delete(const DatasetFlags& flags) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::string text;
  for (const Chosen& chosen : choose(flags)) {
    const std::filesystem::path folder = std::filesystem::weakly_canonical(chosen.recording.path);
    const std::size_t count = datasets::RecordingReader::open(folder)->episodes().size();
    const std::filesystem::path trash = trash_place(folder);
    const std::filesystem::path rest = folder.parent_path() / fmt::format(".{}.rest", folder.filename().string());
    std::filesystem::remove_all(rest);  // of a deletion that was killed
    if (!flags.choice.is_any() && chosen.episodes.size() < count) {
      datasets::EpisodePick pick{folder, {}};
      for (std::size_t i = 0; i < count; ++i)
        if (!std::binary_search(chosen.episodes.begin(), chosen.episodes.end(), i)) pick.episodes.push_back(i);
      datasets::copy_episodes({&pick, 1}, rest, video::video_joiner(), sound_files());
    }
    // Killed between the two, the whole recording is in the trash and the rest beside it under its hidden name.
    std::filesystem::rename(folder, trash);
    const bool is_part = std::filesystem::exists(rest);
    if (is_part) std::filesystem::rename(rest, folder);
    if (flags.yes) std::filesystem::remove_all(trash);
    const std::size_t gone = is_part ? chosen.episodes.size() : count;
    rows.push_back({{"path", folder.string()}, {"episodes", gone}, {"trash", flags.yes ? "" : trash.string()}});
    text += fmt::format(
        "{}{} episodes of {}{}", text.empty() ? "" : "\n", gone, folder.string(),
        flags.yes ? " deleted for good" : fmt::format(": the recording as it was is in {}", trash.string()));
  }
  report(flags, {{"deleted", std::move(rows)}}, text);
  return 0;
}

using Action = int (*)(const DatasetFlags&);

CLI::App* add_action(CLI::App& app, const char* name, const char* what, DatasetFlags& flags) {
  CLI::App* action = app.add_subcommand(name, what);
  action->add_option("recordings", flags.paths, "recordings, folders of them, or datasets (.toml)")->required();
  action->add_flag("--json", flags.json, "one JSON object on stdout");
  return action;
}

}  // namespace

int run_dataset(std::vector<std::string> arguments) {
  CLI::App app{"Statistics of recordings, and datasets and recordings out of others", "atoll dataset"};
  app.require_subcommand(1);
  DatasetFlags flags;
  std::vector<std::pair<CLI::App*, Action>> actions;
  actions.emplace_back(add_action(app, "stats", "hours, episodes, instructions, idle share, presses, drops", flags),
                       run_stats);
  actions.emplace_back(
      add_action(app, "select", "the recordings with certain episodes as a dataset, or copies of those episodes",
                 flags),
      run_select);
  actions.emplace_back(add_action(app, "merge", "several recordings as one dataset, or as one recording", flags),
                       run_merge);
  actions.emplace_back(add_action(app, "split", "a recording's episodes as recordings of their own", flags), run_split);
  actions.emplace_back(
      add_action(app, "delete", "recordings, or certain episodes of them, into the folder .trash beside them", flags),
      run_delete);
  for (const auto& [action, run] : actions) {
    if (run == run_stats) continue;
    add_choice_flags(*action, flags.choice);
    if (run == run_delete)
      action->add_flag("--yes", flags.yes, "for good: nothing is kept in .trash");
    else
      action
          ->add_option("--out", flags.out,
                       run == run_split ? "the folder for them" : "a dataset to write (.toml), or a new folder")
          ->required();
    if (run == run_split)
      action->add_option("--every", flags.every, "so many episodes together")
          ->check(CLI::PositiveNumber)
          ->capture_default_str();
  }
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;
  for (const auto& [action, run] : actions)
    if (action->parsed()) return run(flags);
  return 2;
}

}  // namespace atl::tools
