#include "tools/dataset_stats.h"

#include "datasets/activity.h"
#include "datasets/labels.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>

namespace atl::tools {
namespace {

double share(double part, double whole) { return whole > 0 ? part / whole : 0.0; }

std::uint64_t num_presses(const Action& action) {
  return std::accumulate(action.presses.begin(), action.presses.end(), std::uint64_t{0});
}

double presses_per_minute(const DatasetStats& s) { return share(static_cast<double>(s.presses) * 60.0, s.seconds); }

}  // namespace

void DatasetStats::add(const DatasetStats& other) {
  recordings += other.recordings;
  episodes += other.episodes;
  discarded += other.discarded;
  actions += other.actions;
  pictures += other.pictures;
  events += other.events;
  instructions += other.instructions;
  presses += other.presses;
  drops += other.drops;
  seconds += other.seconds;
  idle_s += other.idle_s;
  instructed_s += other.instructed_s;
  for (const auto& [verdict, count] : other.verdicts) verdicts[verdict] += count;
}

DatasetStats stats_of(datasets::RecordingReader& reader, std::size_t index,
                      const std::vector<Instruction>& instructions) {
  datasets::Episode episode = reader.episodes()[index];
  DatasetStats stats;
  if (episode.end && episode.end->discarded) {
    stats.discarded = 1;
    return stats;
  }
  episode.instructions = instructions;
  const std::vector<datasets::RecordedAction> actions = reader.actions(index);
  const double rate_hz = reader.facts().action_rate_hz;
  Timestamp end = episode.start.time;
  if (!actions.empty()) end = actions.back().time + period_of(rate_hz);
  if (episode.end) end = episode.end->time;
  stats.episodes = 1;
  stats.actions = episode.num_actions;
  stats.pictures = episode.num_frames;
  stats.events = episode.num_events;
  stats.instructions = instructions.size();
  stats.seconds = to_seconds(end - episode.start.time);
  stats.idle_s = datasets::idle_seconds(actions, rate_hz);
  stats.instructed_s = datasets::instructed_seconds(episode, end);
  for (const datasets::RecordedAction& action : actions) stats.presses += num_presses(action.action);
  ++stats.verdicts[episode.end ? episode.end->verdict : "unfinished"];
  return stats;
}

DatasetStats stats_of(const datasets::ManifestRecording& recording) {
  const auto reader = datasets::RecordingReader::open(recording.path);
  const auto instructions = datasets::instructions_of(*reader, recording.labels);
  DatasetStats stats;
  stats.recordings = 1;
  for (std::size_t i = 0; i < instructions.size(); ++i) stats.add(stats_of(*reader, i, instructions[i]));
  for (const datasets::DropNote& note : reader->drops()) stats.drops += note.count;
  return stats;
}

nlohmann::ordered_json to_json(const DatasetStats& s) {
  return {{"recordings", s.recordings},
          {"episodes", s.episodes},
          {"discarded", s.discarded},
          {"hours", s.seconds / 3600.0},
          {"actions", s.actions},
          {"pictures", s.pictures},
          {"events", s.events},
          {"instructions", s.instructions},
          {"instructed_share", share(s.instructed_s, s.seconds)},
          {"idle_share", share(s.idle_s, s.seconds)},
          {"presses_per_minute", presses_per_minute(s)},
          {"drops", s.drops},
          {"verdicts", s.verdicts}};
}

std::string to_text(const DatasetStats& s) {
  std::string text = fmt::format(
      "{} episodes, {:.2f} h; {} instructions over {:.0f} % of the time; idle {:.0f} %, {:.1f} presses a minute; {} "
      "pictures, {} drops",
      s.episodes, s.seconds / 3600.0, s.instructions, 100.0 * share(s.instructed_s, s.seconds),
      100.0 * share(s.idle_s, s.seconds), presses_per_minute(s), s.pictures, s.drops);
  if (s.discarded > 0) text += fmt::format("; {} more discarded", s.discarded);
  for (const auto& [verdict, count] : s.verdicts) text += fmt::format("; {} {}", count, verdict);
  return text;
}

}  // namespace atl::tools
