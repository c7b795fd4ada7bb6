// `atoll check`: proves recordings and scenarios, or says what is wrong with them.
#include "core/error.h"
#include "core/log.h"
#include "datasets/check.h"
#include "datasets/recording_file.h"
#include "envs/playhouse/scenario.h"
#include "tools/agreement.h"
#include "tools/check_hashes.h"
#include "tools/check_parity.h"
#include "tools/check_sync.h"
#include "tools/command.h"
#include "tools/videos.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace atl::tools {
namespace {

using datasets::RecordingCheck;
using datasets::RecordingVerdict;

// A scenario of Playhouse, replayed.
struct ScenarioCheck {
  std::filesystem::path path;
  envs::playhouse::Scenario scenario;
  std::vector<std::string> problems;
};

bool is_scenario(const std::filesystem::path& path) {
  return path.extension() == ".toml" && !std::filesystem::is_directory(path);
}

ScenarioCheck check_scenario(const std::filesystem::path& path) {
  ScenarioCheck check{path, {}, {}};
  try {
    check.scenario = envs::playhouse::read_scenario(path);
    check.problems = envs::playhouse::differences(check.scenario);
  } catch (const Error& error) {
    check.problems.emplace_back(error.what());
  }
  return check;
}

nlohmann::ordered_json to_json(const ScenarioCheck& check) {
  return {{"path", check.path.string()},
          {"verdict", check.problems.empty() ? "equal" : "different"},
          {"world", check.scenario.world},
          {"seed", check.scenario.seed},
          {"steps", check.scenario.steps.size()},
          {"checkpoints", check.scenario.checkpoints.size()},
          {"problems", check.problems}};
}

void print(const ScenarioCheck& check) {
  const envs::playhouse::Scenario& scenario = check.scenario;
  fmt::print("{}: {}; {}, seed {}, {} steps, {} checkpoints, \"{}\"\n", check.path.string(),
             check.problems.empty() ? "equal" : "different", scenario.world, scenario.seed, scenario.steps.size(),
             scenario.checkpoints.size(), scenario.task.instruction);
  for (const std::string& problem : check.problems) fmt::print("  {}\n", problem);
}

// A recording, or all recordings that lie in a folder.
void add_recordings(const std::filesystem::path& path, std::vector<std::filesystem::path>& found) {
  std::vector<std::filesystem::path> below;
  if (std::filesystem::is_directory(path) && !std::filesystem::exists(path / datasets::kSessionFile)) {
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (std::filesystem::exists(entry.path() / datasets::kSessionFile)) below.push_back(entry.path());
    }
    std::sort(below.begin(), below.end());
  }
  if (below.empty()) below.push_back(path);
  found.insert(found.end(), below.begin(), below.end());
}

// With what the world says about its pictures.
RecordingCheck check_one(const std::filesystem::path& recording, bool decode_pictures, HashCheck& hashes) {
  RecordingCheck check = datasets::check_recording(recording, media_readers(), decode_pictures);
  if (check.verdict != RecordingVerdict::kOk) return check;
  hashes = check_hashes(recording);
  if (!hashes.problems.empty()) check.verdict = RecordingVerdict::kUnusable;
  check.problems.insert(check.problems.end(), hashes.problems.begin(), hashes.problems.end());
  return check;
}

nlohmann::ordered_json to_json(const datasets::AudioSummary& audio) {
  if (audio.rate_hz == 0 && audio.num_losses == 0) return nullptr;
  return {{"rate_hz", audio.rate_hz},     {"channels", audio.num_channels},     {"seconds", audio.seconds},
          {"losses", audio.num_losses},   {"lost_seconds", audio.lost_seconds}, {"steps", audio.num_steps},
          {"drift_ppm", audio.drift_ppm}, {"jitter_ms", audio.jitter_ms}};
}

nlohmann::ordered_json to_json(const RecordingCheck& check, const HashCheck& hashes) {
  return {{"path", check.folder.string()},
          {"verdict", to_string(check.verdict)},
          {"episodes", check.episodes},
          {"frames", check.frames},
          {"events", check.events},
          {"instructions", check.instructions},
          {"seconds", check.seconds},
          {"drops", check.drops},
          {"pictures_without_checksum", check.pictures_without_checksum},
          {"audio", to_json(check.audio)},
          {"idle_share", check.idle_share()},
          {"instructed_share", check.instructed_share()},
          {"pictures_drawn_again", hashes.pictures},
          {"note", hashes.note},
          {"problems", check.problems}};
}

