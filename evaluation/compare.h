// Agents side by side on the same starts: the table of the SIMA report (arXiv 2404.10179, figures 5 to 8). Rows are
// tasks, categories and worlds; each agent has its success rate, its score relative to a baseline (the specialist of
// each world: 100 %), and its difference to that baseline, paired by start. Pure but for load_evaluation.
#pragma once

#include "evaluation/results.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::evaluation {

/// One condition of what one `atoll eval` left in its folder.
struct Evaluation {
  std::filesystem::path folder;
  std::string suite;
  std::string world;
  std::string policy;
  std::string seeds;
  std::string condition;
  std::vector<RowName> tasks;           // in the suite's order
  std::vector<EpisodeRecord> episodes;  // of the condition
};

/// Reads results.json and episodes.jsonl. `path`: the folder, or the results.json in it. Throws Error(kFile) for what
/// is missing, Error(kFormat) for what cannot be read, Error(kUsage) for a condition that was not played.
[[nodiscard]] Evaluation load_evaluation(const std::filesystem::path& path, const std::string& condition);

/// A column: who played, in as many worlds as there are evaluations of them.
struct ComparedAgent {
  std::string name;
  std::vector<Evaluation> evaluations;
};

enum class RowLevel : std::uint8_t { kTask, kCategory, kWorld, kTotal };
[[nodiscard]] std::string_view to_string(RowLevel level);

struct ComparedCell {
  std::size_t n = 0;
  std::size_t successes = 0;
  Estimate rate;                     // Wilson; of the total: the mean of the worlds
  std::optional<double> relative{};  // rate over the baseline's; of the total: the mean of the worlds
};

/// An agent minus the reference on their common starts.
struct ComparedDifference {
  std::size_t pairs = 0;
  Estimate difference;  // Newcombe's; of the total: the mean of the worlds
  double p = 1.0;       // paired permutation test
  double p_holm = 1.0;  // corrected over all differences in rows of the same level
};

struct ComparedRow {
  RowLevel level = RowLevel::kTask;
  std::string world;                                             // empty: the total
  std::string suite;                                             // empty but for tasks
  std::string category;                                          // of a task, or the row's own
  std::string task;                                              // empty but for tasks
  std::vector<std::optional<ComparedCell>> cells{};              // an element an agent; nothing: they did not play it
  std::vector<std::optional<ComparedDifference>> differences{};  // nothing also for the reference, and without pairs
};

struct Comparison {
  std::vector<ComparedAgent> agents;  // without their episodes
  std::optional<std::size_t> baseline{};
  std::size_t reference = 0;  // who is subtracted: the baseline, or the first
  std::vector<ComparedRow> rows;
  std::vector<std::string> notes;
};

/// Rows of every world that any agent played: the world with all its episodes, its tasks, its categories of more than
/// one task; then, of several worlds, their total, in which each world weighs the same. A cell counts only where the
/// agent played all of its row.
///
/// Throws Error(kUsage) for fewer than two agents, for two of one name, and for an agent with two evaluations of one
/// suite in one world; Error(kContract) naming the starts that have the same task and seed, but another hash: the
/// worlds were not the same.
[[nodiscard]] Comparison compare(std::vector<ComparedAgent> agents, std::optional<std::size_t> baseline);

}  // namespace atl::evaluation
