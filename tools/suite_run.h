// `atoll eval` of a suite: played, counted, filmed, and written into a folder. What costs the most is written first.
#pragma once

#include "evaluation/evaluator.h"
#include "evaluation/report.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace atl::tools {

struct SuiteRun {
  evaluation::EvaluationPlan plan;
  std::vector<evaluation::Contestant> contestants;  // the first one is filmed
  std::string policy;                               // its name in the results
  evaluation::PageHeader header;
  std::filesystem::path out;  // new or empty
  bool videos = true;         // where the build can film
  /// Of what the agent learned from; none: the suite's expert stands for it, where it plays.
  std::optional<evaluation::HabitRow> demonstrations{};
  std::string fit_goal{};  // the run whose goal head is fitted to the development starts played; empty: none
};

struct SuiteReport {
  evaluation::Results results;
  std::size_t num_videos = 0;
};

/// Writes episodes.jsonl (a line an episode, as it ends), results.json, report.html and videos/ in that order; the page
/// gets its videos at last. A fit of the goal head goes into the run's checkpoint, too, after the results. The folder
/// is made when every contestant has been created once, so that a run that cannot be had leaves nothing. Asked to stop
/// while it plays: throws Error(kEnvironment) saying how far it came; while it films: leaves out the other videos.
/// Throws Error of the parts.
[[nodiscard]] SuiteReport run_suite(const SuiteRun& run);

}  // namespace atl::tools