void print(const RecordingCheck& check, const HashCheck& hashes) {
  fmt::print(
      "{}: {}; {} episodes, {:.1f} s ({:.0f} % idle, {:.0f} % under instructions), {} pictures, {} input events, "
      "{} instructions, {} drops\n",
      check.folder.string(), to_string(check.verdict), check.episodes, check.seconds, 100 * check.idle_share(),
      100 * check.instructed_share(), check.frames, check.events, check.instructions, check.drops);
  const datasets::AudioSummary& audio = check.audio;
  if (audio.rate_hz > 0 || audio.num_losses > 0)
    fmt::print(
        "  sound {} Hz, {} channels, {:.1f} s, {} losses ({:.1f} s), {} steps; its clock runs {:+.1f} ppm, jitter "
        "{:.2f} "
        "ms\n",
        audio.rate_hz, audio.num_channels, audio.seconds, audio.num_losses, audio.lost_seconds, audio.num_steps,
        audio.drift_ppm, audio.jitter_ms);
  if (hashes.pictures > 0 && hashes.problems.empty())
    fmt::print("  played again, all its {} pictures have the same hash\n", hashes.pictures);
  if (check.pictures_without_checksum > 0)
    fmt::print(
        "  {} of its pictures have no checksum: they were recorded by an older Atoll, and --pictures says more\n",
        check.pictures_without_checksum);
  if (!hashes.note.empty()) fmt::print("  {}\n", hashes.note);
  for (const std::string& problem : check.problems) fmt::print("  {}\n", problem);
}

nlohmann::ordered_json to_json(const Agreement& agreement) {
  return {{"episodes", agreement.episodes},
          {"equal_episodes", agreement.equal_episodes},
          {"unequal_episodes", agreement.unequal_episodes},
          {"verdicts", agreement.verdicts},
          {"pictures", agreement.pictures},
          {"equal_pictures", agreement.equal_pictures},
          {"pictures_of_one_tick", agreement.pictures_of_one_tick},
          {"distinct_pictures", agreement.distinct_pictures},
          {"problems", agreement.problems}};
}

void print(const Agreement& agreement) {
  fmt::print("stepped again: {} of {} episodes end equal; {} of {} pictures are equal, {} of them different\n",
             agreement.equal_episodes, agreement.episodes, agreement.equal_pictures, agreement.pictures,
             agreement.distinct_pictures);
  for (const std::string& problem : agreement.problems) fmt::print("  {}\n", problem);
}

struct CheckFlags {
  std::vector<std::filesystem::path> paths;
  std::filesystem::path ticks;
  bool decode_pictures = false;
  bool json = false;
  bool wants_sync = false;
  CheckSyncFlags sync;
  ParityFlags parity;
};

void add_flags(CLI::App& app, CheckFlags& flags) {
  app.add_option(
      "recording", flags.paths,
      "recordings, or folders of them; or scenarios of Playhouse (FILE.toml), which are replayed and compared "
      "bit by bit");
  app.add_option("--ticks", flags.ticks,
                 "log of playhouse-window (its argument --log) of this one recording's session: is replayed in the "
                 "stepped world, and states, verdicts and pictures are compared bit by bit");
  app.add_flag(
      "--pictures", flags.decode_pictures,
      "also decode every picture of the video, in about a tenth of the time that it shows: finds damage inside "
      "those that have no checksum (recordings of an older Atoll)");
  app.add_flag("--json", flags.json, "one JSON object on stdout");
  app.add_option(
      "--parity", flags.parity.run,
      "also: does this run's policy see live what it was trained on? Every picture goes through the "
      "trainer's path and the live one and has to be the same bytes; told is also what the video changed, in "
      "grey levels, and what that changes in the policy's actions, in nats");
  app.add_option("--cache", flags.parity.cache,
                 "with --parity: an existing training cache of exactly these recordings; without it one is made and "
                 "removed");
  app.add_flag(
      "--sync", flags.wants_sync,
      "instead: does what is recorded here line up? Records a window that answers each key at once, as a person and as "
      "an agent play it, and measures offset, jitter and drift. Leave keyboard and mouse alone meanwhile");
  app.add_option("--seconds", flags.sync.seconds, "with --sync: how long keys are pressed, as each of the two")
      ->check(CLI::Range(1.0, 86400.0))
      ->capture_default_str();
  app.add_option("--display", flags.sync.display, "with --sync: `desktop`, or `virtual` for a screen of its own")
      ->check(CLI::IsMember({"desktop", "virtual"}))
      ->capture_default_str();
  app.add_option("--seed", flags.sync.seed, "with --sync: of which key is pressed when")->capture_default_str();
  app.add_option("--out", flags.sync.out, "with --sync: a new folder where the recording stays");
}

