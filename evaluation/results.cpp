#include "evaluation/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace atl::evaluation {
namespace {

using Key = std::pair<std::string, std::uint64_t>;  // task and start

struct Successes {
  std::map<Key, bool> by_start;
};

ResultRow make_row(std::string task, std::string category, std::string_view condition,
                   std::span<const EpisodeRecord> episodes) {
  ResultRow row{.task = std::move(task), .category = std::move(category), .condition = std::string(condition)};
  for (const EpisodeRecord& episode : episodes) {
    if (episode.condition != condition || (row.task != "all" && episode.task != row.task)) continue;
    ++row.n;
    row.successes += episode.success ? 1 : 0;
    ++row.verdicts[episode.verdict];
  }
  row.rate = wilson_interval(row.successes, row.n);
  return row;
}

// Results of two conditions on the starts that both ran.
PairedCounts pair_up(const Successes& a, const Successes& b, const std::string& task) {
  PairedCounts counts;
  for (const auto& [key, success_a] : a.by_start) {
    const auto other = b.by_start.find(key);
    if (other == b.by_start.end() || (task != "all" && key.first != task)) continue;
    counts.add(success_a, other->second);
  }
  return counts;
}

// Which rows "swapped" ran on fewer starts of than "instructed": there was nothing else to tell.
std::vector<std::string> notes_of(std::span<const ResultRow> rows, std::span<const RowName> tasks) {
  const auto count = [&](const std::string& task, std::string_view condition) {
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const ResultRow& r) { return r.task == task && r.condition == condition; });
    return row == rows.end() ? std::size_t{0} : row->n;
  };
  std::vector<std::string> notes;
  if (count("all", "swapped") == 0) return notes;
  for (const RowName& name : tasks) {
    const std::size_t all = count(name.task, "instructed");
    const std::size_t told = count(name.task, "swapped");
    if (told < all)
      notes.push_back(fmt::format("swapped, {}: {} of {} starts offer nothing else to ask for and are left out",
                                  name.task, all - told, all));
  }
  return notes;
}

Habits habits_of(std::span<const EpisodeRecord> episodes) {
  const auto row = [&](const char* condition) -> std::optional<HabitRow> {
    std::vector<HabitCounts> counts;
    for (const EpisodeRecord& e : episodes) {
      if (e.condition == condition && e.habits) counts.push_back(*e.habits);
    }
    if (counts.empty()) return std::nullopt;
    return summarise_habits(condition, counts);
  };
  return {row("instructed"), row("expert")};
}

std::string habits_text(const Habits& habits) {
  if (!habits.agent) return "";
  std::string text = "\nHabits, in the terms of the policy's contract (an action as in the step before; no action):\n";
  const auto add = [&](const char* name, const HabitRow& row) {
    text += fmt::format(
        "  {:<14} repeats {:>5.1f}% [{:.1f} .. {:.1f}], idle {:>5.1f}% [{:.1f} .. {:.1f}] of {} steps in {} episodes: "
        "{}\n",
        name, 100 * row.repeat_rate.value, 100 * row.repeat_rate.low, 100 * row.repeat_rate.high,
        100 * row.idle_rate.value, 100 * row.idle_rate.low, 100 * row.idle_rate.high, row.steps, row.episodes,
        row.from);
  };
  add("agent", *habits.agent);
  if (habits.demonstrations) add("demonstrations", *habits.demonstrations);
  return text;
}

}  // namespace

std::vector<EpisodeBeliefs> beliefs_of(std::span<const EpisodeRecord> episodes) {
  std::vector<EpisodeBeliefs> all;
  for (const EpisodeRecord& e : episodes) {
    if (e.condition == "instructed" && !e.beliefs.empty()) all.push_back({e.beliefs, e.success});
  }
  return all;
}

Results summarise(std::span<const EpisodeRecord> episodes, std::span<const RowName> tasks) {
  std::map<std::string, Successes> by_condition;
  for (const EpisodeRecord& episode : episodes) {
    by_condition[episode.condition].by_start[{episode.task, episode.index}] = episode.success;
  }
  std::vector<RowName> names(tasks.begin(), tasks.end());
  names.push_back({"all", "all"});

  Results results;
  for (const RowName& name : names) {
    for (const std::string_view condition : kConditions) {
      ResultRow row = make_row(name.task, name.category, condition, episodes);
      if (row.n > 0) results.rows.push_back(std::move(row));
    }
  }
  results.notes = notes_of(results.rows, tasks);
  results.habits = habits_of(episodes);
  results.goal_head = score_goal_head(beliefs_of(episodes));
  const auto instructed = by_condition.find("instructed");
  if (instructed == by_condition.end()) return results;
  for (const RowName& name : names) {
    for (const std::string_view condition : kConditions) {
      const auto other = by_condition.find(std::string(condition));
      if (condition == "instructed" || other == by_condition.end()) continue;
      const PairedCounts counts = pair_up(instructed->second, other->second, name.task);
      if (counts.total() > 0)
        results.paired.push_back({name.task, "instructed", std::string(condition), paired_difference(counts)});
    }
  }
  return results;
}

std::string to_table(const Results& results) {
  std::size_t width = 4;
  for (const ResultRow& r : results.rows) width = std::max(width, r.task.size());
  std::string text =
      fmt::format("{:<{}} {:<14} {:>5} {:>9}  {:<15}\n", "task", width, "condition", "n", "success", "95 % interval");
  std::string last_task;
  for (const ResultRow& r : results.rows) {
    text += fmt::format("{:<{}} {:<14} {:>5} {:>8.1f}%  [{:.1f} .. {:.1f}]\n", r.task == last_task ? "" : r.task, width,
                        r.condition, r.n, 100 * r.rate.value, 100 * r.rate.low, 100 * r.rate.high);
    last_task = r.task;
  }
  for (const std::string& note : results.notes) text += fmt::format("  ({})\n", note);
  if (!results.paired.empty()) text += "\nInstructed minus each control, on the same starts, all tasks:\n";
  for (const PairedRow& p : results.paired) {
    if (p.task != "all") continue;
    text += fmt::format("  minus {:<14} {:>+6.1f} points  [{:+.1f} .. {:+.1f}]\n", p.b, 100 * p.difference.value,
                        100 * p.difference.low, 100 * p.difference.high);
  }
  text += habits_text(results.habits);
  if (results.goal_head) text += to_text(*results.goal_head);
  return text;
}

}  // namespace atl::evaluation
