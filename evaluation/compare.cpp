#include "evaluation/compare.h"

#include "core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace atl::evaluation {
namespace {

constexpr std::size_t kMostNamed = 5;  // starts in a message

struct Played {
  std::string start_hash;
  bool success = false;
};
using TaskKey = std::tuple<std::string, std::string, std::string>;  // world, suite, task
using Starts = std::map<std::uint64_t, Played>;                     // by seed
using AgentStarts = std::map<TaskKey, Starts>;

// A row before it is counted.
struct Scope {
  RowLevel level = RowLevel::kTask;
  std::string category{};
  std::vector<TaskKey> tasks{};
};

AgentStarts starts_of(const ComparedAgent& agent) {
  AgentStarts all;
  for (const Evaluation& evaluation : agent.evaluations) {
    for (const EpisodeRecord& e : evaluation.episodes)
      all[{evaluation.world, evaluation.suite, e.task}][e.seed] = {e.start_hash, e.success};
  }
  return all;
}

// In the order in which agents and their suites name them.
std::vector<Scope> scopes_of(std::span<const ComparedAgent> agents) {
  std::vector<std::string> worlds;
  std::map<std::string, std::vector<std::pair<TaskKey, std::string>>> tasks;  // with their categories
  for (const ComparedAgent& agent : agents) {
    for (const Evaluation& evaluation : agent.evaluations) {
      if (std::find(worlds.begin(), worlds.end(), evaluation.world) == worlds.end()) worlds.push_back(evaluation.world);
      auto& of_world = tasks[evaluation.world];
      for (const RowName& name : evaluation.tasks) {
        const TaskKey key{evaluation.world, evaluation.suite, name.task};
        const auto is_same = [&](const auto& other) { return other.first == key; };
        if (std::none_of(of_world.begin(), of_world.end(), is_same)) of_world.emplace_back(key, name.category);
      }
    }
  }
  std::vector<Scope> scopes;
  for (const std::string& world : worlds) {
    Scope whole{.level = RowLevel::kWorld};
    std::vector<Scope> parts;
    std::vector<Scope> categories;
    for (const auto& [key, category] : tasks[world]) {
      whole.tasks.push_back(key);
      parts.push_back({RowLevel::kTask, category, {key}});
      const auto has_name = [&, &name = category](const Scope& s) { return s.category == name; };
      auto found = std::find_if(categories.begin(), categories.end(), has_name);
      if (found == categories.end()) found = categories.insert(found, {RowLevel::kCategory, category, {}});
      found->tasks.push_back(key);
    }
    std::copy_if(categories.begin(), categories.end(), std::back_inserter(parts),
                 [](const Scope& s) { return s.tasks.size() > 1; });
    scopes.push_back(std::move(whole));
    scopes.insert(scopes.end(), parts.begin(), parts.end());
  }
  return scopes;
}

std::optional<ComparedCell> make_cell(const AgentStarts& agent, const Scope& scope) {
  ComparedCell cell;
  for (const TaskKey& task : scope.tasks) {
    const auto starts = agent.find(task);
    if (starts == agent.end()) return std::nullopt;
    for (const auto& start : starts->second) {
      ++cell.n;
      cell.successes += start.second.success ? 1 : 0;
    }
  }
  cell.rate = wilson_interval(cell.successes, cell.n);
  return cell;
}

PairedCounts pair_up(const AgentStarts& a, const AgentStarts& b, const Scope& scope) {
  PairedCounts counts;
  for (const TaskKey& task : scope.tasks) {
    const auto of_a = a.find(task);
    const auto of_b = b.find(task);
    if (of_a == a.end() || of_b == b.end()) continue;
    for (const auto& [seed, played] : of_a->second) {
      const auto other = of_b->second.find(seed);
      if (other != of_b->second.end()) counts.add(played.success, other->second.success);
    }
  }
  return counts;
}

void refuse_other_starts(const std::string& name_a, const AgentStarts& a, const std::string& name_b,
                         const AgentStarts& b) {
  std::vector<std::string> named;
  std::size_t differing = 0;
  for (const auto& [task, starts] : a) {
    const auto of_b = b.find(task);
    if (of_b == b.end()) continue;
    for (const auto& [seed, played] : starts) {
      const auto other = of_b->second.find(seed);
      if (other == of_b->second.end() || other->second.start_hash == played.start_hash) continue;
      if (++differing <= kMostNamed)
        named.push_back(fmt::format("{}, {}, seed {}: {} and {}", std::get<0>(task), std::get<2>(task), seed,
                                    played.start_hash, other->second.start_hash));
    }
  }
  if (differing == 0) return;
  fail(ErrorKind::kContract,
       "{} starts of {} and {} have the same seed and another state:\n  {}{}\nthe worlds were not of the same version; "
       "evaluate both with the same Atoll",
       differing, name_a, name_b, fmt::join(named, "\n  "), differing > kMostNamed ? "\n  ..." : "");
}

void validate(std::span<const ComparedAgent> agents) {
  if (agents.size() < 2) fail(ErrorKind::kUsage, "{} agent to compare, expected at least 2", agents.size());
  std::set<std::string> names;
  for (const ComparedAgent& agent : agents) {
    if (!names.insert(agent.name).second)
      fail(ErrorKind::kUsage, "two agents are called {}; name them with --as NAME=FOLDER", agent.name);
    std::map<std::pair<std::string, std::string>, std::filesystem::path> folders;
    for (const Evaluation& e : agent.evaluations) {
      const auto [found, is_new] = folders.insert({{e.world, e.suite}, e.folder});
      if (!is_new)
        fail(ErrorKind::kUsage,
             "the agent {} has two evaluations of {} in {}: {} and {}; name them apart with --as NAME=FOLDER",
             agent.name, e.suite, e.world, found->second.string(), e.folder.string());
    }
  }
}

// All agents' starts, and what rows are counted from.
class Counter {
 public:
  Counter(std::span<const ComparedAgent> agents, std::optional<std::size_t> baseline, std::size_t reference)
      : baseline_(baseline), reference_(reference) {
    for (const ComparedAgent& agent : agents) starts_.push_back(starts_of(agent));
    for (std::size_t i = 0; i < agents.size(); ++i) {
      if (i != reference) refuse_other_starts(agents[i].name, starts_[i], agents[reference].name, starts_[reference]);
    }
  }

