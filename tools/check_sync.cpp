#include "tools/check_sync.h"

#include "core/clock.h"
#include "core/files.h"
#include "tools/measured_sync.h"
#include "tools/sync_recording.h"
#include "tools/sync_report.h"
#include "tools/videos.h"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <optional>

namespace atl::tools {
namespace {

nlohmann::ordered_json to_json(const Spread& spread) {
  return {{"p50", spread.p50}, {"p99", spread.p99}, {"max", spread.max}};
}

nlohmann::ordered_json to_json(const SyncEpisode& episode) {
  return {{"pressed_by", episode.pressed_by},
          {"seconds", episode.seconds},
          {"inputs", episode.inputs},
          {"pictures", episode.pictures},
          {"violations",
           {{"unequal", episode.unequal},
            {"unreadable", episode.unreadable},
            {"early", episode.early},
            {"stale", episode.stale},
            {"backdated", episode.backdated}}},
          {"capture_offset_ms", {{"low", episode.capture_offset.low}, {"high", episode.capture_offset.high}}},
          {"grab_ms", to_json(episode.grab)},
          {"input_age_ms", to_json(episode.input_age)},
          {"input_to_picture_ms", to_json(episode.input_to_picture)},
          {"drift_ms", episode.drift},
          {"drift_half_width_ms", episode.drift_half_width},
          {"video_drift_ms", episode.video_drift}};
}

void print(const SyncEpisode& episode) {
  fmt::print("pressed by {}: {} inputs in {:.0f} s, {} pictures\n",
             episode.pressed_by == "person" ? "a person" : "an agent", episode.inputs, episode.seconds,
             episode.pictures);
  fmt::print(
      "  violations          {} ({} inputs lost or changed, {} pictures torn, {} early, {} stale, {} inputs "
      "stamped late)\n",
      episode.violations(), episode.unequal, episode.unreadable, episode.early, episode.stale, episode.backdated);
  fmt::print("  capture offset      {:.2f} ms, known to +-{:.2f} ms; a grab takes {:.2f} ms (p99 {:.2f})\n",
             episode.capture_offset.middle(), episode.capture_offset.half_width(), episode.grab.p50, episode.grab.p99);
  fmt::print("  drift               {:.3f} ms, known to +-{:.2f} ms; the video's {:.3f} ms\n", episode.drift,
             episode.drift_half_width, episode.video_drift);
  fmt::print("  stamp to program    {:.2f} ms (p99 {:.2f}, max {:.2f})\n", episode.input_age.p50, episode.input_age.p99,
             episode.input_age.max);
  fmt::print("  stamp to picture    {:.1f} ms (p99 {:.1f}, max {:.1f})\n", episode.input_to_picture.p50,
             episode.input_to_picture.p99, episode.input_to_picture.max);
}

// What facts say: of people's recordings, so the person's inputs.
MeasuredSync measured_from(const std::vector<SyncEpisode>& episodes) {
  const SyncEpisode& person = episodes.front();
  const auto now = std::time(nullptr);
  return {.date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(now)),
          .capture_latency_ms = person.capture_offset.middle(),
          .capture_jitter_ms = std::max(0.0, person.grab.p99 - person.capture_offset.middle()),
          .capture_drift_ms = person.drift,
          .input_latency_ms = person.input_age.p50};
}

}  // namespace

int check_sync(const CheckSyncFlags& flags) {
  std::optional<TemporaryFolder> temporary;
  if (flags.out.empty()) temporary.emplace("atoll-sync");
  const std::filesystem::path folder = temporary ? temporary->path() / "recording" : flags.out;
  const SyncRecording recording =
      record_sync({.display = flags.display, .seconds = flags.seconds, .seed = flags.seed}, folder);
  const std::vector<SyncEpisode> episodes = measure_sync(folder, video_reader(), recording.truth, recording.pressed_by);
  const bool is_clean = std::all_of(episodes.begin(), episodes.end(), [](const SyncEpisode& episode) {
    return episode.violations() == 0 && episode.inputs > 0 && episode.pictures > 0;
  });
  const std::string kind = kind_of_display(flags.display);
  if (is_clean) store_measured_sync(kind, measured_from(episodes));
  if (flags.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const SyncEpisode& episode : episodes) list.push_back(to_json(episode));
    fmt::print("{}\n", nlohmann::ordered_json{{"sync",
                                               {{"verdict", is_clean ? "ok" : "violated"},
                                                {"screen", kind},
                                                {"display", recording.display},
                                                {"episodes", list}}}}
                           .dump());
    return is_clean ? 0 : 1;
  }
  fmt::print("sync of a {} screen ({}): {}\n", kind, recording.display, is_clean ? "ok" : "violated");
  for (const SyncEpisode& episode : episodes) print(episode);
  if (is_clean && !measured_sync_file().empty())
    fmt::print("kept in {} for the facts of later recordings\n", measured_sync_file().string());
  return is_clean ? 0 : 1;
}

}  // namespace atl::tools
