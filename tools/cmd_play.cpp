// `atoll play`: lets a policy act in a live world, by instruction, at the world's own pace.
#include "core/error.h"
#include "core/version.h"
#include "tools/command.h"
#include "tools/live_results.h"
#include "tools/live_run.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

namespace atl::tools {
namespace {

// The suite's rows in that world; `seeds`: empty, or instead of the suite's.
void choose_suite(const std::string& suite, const std::string& seeds, const WorldEntry& world, EpisodeSource& source) {
  source.suite = evaluation::load_suite(suite);
  if (seeds == "training")
    fail(ErrorKind::kUsage, "suite {} is played on development or held_out seeds, not on --seeds training", suite);
  if (!seeds.empty()) source.suite->seeds = seeds;
  if (!is_same_world(source.suite->world, world.name))
    fail(ErrorKind::kUsage, "suite {} is for the world {}, not for {}; play it in that world's window", suite,
         source.suite->world, world.name);
}

// Plays and leaves what `atoll eval --compare` reads.
LiveReport run_with_results(LiveRun& run, const std::filesystem::path& folder,
                            const std::vector<std::string>& arguments) {
  LiveResults results(folder, run);
  run.on_episode = [&](auto index, const auto& request, const auto& result) { results.add(index, request, result); };
  LiveReport report = run_live(run);
  results.close(report, {.title = fmt::format("{}: {}", run.source.suite->name, run_name(run.player)),
                         .command = fmt::format("atoll play {}", fmt::join(arguments, " ")),
                         .commit = std::string(git_revision()),
                         .machine = machine_description(),
                         .date = utc_now()});
  return report;
}

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): the table of commands has it by value
int run_play(std::vector<std::string> arguments) {
  CLI::App app{"Lets a policy act in a live world, captured and controlled like any other program", "atoll play"};
  LiveRun run;
  run.command = "play";
  CommonFlags common;
  std::vector<std::string> tasks;
  std::string suite;
  std::filesystem::path results;
  std::string seeds;  // empty: development, or as the suite says
  app.add_option("world", run.world,
                 "a live world, as playhouse-window, playhouse-window/house or playhouse-window/house,reskin=3 "
                 "(another look); `atoll worlds` lists them")
      ->required();
  app.add_option("--policy", run.player,
                 "a run, `random`, `remote:ADDRESS` of a policy's server, `expert`, which has played each start in the "
                 "stepped world before, or `demo:RECORDING`, whose inputs are sent again")
      ->required();
  app.add_option("--instruction", run.source.instruction, "what it is told; default: the world's own words");
  app.add_option("--told", run.source.told,
                 "what it is told instead, \"\" for nothing: task and judge stay. A control for how much the words do");
  app.add_option("--target", run.source.target, "what is judged, where the words are free: \"go to the red ball\"");
  app.add_option("--task", tasks, "task family, repeatable; default: all of the world's, in equal parts")->take_all();
  app.add_option("--suite", suite,
                 "the tasks and starts of an evaluation's suite, its rows by turns: as in `atoll eval`")
      ->excludes("--task");
  app.add_option("--results", results,
                 "a new folder for results.json, episodes.jsonl and report.html of a suite, as `atoll eval` writes "
                 "them: `atoll eval --compare` puts them side by side");
  app.add_option("--episodes", run.episodes, "how many; of a suite in all, not of each row")
      ->check(CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint32_t>::max() + std::uint64_t{0}))
      ->default_str("1, or all of a demo");
  app.add_option("--seconds", run.source.time_limit_s, "time limit of each episode; 0: the world's own")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  app.add_option("--seeds", seeds,
                 "range of the worlds' seeds: training, development or held_out; a suite has no "
                 "training seeds")
      ->check(CLI::IsMember({"training", "development", "held_out"}))
      ->default_str("development, or the suite's");
  app.add_option("--seed", run.source.first,
                 "index of the first seed in its range, in each row of the suite, or of a demo's episodes")
      ->capture_default_str();
  app.add_option("--out", run.out, "a new folder for the recording; default: nothing is recorded");
  add_setter_flags(app, run.setter);
  app.add_option("--config", common.config, "a TOML file with the tables record, expert, policy, world, live");
  app.add_option("--set", common.overrides, "section.key=value")->take_all();
  app.add_flag("--json", common.json, "one JSON object on stdout");
  if (const auto exit_code = parse_flags(app, arguments)) return *exit_code;

  const WorldEntry world = find_world(run.world);
  run.source.families = choose_families(world, tasks);
  settle_words(world, !tasks.empty(), run.source);
  run.source.range = seeds == "training"   ? envs::SeedRange::kTraining
                     : seeds == "held_out" ? envs::SeedRange::kHeldOut
                                           : envs::SeedRange::kDevelopment;
  if (!suite.empty()) choose_suite(suite, seeds, world, run.source);
  run.config = load_run_config(common, true);
  print_report(run, results.empty() ? run_live(run) : run_with_results(run, results, arguments), common.json);
  return 0;
}

}  // namespace atl::tools