  [[nodiscard]] ComparedRow count(const Scope& scope) const {
    ComparedRow row = named(scope);
    for (const AgentStarts& starts : starts_) row.cells.push_back(make_cell(starts, scope));
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      row.differences.emplace_back();
      if (i == reference_ || !row.cells[i] || !row.cells[reference_]) continue;
      const PairedCounts counts = pair_up(starts_[i], starts_[reference_], scope);
      if (counts.total() == 0) continue;
      row.differences.back() = {counts.total(), paired_difference(counts), paired_permutation_p(std::span(&counts, 1))};
    }
    if (baseline_) add_relative(row);
    return row;
  }

  // `worlds`: the rows of all worlds.
  [[nodiscard]] ComparedRow total(std::span<const ComparedRow> worlds, std::span<const Scope> scopes) const {
    ComparedRow row{.level = RowLevel::kTotal, .world = {}, .suite = {}, .category = {}, .task = {}};
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      row.cells.push_back(mean_cell(worlds, i));
      row.differences.push_back(mean_difference(worlds, scopes, i));
    }
    return row;
  }

 private:
  static ComparedRow named(const Scope& scope) {
    const auto& [world, suite, task] = scope.tasks.front();
    const bool is_task = scope.level == RowLevel::kTask;
    return {.level = scope.level,
            .world = world,
            .suite = is_task ? suite : "",
            .category = scope.category,
            .task = is_task ? task : ""};
  }

  void add_relative(ComparedRow& row) const {
    const std::optional<ComparedCell>& base = row.cells[*baseline_];
    if (!base || base->successes == 0) return;
    for (std::optional<ComparedCell>& cell : row.cells) {
      if (cell) cell->relative = cell->rate.value / base->rate.value;
    }
  }

  static std::optional<ComparedCell> mean_cell(std::span<const ComparedRow> worlds, std::size_t agent) {
    ComparedCell mean;
    std::vector<Estimate> rates;
    double relative = 0.0;
    bool has_relative = true;
    for (const ComparedRow& world : worlds) {
      const std::optional<ComparedCell>& cell = world.cells[agent];
      if (!cell) return std::nullopt;
      mean.n += cell->n;
      mean.successes += cell->successes;
      rates.push_back(cell->rate);
      has_relative = has_relative && cell->relative.has_value();
      relative += cell->relative.value_or(0.0) / static_cast<double>(worlds.size());
    }
    mean.rate = mean_of(rates);
    if (has_relative) mean.relative = relative;
    return mean;
  }

  [[nodiscard]] std::optional<ComparedDifference> mean_difference(std::span<const ComparedRow> worlds,
                                                                  std::span<const Scope> scopes,
                                                                  std::size_t agent) const {
    ComparedDifference mean;
    std::vector<Estimate> differences;
    std::vector<PairedCounts> strata;
    for (std::size_t w = 0; w < worlds.size(); ++w) {
      const std::optional<ComparedDifference>& difference = worlds[w].differences[agent];
      if (!difference) return std::nullopt;
      mean.pairs += difference->pairs;
      differences.push_back(difference->difference);
      strata.push_back(pair_up(starts_[agent], starts_[reference_], scopes[w]));
    }
    mean.difference = mean_of(differences);
    mean.p = paired_permutation_p(strata);
    return mean;
  }

  std::optional<std::size_t> baseline_;
  std::size_t reference_;
  std::vector<AgentStarts> starts_;
};

