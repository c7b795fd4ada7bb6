// `atoll record`: plays episodes and keeps what was seen, done and asked for.
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "envs/playhouse/quest.h"
#include "session/batch_recorder.h"
#include "session/expert_player.h"
#include "session/recording_sink.h"
#include "session/takeover_player.h"
#include "tools/command.h"
#include "tools/live_run.h"
#include "tools/remote_name.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <thread>

namespace atl::tools {
namespace {

// Begins the name of a player: a policy, and the expert that takes over from it.
constexpr std::string_view kTakeover = "takeover:";

struct RecordFlags {
  std::string world;
  std::string player = "expert";
  std::vector<std::string> tasks;
  std::uint64_t episodes = 1;
  EpisodeSource source;
  SetterFlags setter;
  CommonFlags common;
  bool go_on = false;
};

session::RecordPlan make_plan(const RecordFlags& flags, const RunConfig& config) {
  session::RecordPlan plan;
  plan.num_episodes = flags.episodes;
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  plan.threads = config.record.video ? 1 : config.record.threads > 0 ? config.record.threads : cores;
  plan.make_request = [source = flags.source](std::uint64_t index) { return source.request(index); };
  plan.create_world = [flags, config] { return create_stepped_world(flags.world, config.world); };
  plan.create_player = [flags, config](envs::SteppedEnvironment& world) -> std::unique_ptr<session::Player> {
    const auto create_expert = [&] { return std::make_unique<session::ExpertPlayer>(world, config.expert.style()); };
    if (flags.player == "expert") return create_expert();
    if (!flags.player.starts_with(kTakeover)) return create_policy_player(flags.player, config.policy, world.spec());
    const double rate_hz = world.spec().action_rate_hz;
    const auto step_of = [&](double seconds) { return static_cast<std::uint64_t>(std::llround(seconds * rate_hz)); };
    return std::make_unique<session::TakeoverPlayer>(
        create_policy_player(flags.player.substr(kTakeover.size()), config.policy, world.spec()), create_expert(),
        session::Takeover{.first = step_of(config.takeover.first_s), .last = step_of(config.takeover.last_s)});
  };
  return plan;
}

void print_summary(const RecordFlags& flags, const RunSummary& run, const datasets::RecordingSummary& recording) {
  if (flags.common.json) {
    const nlohmann::ordered_json object = {
        {"world", flags.world},           {"player", flags.player},     {"out", flags.common.out.string()},
        {"episodes", recording.episodes}, {"successes", run.successes}, {"steps", recording.actions},
        {"frames", recording.frames},     {"seconds", run.seconds}};
    fmt::print("{}\n", object.dump());
    return;
  }
  fmt::print("recorded {} episodes, {} succeeded, {} steps in {:.1f} s: {}\n", recording.episodes, run.successes,
             recording.actions, run.seconds, flags.common.out.string());
}

int record_stepped(const RecordFlags& flags, const RunConfig& config) {
  if (config.record.audio)
    fail(ErrorKind::kUsage, "record.audio: world {} is stepped and makes no sound; sound is recorded of live worlds",
         flags.world);
  const session::RecordPlan plan = make_plan(flags, config);
  const std::unique_ptr<envs::SteppedEnvironment> world = plan.create_world();
  static_cast<void>(plan.create_player(*world));  // a player that cannot be had is found before a folder is made
  const std::unique_ptr<datasets::RecordingWriter> writer =
      create_recording({.folder = flags.common.out}, world->spec(), config);
  session::RecordingSink sink(*writer, config.record.video);
  RunSummary run;
  const Timestamp begin = MonotonicClock::now();
  session::record_episodes(plan, sink, [&](const session::EpisodeResult& result) {
    ++run.episodes;
    run.successes += result.verdict == envs::Verdict::kSuccess ? 1 : 0;
    run.seconds = to_seconds(MonotonicClock::now() - begin);
    show_progress(progress_line("record", run, plan.num_episodes));
  });
  end_progress();
  const datasets::RecordingSummary recording = writer->close();
  run.seconds = to_seconds(MonotonicClock::now() - begin);
  print_summary(flags, run, recording);
  return 0;
}

int record_live(const RecordFlags& flags, const RunConfig& config) {
  const LiveRun run{"record",         flags.world, flags.player, flags.source, flags.episodes,
                    flags.common.out, config,      flags.setter, flags.go_on};
  print_report(run, run_live(run), flags.common.json);
  return 0;
}

}  // namespace

int run_record(std::vector<std::string> arguments) {
  CLI::App app{"Records episodes: what was seen, done and asked for", "atoll record"};
  RecordFlags flags;
  app.add_option("world", flags.world,
                 "which world: playhouse (one room), playhouse/flat, playhouse/house, playhouse/pair (two players), "
                 "playhouse-window and so on; with `,reskin=N` in another look, a pair with `,partner=expert` for one; "
                 "`atoll worlds` lists them; "
                 "`remote:ADDRESS` is one behind a server; `window:CLASS` or `window:TITLE` is a window of any program "
                 "that is open already, for a person; `portal:screen` or `portal:window` what a Wayland desktop shares")
      ->required();
  app.add_option("--player", flags.player,
                 "`expert`, `human`, `random`, a run, or `remote:ADDRESS` of a policy; of stepped worlds also "
                 "`takeover:RUN`: the "
                 "world's expert takes over from it after takeover.first_s to takeover.last_s")
      ->capture_default_str();
  app.add_option("--task", flags.tasks, "task family, repeatable; default: all of the world's, in equal parts")
      ->take_all();
  app.add_option("--split", flags.source.split, "what tasks are drawn from: train, or one of the world's held-out sets")
      ->check(CLI::IsMember(
          std::vector<std::string>(envs::playhouse::kSplitNames.begin(), envs::playhouse::kSplitNames.end())))
      ->capture_default_str();
  app.add_option("--instruction", flags.source.instruction, "the words; default: phrased by the world");
  app.add_option("--target", flags.source.target, "what is judged, where the words are free: \"go to the red ball\"");
  app.add_option("--episodes", flags.episodes, "how many")
      ->check(CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint32_t>::max() + std::uint64_t{0}))
      ->capture_default_str();
  app.add_option("--seconds", flags.source.time_limit_s, "time limit of each episode; 0: the world's own")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  app.add_option("--out", flags.common.out, "a new folder for the recording")->required();
  app.add_flag("--continue", flags.go_on, "adds to the recording that --out holds (live worlds)");
  app.add_option("--seed", flags.source.first, "index of the first training seed")->capture_default_str();
  add_setter_flags(app, flags.setter);
  app.add_option("--config", flags.common.config,
                 "a TOML file with the tables record, expert, policy, takeover, world, live");
  app.add_option("--set", flags.common.overrides, "section.key=value, as record.video=false")->take_all();
  app.add_flag("--json", flags.common.json, "one JSON object on stdout");
  app.footer(
      "While a live world is recorded, whatever window has the focus: F7 done, F8 not done, F9 pause and go on, F10 "
      "mark, "
      "F11 twice discard (record.hotkeys.*); a line on the screen says what is recorded and what is wrong "
      "(record.indicator, record.watch.*). `--set record.audio=true` records what the desktop plays, too "
      "(record.audio_from: one program or output of PipeWire's). Killed or cut recordings: `atoll repair`. More: "
      "docs/record.md");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  const WorldEntry world = remote_address(flags.world)
                               ? find_world(flags.world, load_run_config(flags.common, false).world)
                               : find_world(flags.world);
  flags.source.families = choose_families(world, flags.tasks, flags.source.split);
  settle_words(world, !flags.tasks.empty(), flags.source);
  if (!world.is_stepped) return record_live(flags, load_run_config(flags.common, true));
  if (flags.setter.serve)
    fail(ErrorKind::kUsage, "--setter: world {} is stepped and runs faster than anybody looks; record `{}`",
         flags.world, remote_address(flags.world) ? "a live world" : window_of(flags.world));
  if (flags.go_on) fail(ErrorKind::kUsage, "--continue is for live worlds; record {} into a new folder", flags.world);
  if (flags.player == "human") {
    if (remote_address(flags.world))
      fail(ErrorKind::kUsage, "world {} is stepped, and a person plays in windows: `atoll record playhouse-window`",
           flags.world);
    fail(ErrorKind::kUsage, "world {} is stepped: a person plays it in its window, `atoll record {}`", flags.world,
         window_of(flags.world));
  }
  return record_stepped(flags, load_run_config(flags.common, false));
}

}  // namespace atl::tools
