#include "tools/live_results.h"

#include "core/error.h"
#include "core/files.h"
#include "core/stop.h"
#include "evaluation/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace atl::tools {
namespace {

// As `atoll eval` calls them: who is told other words is still judged by the task itself.
std::string condition_of(const LiveRun& run) {
  if (!run.source.told) return "instructed";
  return run.source.told->empty() ? "blank" : "swapped";
}

evaluation::Contestant contestant_of(const LiveRun& run) {
  evaluation::Contestant contestant;
  contestant.condition = condition_of(run);
  if (run.player == "expert" || run.player == "random") return contestant;
  contestant.checkpoint = run_name(run.player);
  contestant.guidance = run.config.policy.guidance;
  return contestant;
}

void refuse_other_tasks(const std::filesystem::path& folder, const LiveRun& run) {
  if (!run.source.suite)
    fail(ErrorKind::kUsage,
         "--results {} without --suite: results are of a suite's tasks and starts; add --suite NAME, as doom-basics",
         folder.string());
  if (run.player.starts_with("demo:"))
    fail(ErrorKind::kUsage,
         "--results {} with --policy {}: a demo plays its own episodes, not the suite's; leave out --results, or name "
         "a run, random or expert",
         folder.string(), run.player);
  if (!run.source.instruction.empty() || !run.source.target.empty() || run.setter.serve)
    fail(ErrorKind::kUsage,
         "--results {} with --instruction, --target or --setter: these are no longer the tasks of the suite {}; leave "
         "them out (--told changes what the player is told, and no more)",
         folder.string(), run.source.suite->name);
}

}  // namespace

LiveResults::LiveResults(std::filesystem::path folder, const LiveRun& run)
    : folder_(std::move(folder)), run_(run), contestant_(contestant_of(run)) {
  refuse_other_tasks(folder_, run);
  create_output_folder(folder_);
}

void LiveResults::add(std::uint64_t index, const session::EpisodeRequest& request,
                      const session::EpisodeResult& result) {
  if (result.verdict == envs::Verdict::kAborted) return;
  const evaluation::Suite& suite = *run_.source.suite;
  const std::size_t num_rows = suite.tasks.size();
  evaluation::EpisodeRecord record = evaluation::make_record(
      suite, contestant_, {.row = index % num_rows, .contestant = 0, .index = run_.source.first + index / num_rows},
      result);
  record.target = request.task.target;
  const std::filesystem::path file = folder_ / "episodes.jsonl";
  if (!lines_.is_open()) lines_.open(file);
  lines_ << evaluation::to_json_line(record) << std::flush;
  if (!lines_) fail(ErrorKind::kFile, "cannot write {}: is the disk full?", file.string());
  records_.push_back(std::move(record));
}

void LiveResults::close(const LiveReport& report, const evaluation::PageHeader& header) {
  if (stop_requested() || records_.empty())
    fail(ErrorKind::kEnvironment, "stopped after {} of {} episodes; those that ended are in {}, and no results.json",
         records_.size(), std::max<std::uint64_t>(run_.episodes, 1), folder_.string());
  evaluation::Results results = evaluation::summarise_suite(*run_.source.suite, records_);
  results.world = report.world;
  results.policy = run_name(run_.player);
  const std::vector<std::string> more = notes(report);
  results.notes.insert(results.notes.end(), more.begin(), more.end());
  write_file_atomically(folder_ / "results.json", evaluation::to_json(results));
  write_file_atomically(folder_ / "report.html", evaluation::to_html(results, header, {}));
}

std::vector<std::string> LiveResults::notes(const LiveReport& report) const {
  std::vector<std::string> all;
  if (run_.source.time_limit_s > 0.0)
    all.push_back(
        fmt::format("each episode had {:g} s, whatever the suite says (--seconds)", run_.source.time_limit_s));
  const auto num_aborted = std::count_if(report.results.begin(), report.results.end(),
                                         [](const auto& result) { return result.verdict == envs::Verdict::kAborted; });
  if (num_aborted > 0) all.push_back(fmt::format("{} episodes were broken off and are left out", num_aborted));
  return all;
}

}  // namespace atl::tools