// Prints, or adds to `result`; true if all are ok.
bool check_recordings(const std::vector<std::filesystem::path>& recordings, const CheckFlags& flags,
                      nlohmann::ordered_json& result) {
  bool all_ok = true;
  result["recordings"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    if (recordings.size() > 1)
      show_progress(fmt::format("[{}/{}] {}", i + 1, recordings.size(), recordings[i].string()));
    HashCheck hashes;
    const RecordingCheck check = check_one(recordings[i], flags.decode_pictures, hashes);
    all_ok = all_ok && check.verdict == RecordingVerdict::kOk;
    if (flags.json)
      result["recordings"].push_back(to_json(check, hashes));
    else
      print(check, hashes);
  }
  end_progress();
  return all_ok;
}

bool check_scenarios(const std::vector<std::filesystem::path>& scenarios, const CheckFlags& flags,
                     nlohmann::ordered_json& result) {
  bool all_ok = true;
  for (const std::filesystem::path& path : scenarios) {
    const ScenarioCheck check = check_scenario(path);
    all_ok = all_ok && check.problems.empty();
    if (flags.json)
      result["scenarios"].push_back(to_json(check));
    else
      print(check);
  }
  return all_ok;
}

}  // namespace

int run_check(std::vector<std::string> arguments) {
  CLI::App app{"Proves recordings and scenarios, or says what is wrong with them; exit code 0 only if all are ok",
               "atoll check"};
  CheckFlags flags;
  add_flags(app, flags);
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;
  if (flags.wants_sync) {
    if (!flags.paths.empty())
      fail(ErrorKind::kUsage, "--sync makes its own recording; leave out {}", flags.paths.front().string());
    flags.sync.json = flags.json;
    return check_sync(flags.sync);
  }
  if (flags.paths.empty()) fail(ErrorKind::kUsage, "nothing to check: name a recording, or --sync");

  std::vector<std::filesystem::path> recordings;
  std::vector<std::filesystem::path> scenarios;
  for (const std::filesystem::path& path : flags.paths) {
    if (is_scenario(path))
      scenarios.push_back(path);
    else
      add_recordings(path, recordings);
  }
  if (!flags.parity.run.empty() && recordings.empty())
    fail(ErrorKind::kUsage, "--parity compares the pictures of recordings, and none is named");
  if (!flags.parity.cache.empty() && flags.parity.run.empty())
    fail(ErrorKind::kUsage, "--cache {} belongs to --parity RUN; leave it out", flags.parity.cache.string());
  if (!flags.ticks.empty() && recordings.size() != 1)
    fail(ErrorKind::kUsage, "--ticks belongs to one recording, and there are {}", recordings.size());
  nlohmann::ordered_json result;
  bool all_ok = check_recordings(recordings, flags, result);
  all_ok = check_scenarios(scenarios, flags, result) && all_ok;
  if (!flags.ticks.empty()) {
    const Agreement agreement = check_agreement(recordings.front(), flags.ticks);
    all_ok = all_ok && agreement.is_complete();
    result["agreement"] = to_json(agreement);
    if (!flags.json) print(agreement);
  }
  if (!flags.parity.run.empty()) {
    flags.parity.json = flags.json;
    all_ok = check_parity(recordings, flags.parity, result["parity"]) && all_ok;
  }
  if (flags.json) fmt::print("{}\n", result.dump());
  return all_ok ? 0 : 1;
}

}  // namespace atl::tools
