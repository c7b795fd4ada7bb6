// `atoll eval`: how often is done what was told, under every control, with intervals, as a table, files and a page.
#include "agent/policy.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/stop.h"
#include "core/version.h"
#include "evaluation/evaluator.h"
#include "evaluation/report.h"
#include "session/expert_player.h"
#include "session/policy_player.h"
#include "tools/command.h"
#include "tools/films.h"
#include "tools/worlds.h"

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <thread>

namespace atl::tools {
namespace {

struct EvalFlags {
  std::string suite = "playhouse-basics";
  std::string policy;
  std::string no_language;  // run of an agent trained without language
  std::uint64_t episodes = 500;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool controls = true;
  bool videos = true;
  agent::PlayOptions play;
  CommonFlags common;
};

std::string run_name(const std::string& run) {
  return std::filesystem::path(run).lexically_normal().filename().string();
}

evaluation::Contestant policy_contestant(std::string condition, const std::string& run,
                                         const agent::PlayOptions& play) {
  evaluation::Contestant contestant;
  contestant.condition = std::move(condition);
  contestant.checkpoint = run_name(run);
  contestant.guidance = play.guidance;
  contestant.create_player = [run, play](envs::SteppedEnvironment& world) {
    return std::make_unique<session::PolicyPlayer>(agent::load_policy(run, play), run_name(run), world.spec());
  };
  return contestant;
}

evaluation::Contestant expert_contestant(std::string condition) {
  evaluation::Contestant contestant;
  contestant.condition = std::move(condition);
  contestant.create_player = [](envs::SteppedEnvironment& world) {
    return std::make_unique<session::ExpertPlayer>(world, envs::ExpertStyle{});
  };
  return contestant;
}

evaluation::Contestant random_contestant(std::string condition, const PolicyContract& contract) {
  evaluation::Contestant contestant;
  contestant.condition = std::move(condition);
  contestant.create_player = [contract](envs::SteppedEnvironment& world) {
    return std::make_unique<session::PolicyPlayer>(agent::create_random_policy(contract), "random", world.spec());
  };
  return contestant;
}

// Who plays under which condition, by what --policy names.
std::vector<evaluation::Contestant> make_contestants(const EvalFlags& flags) {
  if (flags.policy == "expert") return {expert_contestant("instructed")};
  if (flags.policy == "random") return {random_contestant("instructed", PolicyContract{})};
  std::vector<evaluation::Contestant> all;
  all.push_back(policy_contestant("instructed", flags.policy, flags.play));
  if (!flags.controls) return all;
  all.push_back(policy_contestant("blank", flags.policy, flags.play));
  if (!flags.no_language.empty()) all.push_back(policy_contestant("no_language", flags.no_language, flags.play));
  all.push_back(policy_contestant("swapped", flags.policy, flags.play));
  all.push_back(random_contestant("random", agent::load_policy(flags.policy, flags.play)->contract()));
  all.push_back(expert_contestant("expert"));
  return all;
}

// The first episode of each task, condition and verdict, played again with a camera on it.
std::vector<evaluation::ReportVideo> film_episodes(const evaluation::EvaluationPlan& plan,
                                                   std::span<const evaluation::Contestant> contestants,
                                                   std::span<const evaluation::EpisodeRecord> records,
                                                   const std::filesystem::path& folder) {
  std::vector<evaluation::ReportVideo> videos;
  std::map<std::string, bool> filmed;
  const std::unique_ptr<envs::SteppedEnvironment> world = plan.create_world();
  for (const evaluation::EpisodeRecord& record : records) {
    if (record.condition != "instructed") continue;
    const std::string key = record.task + "/" + record.verdict;
    if (filmed[key]) continue;
    filmed[key] = true;
    const auto row = std::find_if(plan.suite.tasks.begin(), plan.suite.tasks.end(),
                                  [&](const evaluation::SuiteTask& task) { return task.name == record.task; });
    std::string file_name = fmt::format("{}_{}.mp4", record.task, record.verdict);
    std::replace_if(
        file_name.begin(), file_name.end(), [](char c) { return c == ' ' || c == ',' || c == '/'; }, '_');
    const std::unique_ptr<session::EpisodeSink> film = create_film(folder / file_name, world->spec().action_rate_hz);
    const std::unique_ptr<session::Player> player = contestants[0].create_player(*world);
    const evaluation::EpisodeJob job{static_cast<std::size_t>(row - plan.suite.tasks.begin()), 0, record.index};
    static_cast<void>(evaluation::play_job(plan, contestants[0], job, *world, *player, film.get()));
    videos.push_back({record, "videos/" + file_name, read_binary_file(folder / file_name)});
    show_progress(fmt::format("eval: filmed {} episodes", videos.size()));
  }
  return videos;
}

evaluation::ReportHeader make_header(const EvalFlags& flags, const std::vector<std::string>& arguments) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return {.title = fmt::format("{}: {}", flags.suite, flags.policy),
          .command = fmt::format("atoll eval {}", fmt::join(arguments, " ")),
          .commit = std::string(git_revision()),
          .machine = machine_description(),
          .date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now))};
}