void correct(std::vector<ComparedRow>& rows, RowLevel level) {
  std::vector<ComparedDifference*> family;
  std::vector<double> p_values;
  for (ComparedRow& row : rows) {
    for (std::optional<ComparedDifference>& difference : row.differences) {
      if (row.level != level || !difference) continue;
      family.push_back(&*difference);
      p_values.push_back(difference->p);
    }
  }
  const std::vector<double> corrected = holm_correction(p_values);
  for (std::size_t i = 0; i < family.size(); ++i) family[i]->p_holm = corrected[i];
}

std::vector<std::string> notes_of(const Comparison& all) {
  std::vector<std::string> notes;
  const std::string& reference = all.agents[all.reference].name;
  for (const ComparedAgent& agent : all.agents) {
    for (const Evaluation& e : agent.evaluations) {
      if (e.seeds != "held_out")
        notes.push_back(fmt::format("{}: {} in {} was played on {} seeds", agent.name, e.suite, e.world, e.seeds));
    }
  }
  for (const ComparedRow& row : all.rows) {
    if (row.level != RowLevel::kWorld) continue;
    for (std::size_t i = 0; i < all.agents.size(); ++i) {
      if (i == all.reference || !row.cells[i] || !row.cells[all.reference]) continue;
      const std::size_t pairs = row.differences[i] ? row.differences[i]->pairs : 0;
      const std::size_t n = std::max(row.cells[i]->n, row.cells[all.reference]->n);
      if (pairs < n)
        notes.push_back(fmt::format("{} and {} have {} common starts in {}, of {}", all.agents[i].name, reference,
                                    pairs, row.world, n));
    }
  }
  return notes;
}

}  // namespace

std::string_view to_string(RowLevel level) {
  switch (level) {
    case RowLevel::kTask: return "task";
    case RowLevel::kCategory: return "category";
    case RowLevel::kWorld: return "world";
    case RowLevel::kTotal: return "total";
  }
  return "unknown";
}

Comparison compare(std::vector<ComparedAgent> agents, std::optional<std::size_t> baseline) {
  validate(agents);
  Comparison all;
  all.baseline = baseline;
  all.reference = baseline.value_or(0);
  const std::vector<Scope> scopes = scopes_of(agents);
  const Counter counter(agents, baseline, all.reference);
  std::vector<ComparedRow> worlds;
  std::vector<Scope> world_scopes;
  for (const Scope& scope : scopes) {
    all.rows.push_back(counter.count(scope));
    if (scope.level != RowLevel::kWorld) continue;
    worlds.push_back(all.rows.back());
    world_scopes.push_back(scope);
  }
  if (worlds.size() > 1) all.rows.push_back(counter.total(worlds, world_scopes));
  for (const RowLevel level : {RowLevel::kTask, RowLevel::kCategory, RowLevel::kWorld, RowLevel::kTotal})
    correct(all.rows, level);
  for (ComparedAgent& agent : agents) {
    for (Evaluation& evaluation : agent.evaluations) evaluation.episodes.clear();
  }
  all.agents = std::move(agents);
  all.notes = notes_of(all);
  return all;
}

}  // namespace atl::evaluation
