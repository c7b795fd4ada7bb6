// `atoll play`: lets a policy act in a live world, by instruction, at the world's own pace.
#include "core/error.h"
#include "tools/command.h"
#include "tools/live_run.h"

#include <CLI/CLI.hpp>

#include <limits>

namespace atl::tools {

int run_play(std::vector<std::string> arguments) {
  CLI::App app{"Lets a policy act in a live world, captured and controlled like any other program", "atoll play"};
  LiveRun run;
  run.command = "play";
  CommonFlags common;
  std::vector<std::string> tasks;
  std::string suite;
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
  app.add_option("--episodes", run.episodes, "how many")
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
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  const WorldEntry world = find_world(run.world);
  run.source.families = choose_families(world, tasks);
  settle_words(world, !tasks.empty(), run.source);
  run.source.range = seeds == "training"   ? envs::SeedRange::kTraining
                     : seeds == "held_out" ? envs::SeedRange::kHeldOut
                                           : envs::SeedRange::kDevelopment;
  if (!suite.empty()) {
    run.source.suite = evaluation::load_suite(suite);
    if (seeds == "training")
      fail(ErrorKind::kUsage, "suite {} is played on development or held_out seeds, not on --seeds training", suite);
    if (!seeds.empty()) run.source.suite->seeds = seeds;
    if (!is_same_world(run.source.suite->world, world.name))
      fail(ErrorKind::kUsage, "suite {} is for the world {}, not for {}; play it in that world's window", suite,
           run.source.suite->world, world.name);
  }
  run.config = load_run_config(common, true);
  print_report(run, run_live(run), common.json);
  return 0;
}

}  // namespace atl::tools