EvalFlags parse_eval_flags(const std::vector<std::string>& arguments, std::optional<int>& exit_code) {
  EvalFlags flags;
  CLI::App app{"How often is done what was told: success per instruction, with controls and intervals", "atoll eval"};
  app.add_option("--suite", flags.suite, "a shipped suite's name, or a TOML file")->capture_default_str();
  app.add_option("--policy", flags.policy, "a run, `expert` or `random`")->required();
  app.add_option("--no-language", flags.no_language, "run of an agent trained without language, as a further control");
  app.add_option("--episodes", flags.episodes, "episodes per condition, split evenly over the suite's tasks")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--out", flags.common.out, "a new folder for report.html, results.json, episodes.jsonl and videos")
      ->required();
  app.add_option("--seed", flags.common.seed, "seed of the players' randomness (default 0)");
  app.add_option("--temperature", flags.play.temperature, "of sampling; 0: the most likely action")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--guidance", flags.play.guidance, "lambda of classifier-free guidance; 0 is off")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--threads", flags.threads, "episodes played at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--set", flags.common.overrides, "change the suite: key=value")->take_all();
  app.add_flag("!--no-controls", flags.controls, "only the instructed condition");
  app.add_flag("!--no-videos", flags.videos, "no videos in the report");
  app.add_flag("--json", flags.common.json, "results.json on stdout");
  exit_code = parse_flags(app, arguments);
  return flags;
}

}  // namespace

int run_eval(std::vector<std::string> arguments) {
  std::optional<int> exit_code;
  const EvalFlags flags = parse_eval_flags(arguments, exit_code);
  if (exit_code) return *exit_code;

  evaluation::EvaluationPlan plan;
  plan.suite = evaluation::load_suite(flags.suite, flags.common.overrides);
  plan.episodes_per_task = (flags.episodes + plan.suite.tasks.size() - 1) / plan.suite.tasks.size();
  plan.threads = flags.threads;
  plan.player_seed = flags.common.seed.value_or(0);
  plan.create_world = [name = plan.suite.world] { return create_stepped_world(name); };
  const std::vector<evaluation::Contestant> contestants = make_contestants(flags);
  create_output_folder(flags.common.out);
  std::filesystem::create_directories(flags.common.out / "videos");

  // Every episode is written as it ends; the files that summarise them come at the end.
  std::ofstream lines(flags.common.out / "episodes.jsonl");
  const std::uint64_t total = plan.episodes_per_task * plan.suite.tasks.size() * contestants.size();
  std::uint64_t done = 0;
  const Timestamp begin = MonotonicClock::now();
  const auto on_records = [&](std::span<const evaluation::EpisodeRecord> records) {
    for (const evaluation::EpisodeRecord& record : records) lines << evaluation::to_json_line(record);
    lines.flush();
    if (!lines)
      fail(ErrorKind::kFile, "cannot write {}: is the disk full?", (flags.common.out / "episodes.jsonl").string());
    ++done;
    const double elapsed_s = to_seconds(MonotonicClock::now() - begin);
    show_progress(fmt::format("eval: {} of {} episodes, {:.0f} s left", done, total,
                              elapsed_s / static_cast<double>(done) * static_cast<double>(total - done)));
  };
  const std::vector<evaluation::EpisodeRecord> records = evaluation::run_evaluation(plan, contestants, on_records);
  if (stop_requested()) {
    end_progress();
    fail(ErrorKind::kEnvironment, "stopped after {} of {} episodes; they are in {}", done, total,
         (flags.common.out / "episodes.jsonl").string());
  }

  std::vector<evaluation::RowName> names;
  for (const evaluation::SuiteTask& task : plan.suite.tasks) names.push_back({task.name, task.category});
  evaluation::Results results = evaluation::summarise(records, names);
  results.suite = plan.suite.name;
  results.policy = flags.policy;
  results.seeds = plan.suite.seeds;
  std::vector<evaluation::ReportVideo> videos;
  if (flags.videos && can_film()) videos = film_episodes(plan, contestants, records, flags.common.out / "videos");
  end_progress();

  write_file_atomically(flags.common.out / "results.json", evaluation::to_json(results));
  write_file_atomically(flags.common.out / "report.html",
                        evaluation::to_html(results, make_header(flags, arguments), videos));
  if (flags.common.json)
    fmt::print("{}", evaluation::to_json(results));
  else
    fmt::print("{}\nreport: {}\nvideos: {}\n", evaluation::to_table(results),
               (flags.common.out / "report.html").string(), (flags.common.out / "videos").string());
  return 0;
}

}  // namespace atl::tools
