// Results of an evaluation: the episodes, and what is computed from them. Written as results.json, episodes.jsonl and
// report.html (evaluation/report.h).
#pragma once

#include "evaluation/goal_head.h"
#include "evaluation/habits.h"
#include "evaluation/statistics.h"
#include "session/episode.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::evaluation {

/// How the agent was told what to do. Every condition runs on the same starts.
///
/// instructed: the task's instruction. blank: the same agent, empty instruction. no_language: an agent trained without
/// language. swapped: the same agent is told to do another thing of the same scene, and success is still that of the
/// task itself; starts that offer nothing else are left out. swapped_named: the same episodes, success at what it was
/// told. random: random actions. expert: the
/// scripted ceiling. person: a human ceiling.
inline constexpr std::string_view kConditions[] = {"instructed",    "blank",  "no_language", "swapped",
                                                   "swapped_named", "random", "expert",      "person"};

/// One line of episodes.jsonl.
struct EpisodeRecord {
  std::string task;         // the suite's row
  std::string condition;    // one of kConditions
  std::uint64_t index = 0;  // of the start inside the row: equal index, equal start
  std::uint64_t seed = 0;
  std::string start_hash;  // of the world's state, hexadecimal
  std::string target;      // what the task means
  std::string told;        // the words the player was given
  std::string verdict;
  std::string reason;
  std::string object;  // what the verdict is about
  std::string judge;
  bool success = false;  // by the condition's rule
  std::uint64_t steps = 0;
  double answer_ms = 0.0;    // median time of one policy answer; 0 where none was asked
  std::uint64_t misses = 0;  // answers that came later than the declared delay; 0 in stepped worlds
  std::string checkpoint;    // of the policy; empty for others
  double guidance = 0.0;
  std::optional<HabitCounts> habits{};     // not of swapped ones
  std::vector<session::Belief> beliefs{};  // of policies, not of swapped ones: that what was told is done, by picture
};

/// One row of results.json.
struct ResultRow {
  std::string task;  // the suite's row, or "all"
  std::string category;
  std::string condition;
  std::size_t n = 0;
  std::size_t successes = 0;
  Estimate rate{};  // Wilson
  std::map<std::string, std::size_t> verdicts{};
};

/// The difference of two conditions on the same starts.
struct PairedRow {
  std::string task;
  std::string a;
  std::string b;
  Estimate difference;
};

/// How the agent moves beside those it learned from.
struct Habits {
  std::optional<HabitRow> agent{};
  std::optional<HabitRow> demonstrations{};
};

struct Results {
  std::string suite;
  std::string world;  // by its name: the suite's, or the same one drawn another way
  std::string policy;
  std::string seeds;  // "development" or "held_out"
  std::vector<ResultRow> rows;
  std::vector<PairedRow> paired;
  Habits habits{};
  std::optional<GoalHead> goal_head{};  // where the agent has one
  std::optional<GoalFit> goal_fit{};    // what --fit-goal made of it: the checkpoint's from now on
  std::vector<std::string> notes;       // sentences: what the numbers leave out
};

/// Names of the suite's rows with their categories, in the suite's order.
struct RowName {
  std::string task;
  std::string category;
};

/// Computes rows per task and condition and for "all", and instructed minus every other condition, paired by start;
/// habits and goal head of "instructed", with "expert", where it ran, as the demonstrations; and notes where a
/// condition ran on fewer starts than "instructed".
[[nodiscard]] Results summarise(std::span<const EpisodeRecord> episodes, std::span<const RowName> tasks);

[[nodiscard]] std::string to_json(const Results& results);
[[nodiscard]] std::string to_json_line(const EpisodeRecord& episode);

/// Reads episodes.jsonl; throws Error(kFormat) with the line number.
[[nodiscard]] std::vector<EpisodeRecord> read_episodes(const std::filesystem::path& file);

/// What the goal head of "instructed" believed, an element an episode that has beliefs.
[[nodiscard]] std::vector<EpisodeBeliefs> beliefs_of(std::span<const EpisodeRecord> episodes);

/// The rows as a table for people, then habits and goal head.
[[nodiscard]] std::string to_table(const Results& results);

}  // namespace atl::evaluation
