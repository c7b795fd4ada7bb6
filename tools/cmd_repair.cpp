// `atoll repair`: makes a recording whole again that was cut or damaged, and says what is lost.
#include "datasets/check.h"
#include "datasets/repair.h"
#include "tools/command.h"
#include "tools/videos.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace atl::tools {
namespace {

nlohmann::ordered_json to_json(const std::filesystem::path& folder, const datasets::RepairReport& report,
                               const datasets::RecordingCheck& check) {
  return {{"path", folder.string()},
          {"changed", report.changed},
          {"original", report.original.string()},
          {"original_video", report.original_video.string()},
          {"original_audio", report.original_audio.string()},
          {"messages_kept", report.messages_kept},
          {"messages_removed", report.messages_removed},
          {"bytes_lost", report.bytes_lost},
          {"seconds_lost", report.seconds_lost},
          {"pictures_lost", report.pictures_lost},
          {"samples_lost", report.samples_lost},
          {"episodes_closed", report.episodes_closed},
          {"lost", report.lost},
          {"verdict", to_string(check.verdict)},
          {"problems", check.problems}};
}

void print(const std::filesystem::path& folder, const datasets::RepairReport& report,
           const datasets::RecordingCheck& check) {
  if (!report.changed) {
    fmt::print("{}: is ok, nothing was changed\n", folder.string());
    return;
  }
  fmt::print(
      "{}: {} messages kept, {} removed; lost: {} bytes, at least {:.3f} s, {} pictures, {} samples of "
      "sound; {} episodes ended as aborted\n",
      folder.string(), report.messages_kept, report.messages_removed, report.bytes_lost, report.seconds_lost,
      report.pictures_lost, report.samples_lost, report.episodes_closed);
  for (const std::string& lost : report.lost) fmt::print("  {}\n", lost);
  fmt::print("  the original is {}\n", report.original.string());
  if (!report.original_video.empty())
    fmt::print("  the video was written anew, the original is {}\n", report.original_video.string());
  if (!report.original_audio.empty())
    fmt::print("  the sound was cut where it is damaged, the original is {}\n", report.original_audio.string());
  fmt::print("  now it is {}\n", to_string(check.verdict));
  for (const std::string& problem : check.problems) fmt::print("  {}\n", problem);
}

}  // namespace

int run_repair(std::vector<std::string> arguments) {
  CLI::App app{"Makes a recording whole again that was cut or damaged", "atoll repair"};
  std::filesystem::path folder;
  bool json = false;
  app.add_option("recording", folder, "folder of the recording")->required();
  app.add_flag("--json", json, "one JSON object on stdout");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  const datasets::RepairReport report = datasets::repair_recording(folder, media_readers(), repair_writers());
  const datasets::RecordingCheck check = datasets::check_recording(folder, media_readers());
  if (json)
    fmt::print("{}\n", to_json(folder, report, check).dump());
  else
    print(folder, report, check);
  return check.verdict == datasets::RecordingVerdict::kOk ? 0 : 1;
}

}  // namespace atl::tools
