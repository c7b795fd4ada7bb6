// `atoll eval`: how often is done what was told, under every control, with intervals, as a table, files and a page.
#include "core/config.h"
#include "core/error.h"
#include "core/version.h"
#include "tools/command.h"
#include "tools/contestants.h"
#include "tools/demonstrations.h"
#include "tools/eval_compare.h"
#include "tools/imitation.h"
#include "tools/remote_name.h"
#include "tools/suite_run.h"
#include "tools/worlds.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

namespace atl::tools {
namespace {

// What a stepped evaluation can choose of its world: the table `world`.
struct EvalWorldConfig {
  int frame_width_px = 0;  // 0: as the policy was trained; 96x72 where nobody was
  int frame_height_px = 0;
  std::string keys{};  // of a remote world
};

void describe(ConfigVisitor& v, EvalWorldConfig& config) {
  v.field("frame_width_px", &config.frame_width_px, {.min = 0, .max = 1024});
  v.field("frame_height_px", &config.frame_height_px, {.min = 0, .max = 1024});
  v.field("keys", &config.keys);
}

struct EvalConfig {
  PolicyConfig policy;
  EvalWorldConfig world;
};

void describe(ConfigVisitor& v, EvalConfig& config) {
  v.table("policy", config.policy);
  v.table("world", config.world);
}

struct EvalFlags {
  std::string suite = "playhouse-basics";
  std::string world;  // empty: as the suite says
  std::string seeds;  // empty: as the suite says
  std::uint64_t episodes = 500;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool videos = true;
  std::vector<std::string> imitation;  // recordings and manifests; empty: a suite is played
  std::vector<std::string> fit;
  std::vector<std::string> demonstrations;  // recordings and manifests; empty: those of the run, else the expert
  bool fit_goal = false;
  ContestantFlags contestants;
  CommonFlags common;
};

evaluation::PageHeader make_header(const EvalFlags& flags, const std::vector<std::string>& arguments) {
  return {.title = fmt::format("{}: {}", flags.suite, run_name(flags.contestants.policy)),
          .command = fmt::format("atoll eval {}", fmt::join(arguments, " ")),
          .commit = std::string(git_revision()),
          .machine = machine_description(),
          .date = utc_now()};
}

// Playhouse as the policy was trained on it, if it was, unless the config says otherwise.
WorldConfig world_of(const EvalConfig& config, const std::optional<PolicyContract>& contract) {
  WorldConfig world;
  if (contract) {
    world.frame_width_px = contract->frame_width_px;
    world.frame_height_px = contract->frame_height_px;
  }
  world.keys = config.world.keys;
  if (config.world.frame_width_px > 0) world.frame_width_px = config.world.frame_width_px;
  if (config.world.frame_height_px > 0) world.frame_height_px = config.world.frame_height_px;
  return world;
}

// The suite's world, perhaps drawn another way, here or behind a server.
std::function<std::unique_ptr<envs::SteppedEnvironment>()> world_factory(const EvalFlags& flags,
                                                                         const WorldConfig& world,
                                                                         const std::string& of_suite) {
  const std::string name = flags.world.empty() ? of_suite : flags.world;
  if (!remote_address(name) && !is_same_world(name, of_suite))
    fail(ErrorKind::kUsage,
         "--world {}: the suite {} is for the world {}; expected that, another look of it ({},reskin=N), or "
         "remote:ADDRESS of a server of it",
         name, flags.suite, of_suite, of_suite);
  return [name, of_suite, world] {
    std::unique_ptr<envs::SteppedEnvironment> made = create_stepped_world(name, world);
    if (!is_same_world(made->spec().facts.world, of_suite))
      fail(ErrorKind::kUsage, "{} serves the world {}, the suite is for {}", name, made->spec().facts.world, of_suite);
    return made;
  };
}

// The flags that mean something only where a suite is played: an imitation with one of them is refused.
void add_suite_flags(CLI::App& app, CLI::Option& imitation, EvalFlags& flags) {
  const std::vector<CLI::Option*> of_suites = {
      app.add_option("--suite", flags.suite,
                     "a shipped suite's name, or a TOML file, which says world, families and splits")
          ->capture_default_str(),
      app.add_option(
             "--world", flags.world,
             "the suite's world in another look, as playhouse,reskin=3 (for how far what was learned carries over), "
             "or `remote:ADDRESS` of a server of it")
          ->default_str("the suite's"),
      app.add_option("--no-language", flags.contestants.no_language,
                     "run of an agent trained without language, as a further control"),
      app.add_option("--episodes", flags.episodes, "episodes per condition, split evenly over the suite's tasks")
          ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 20))
          ->capture_default_str(),
      app.add_option("--seeds", flags.seeds,
                     "`development` to choose between variants; `held_out` only for final results")
          ->check(CLI::IsMember({"development", "held_out"}))
          ->default_str("the suite's"),
      app.add_option("--config", flags.common.config, "a TOML file with the tables policy, world"),
      app.add_option("--seed", flags.common.seed, "seed of the players' randomness (default 0)"),
      app.add_option("--set", flags.common.overrides,
                     "policy.KEY=value: temperature, key_temperature, guidance, threads, device, keys; "
                     "world.KEY=value: frame_width_px, "
                     "frame_height_px (default: the policy's), keys")
          ->take_all(),
      app.add_flag("!--no-controls", flags.contestants.controls, "only the instructed condition"),
      app.add_option("--demonstrations", flags.demonstrations,
                     "recordings or manifests beside whose repeat and idle rate the agent's are put")
          ->default_str("those the run was trained on, else the suite's expert"),
      app.add_flag("--fit-goal", flags.fit_goal,
                   "fit scale and offset of the run's goal head to these development starts, and keep them in its "
                   "newest checkpoint"),
      app.add_flag("!--no-videos", flags.videos, "no videos in the report")};
  for (CLI::Option* option : of_suites) imitation.excludes(option);
}

