#include "tools/suite_run.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/stop.h"
#include "envs/seeds.h"
#include "evaluation/films.h"
#include "tools/films.h"
#include "tools/players.h"

#include <fmt/format.h>

#include <fstream>

namespace atl::tools {
namespace {

// Plays everything; each episode is written to episodes.jsonl as it ends, with a progress line.
std::vector<evaluation::EpisodeRecord> play_all(const SuiteRun& run, const std::filesystem::path& file) {
  std::ofstream lines(file);
  const std::uint64_t total = run.plan.episodes_per_task * run.plan.suite.tasks.size() * run.contestants.size();
  std::uint64_t done = 0;
  const Timestamp begin = MonotonicClock::now();
  const auto on_records = [&](std::span<const evaluation::EpisodeRecord> records) {
    for (const evaluation::EpisodeRecord& record : records) lines << evaluation::to_json_line(record);
    lines.flush();
    if (!lines) fail(ErrorKind::kFile, "cannot write {}: is the disk full?", file.string());
    ++done;
    const double elapsed_s = to_seconds(MonotonicClock::now() - begin);
    show_progress(fmt::format("eval: {} of {} episodes, {:.0f} s left", done, total,
                              elapsed_s / static_cast<double>(done) * static_cast<double>(total - done)));
  };
  std::vector<evaluation::EpisodeRecord> records = evaluation::run_evaluation(run.plan, run.contestants, on_records);
  end_progress();
  if (stop_requested())
    fail(ErrorKind::kEnvironment, "stopped after {} of {} episodes; they are in {}", done, total, file.string());
  return records;
}

std::vector<evaluation::ReportVideo> film(const SuiteRun& run, std::span<const evaluation::EpisodeRecord> records) {
  const std::filesystem::path folder = run.out / "videos";
  std::filesystem::create_directories(folder);
  const double rate_hz = run.plan.create_world()->spec().action_rate_hz;
  return evaluation::film_episodes(run.plan, run.contestants.front(), records, folder,
                                   [&](const std::filesystem::path& file) { return create_film(file, rate_hz); });
}

void write_report(const SuiteRun& run, const SuiteReport& report, std::span<const evaluation::ReportVideo> videos) {
  write_file_atomically(run.out / "results.json", evaluation::to_json(report.results));
  write_file_atomically(run.out / "report.html", evaluation::to_html(report.results, run.header, videos));
}

evaluation::GoalFit fit_goal(const SuiteRun& run, std::span<const evaluation::EpisodeRecord> records) {
  for (const evaluation::EpisodeRecord& record : records) {
    ATOLL_CHECK(envs::range_of(record.seed) == envs::SeedRange::kDevelopment, "a goal head fitted on the {} seed {}",
                envs::to_string(envs::range_of(record.seed)), record.seed);
  }
  const evaluation::GoalFit fit = evaluation::fit_goal_head(evaluation::beliefs_of(records));
  refine_goal_head(run.fit_goal, fit.fit.scale, fit.fit.offset);
  return fit;
}

}  // namespace

SuiteReport run_suite(const SuiteRun& run) {
  const std::unique_ptr<envs::SteppedEnvironment> world = run.plan.create_world();
  for (const evaluation::Contestant& contestant : run.contestants) static_cast<void>(contestant.create_player(*world));
  create_output_folder(run.out);
  const std::vector<evaluation::EpisodeRecord> records = play_all(run, run.out / "episodes.jsonl");

  SuiteReport report{evaluation::summarise_suite(run.plan.suite, records)};
  report.results.world = world->spec().facts.world;
  report.results.policy = run.policy;
  if (run.demonstrations) report.results.habits.demonstrations = run.demonstrations;
  // Before the fit and the videos: whatever happens to them, what was counted is kept.
  write_report(run, report, {});
  if (!run.fit_goal.empty()) {
    report.results.goal_fit = fit_goal(run, records);
    write_report(run, report, {});
  }
  if (!run.videos || !can_film()) return report;
  const std::vector<evaluation::ReportVideo> videos = film(run, records);
  report.num_videos = videos.size();
  write_report(run, report, videos);
  return report;
}

}  // namespace atl::tools
