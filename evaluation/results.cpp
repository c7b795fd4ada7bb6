#include "evaluation/results.h"

#include "core/error.h"
#include "core/files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <sstream>
#include <utility>

namespace atl::evaluation {
namespace {

using Json = nlohmann::ordered_json;
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

}  // namespace

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

std::string to_json(const Results& results) {
  Json rows = Json::array();
  for (const ResultRow& r : results.rows) {
    rows.push_back({{"task", r.task},
                    {"category", r.category},
                    {"condition", r.condition},
                    {"n", r.n},
                    {"successes", r.successes},
                    {"rate", r.rate.value},
                    {"low", r.rate.low},
                    {"high", r.rate.high},
                    {"verdicts", r.verdicts}});
  }
  Json paired = Json::array();
  for (const PairedRow& p : results.paired) {
    paired.push_back({{"task", p.task},
                      {"a", p.a},
                      {"b", p.b},
                      {"difference", p.difference.value},
                      {"low", p.difference.low},
                      {"high", p.difference.high}});
  }
  const Json all = {{"suite", results.suite}, {"world", results.world},  {"policy", results.policy},
                    {"seeds", results.seeds}, {"rows", std::move(rows)}, {"paired", std::move(paired)},
                    {"notes", results.notes}};
  return all.dump(1) + "\n";
}

std::string to_json_line(const EpisodeRecord& e) {
  const Json line = {{"task", e.task},
                     {"condition", e.condition},
                     {"index", e.index},
                     {"seed", e.seed},
                     {"start_hash", e.start_hash},
                     {"target", e.target},
                     {"told", e.told},
                     {"verdict", e.verdict},
                     {"reason", e.reason},
                     {"object", e.object},
                     {"judge", e.judge},
                     {"success", e.success},
                     {"steps", e.steps},
                     {"answer_ms", e.answer_ms},
                     {"misses", e.misses},
                     {"checkpoint", e.checkpoint},
                     {"guidance", e.guidance}};
  return line.dump() + "\n";
}

std::vector<EpisodeRecord> read_episodes(const std::filesystem::path& file) {
  std::vector<EpisodeRecord> episodes;
  std::istringstream lines(read_text_file(file));
  std::string text;
  for (int number = 1; std::getline(lines, text); ++number) {
    try {
      const Json line = Json::parse(text);
      EpisodeRecord e;
      line.at("task").get_to(e.task);
      line.at("condition").get_to(e.condition);
      line.at("index").get_to(e.index);
      line.at("seed").get_to(e.seed);
      line.at("start_hash").get_to(e.start_hash);
      line.at("target").get_to(e.target);
      line.at("told").get_to(e.told);
      line.at("verdict").get_to(e.verdict);
      line.at("reason").get_to(e.reason);
      line.at("object").get_to(e.object);
      line.at("judge").get_to(e.judge);
      line.at("success").get_to(e.success);
      line.at("steps").get_to(e.steps);
      line.at("answer_ms").get_to(e.answer_ms);
      line.at("misses").get_to(e.misses);
      line.at("checkpoint").get_to(e.checkpoint);
      line.at("guidance").get_to(e.guidance);
      episodes.push_back(std::move(e));
    } catch (const nlohmann::json::exception& error) {
      fail(ErrorKind::kFormat, "{} line {}: {}; expected one episode as a JSON object", file.string(), number,
           error.what());
    }
  }
  return episodes;
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
  if (results.paired.empty()) return text;
  text += "\nInstructed minus each control, on the same starts, all tasks:\n";
  for (const PairedRow& p : results.paired) {
    if (p.task != "all") continue;
    text += fmt::format("  minus {:<14} {:>+6.1f} points  [{:+.1f} .. {:+.1f}]\n", p.b, 100 * p.difference.value,
                        100 * p.difference.low, 100 * p.difference.high);
  }
  return text;
}

}  // namespace atl::evaluation