EvalFlags parse_eval_flags(const std::vector<std::string>& arguments, std::optional<int>& exit_code) {
  EvalFlags flags;
  CLI::App app{
      "How often is done what was told: success per instruction, with controls and intervals.\n"
      "With --imitation: how likely is what people did, beside Markov models of actions that see no picture.\n"
      "With --compare A B...: evaluations side by side; atoll eval --compare --help tells its flags",
      "atoll eval"};
  CLI::Option* imitation =
      app.add_option("--imitation", flags.imitation,
                     "instead of a suite: recordings, or manifests, whose held-out recordings are taken; "
                     "log-likelihood per action, also as imitation.json in --out");
  app.add_option("--fit", flags.fit,
                 "recordings or manifests to fit the Markov models on (default: those that the run was trained on)")
      ->needs(imitation);
  app.add_option("--policy", flags.contestants.policy, "a run; of a suite also `expert`, `random` or `remote:ADDRESS`")
      ->required();
  app.add_option("--out", flags.common.out, "a new folder for report.html, results.json, episodes.jsonl and videos")
      ->required();
  app.add_option("--threads", flags.threads, "episodes played at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_flag("--json", flags.common.json, "results.json on stdout");
  add_suite_flags(app, *imitation, flags);
  exit_code = parse_flags(app, arguments);
  return flags;
}

bool is_run(const std::string& policy) { return policy != "expert" && policy != "random" && !remote_address(policy); }

int measure_imitation(const EvalFlags& flags, const std::vector<std::string>& arguments) {
  if (!is_run(flags.contestants.policy))
    fail(ErrorKind::kUsage, "--imitation measures a trained run, not --policy {}; name a run's folder",
         flags.contestants.policy);
  return run_imitation({.recordings = flags.imitation,
                        .fit = flags.fit,
                        .policy = flags.contestants.policy,
                        .out = flags.common.out,
                        .command = fmt::format("atoll eval {}", fmt::join(arguments, " ")),
                        .threads = flags.threads,
                        .json = flags.common.json});
}

// Nothing is ever tuned on held-out starts.
void refuse_bad_fit(const EvalFlags& flags, const evaluation::Suite& suite) {
  if (!flags.fit_goal) return;
  if (!is_run(flags.contestants.policy))
    fail(ErrorKind::kUsage, "--fit-goal fits a trained run, not --policy {}; name a run's folder",
         flags.contestants.policy);
  if (suite.seeds != "development")
    fail(ErrorKind::kUsage,
         "--fit-goal on {} seeds: what is fitted on them cannot be measured on them; add --seeds development",
         suite.seeds);
}

std::optional<evaluation::HabitRow> find_demonstrations(const EvalFlags& flags, const PolicyContract& contract) {
  std::vector<std::string> recordings = flags.demonstrations;
  if (recordings.empty() && is_run(flags.contestants.policy)) recordings = recordings_of_run(flags.contestants.policy);
  if (recordings.empty()) return std::nullopt;
  return demonstrated_habits(recordings, contract);
}

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): the table of commands has it by value
int run_eval(std::vector<std::string> arguments) {
  if (is_comparison(arguments)) return run_comparison(arguments);
  std::optional<int> exit_code;
  EvalFlags flags = parse_eval_flags(arguments, exit_code);
  if (exit_code) return *exit_code;
  if (!flags.imitation.empty()) return measure_imitation(flags, arguments);

  SuiteRun run;
  run.plan.suite = evaluation::load_suite(flags.suite);
  const std::size_t num_tasks = run.plan.suite.tasks.size();
  if (!flags.seeds.empty()) run.plan.suite.seeds = flags.seeds;
  run.plan.episodes_per_task = (flags.episodes + num_tasks - 1) / num_tasks;
  run.plan.threads = flags.threads;
  run.plan.player_seed = flags.common.seed.value_or(0);
  EvalConfig config;
  config_document(flags.common).read(config);
  refuse_bad_fit(flags, run.plan.suite);
  if (flags.contestants.policy != "expert")
    run.plan.contract = policy_contract(flags.contestants.policy, config.policy);
  run.plan.create_world = world_factory(flags, world_of(config, run.plan.contract), run.plan.suite.world);
  const std::unique_ptr<envs::SteppedEnvironment> world = run.plan.create_world();
  if (!run.plan.contract) run.plan.contract = contract_of_world(world->spec());
  run.demonstrations = find_demonstrations(flags, *run.plan.contract);
  if (flags.fit_goal) run.fit_goal = flags.contestants.policy;
  flags.contestants.has_oracle = world->oracle() != nullptr;
  flags.contestants.play = config.policy;
  run.contestants = create_contestants(flags.contestants);
  run.policy = run_name(flags.contestants.policy);
  run.header = make_header(flags, arguments);
  run.out = flags.common.out;
  run.videos = flags.videos;
  const SuiteReport report = run_suite(run);
  if (flags.common.json) {
    fmt::print("{}", evaluation::to_json(report.results));
    return 0;
  }
  fmt::print("{}\nworld: {}\nreport: {}\n", evaluation::to_table(report.results), report.results.world,
             (run.out / "report.html").string());
  if (report.num_videos > 0) fmt::print("videos: {}\n", (run.out / "videos").string());
  if (const auto& fit = report.results.goal_fit)
    fmt::print(
        "goal head of {} fitted to {} pictures, {} of goals reached: scale {:.4g}, offset {:.4g} on top of what it "
        "had; "
        "log-loss {:.4f} before, {:.4f} after\n",
        flags.contestants.policy, fit->pictures, fit->reached, fit->fit.scale, fit->fit.offset, fit->log_loss_before,
        fit->log_loss_after);
  return 0;
}

}  // namespace atl::tools
