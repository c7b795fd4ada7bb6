#include "tools/demonstrations.h"

#include "core/log.h"
#include "datasets/reader.h"
#include "datasets/resample.h"
#include "datasets/window_size.h"
#include "tools/recording_list.h"
#include "tools/videos.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#if ATOLL_HAS_TORCH
#include "trainer/config.h"
#endif

namespace atl::tools {
namespace {

// Stretches of steps that people and experts did, at the contract's rate, counted together.
evaluation::HabitCounts count_episode(const std::vector<datasets::RecordedAction>& recorded,
                                      const datasets::Resampling& resampling, const agent::ActionCodec& codec) {
  evaluation::HabitCounts counts;
  std::vector<Action> stretch;
  const auto end_stretch = [&] {
    const evaluation::HabitCounts more = evaluation::count_habits(std::exchange(stretch, {}), codec);
    counts.steps += more.steps;
    counts.idle += more.idle;
    counts.pairs += more.pairs;
    counts.repeats += more.repeats;
  };
  for (const datasets::ResampledStep& step : datasets::resample(recorded, resampling)) {
    const bool is_taught = std::ranges::none_of(
        step.from, [](const datasets::RecordedAction& action) { return action.origin == Origin::kAgent; });
    if (is_taught)
      stretch.push_back(step.action);
    else
      end_stretch();
  }
  end_stretch();
  return counts;
}

}  // namespace

std::vector<std::string> recordings_of_run([[maybe_unused]] const std::string& run) {
  std::vector<std::string> recordings;
#if ATOLL_HAS_TORCH
  const std::filesystem::path folder = std::filesystem::weakly_canonical(run);
  for (const std::filesystem::path& place : {folder, folder.parent_path()}) {
    if (!std::filesystem::exists(place / "config.toml")) continue;
    for (const trainer::SourceConfig& source : load_config<trainer::RunConfig>(place / "config.toml").trainer.sources)
      recordings.insert(recordings.end(), source.recordings.begin(), source.recordings.end());
    break;
  }
  for (const std::string& recording : recordings) {
    if (std::filesystem::exists(recording)) continue;
    log_warning(
        "{}, which {} was trained on, is not here: its habits are held beside the world's expert instead; name "
        "recordings with --demonstrations",
        recording, run);
    return {};
  }
#endif
  return recordings;
}

evaluation::HabitRow demonstrated_habits(const std::vector<std::string>& recordings, const PolicyContract& contract) {
  const std::vector<std::filesystem::path> paths(recordings.begin(), recordings.end());
  std::vector<evaluation::HabitCounts> episodes;
  for (const datasets::ManifestRecording& recording : find_recordings(paths)) {
    if (recording.split == "held_out") continue;
    const auto reader = datasets::RecordingReader::open(recording.path);
    const datasets::Resampling resampling(reader->facts().action_rate_hz, contract.action_rate_hz, recording.path);
    const agent::ActionCodec codec(contract, reader->facts().counts_per_turn,
                                   datasets::window_size(contract, reader->facts(), reader->folder(), video_reader()));
    for (std::size_t i = 0; i < reader->episodes().size(); ++i) {
      const datasets::Episode& episode = reader->episodes()[i];
      if (episode.end && episode.end->discarded) continue;
      const evaluation::HabitCounts counts = count_episode(reader->actions(i), resampling, codec);
      if (counts.steps > 0) episodes.push_back(counts);
    }
  }
  return evaluation::summarise_habits(fmt::format("{}", fmt::join(recordings, ", ")), episodes);
}

}  // namespace atl::tools
