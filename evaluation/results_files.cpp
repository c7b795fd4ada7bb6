// results.json and episodes.jsonl.
#include "core/error.h"
#include "core/files.h"
#include "evaluation/results.h"

#include <nlohmann/json.hpp>

#include <sstream>
#include <utility>

namespace atl::evaluation {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Estimate& e) { return {{"value", e.value}, {"low", e.low}, {"high", e.high}}; }

Json json_of(const Habits& habits) {
  Json all = Json::object();
  const auto add = [&](const char* name, const std::optional<HabitRow>& row) {
    if (!row) return;
    all[name] = {{"from", row->from},
                 {"episodes", row->episodes},
                 {"steps", row->steps},
                 {"repeat_rate", json_of(row->repeat_rate)},
                 {"idle_rate", json_of(row->idle_rate)}};
  };
  add("agent", habits.agent);
  add("demonstrations", habits.demonstrations);
  return all;
}

Json json_of(std::span<const ReliabilityBin> bins) {
  Json all = Json::array();
  for (const ReliabilityBin& bin : bins)
    all.push_back({{"n", bin.n}, {"reached", bin.num_true}, {"mean_probability", bin.mean_probability}});
  return all;
}

Json json_of(const GoalScore& s) {
  return {{"pictures", s.pictures},
          {"reached", s.reached},
          {"auroc", json_of(s.auroc)},
          {"brier", json_of(s.brier)},
          {"calibration_error_mass", s.calibration_error_mass},
          {"calibration_error_width", s.calibration_error_width},
          {"bins_mass", json_of(s.by_mass)},
          {"bins_width", json_of(s.by_width)}};
}

Json json_of(const GoalHead& head, const std::optional<GoalFit>& fit) {
  Json json = {{"episodes", head.episodes},
               {"unclear_steps", kUnclearSteps},
               {"clear", json_of(head.clear)},
               {"every", json_of(head.every)}};
  if (fit)
    json["fit"] = {{"scale", fit->fit.scale},
                   {"offset", fit->fit.offset},
                   {"pictures", fit->pictures},
                   {"reached", fit->reached},
                   {"log_loss_before", fit->log_loss_before},
                   {"log_loss_after", fit->log_loss_after}};
  return json;
}

}  // namespace

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
  Json all = {{"suite", results.suite}, {"world", results.world},  {"policy", results.policy},
              {"seeds", results.seeds}, {"rows", std::move(rows)}, {"paired", std::move(paired)}};
  all["habits"] = json_of(results.habits);
  if (results.goal_head) all["goal_head"] = json_of(*results.goal_head, results.goal_fit);
  all["notes"] = results.notes;
  return all.dump(1) + "\n";
}

std::string to_json_line(const EpisodeRecord& e) {
  Json line = {{"task", e.task},
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
  if (e.habits)
    line["habits"] = {{"steps", e.habits->steps},
                      {"idle", e.habits->idle},
                      {"pairs", e.habits->pairs},
                      {"repeats", e.habits->repeats}};
  for (const session::Belief& belief : e.beliefs) line["beliefs"].push_back(Json{belief.step, belief.goal_probability});
  return line.dump() + "\n";
}

namespace {

EpisodeRecord parse_episode(const Json& line) {
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
  if (const auto habits = line.find("habits"); habits != line.end())
    e.habits = HabitCounts{habits->at("steps"), habits->at("idle"), habits->at("pairs"), habits->at("repeats")};
  if (const auto beliefs = line.find("beliefs"); beliefs != line.end()) {
    for (const Json& belief : *beliefs) e.beliefs.push_back({belief.at(0), belief.at(1)});
  }
  return e;
}

}  // namespace

std::vector<EpisodeRecord> read_episodes(const std::filesystem::path& file) {
  std::vector<EpisodeRecord> episodes;
  std::istringstream lines(read_text_file(file));
  std::string text;
  for (int number = 1; std::getline(lines, text); ++number) {
    try {
      const Json line = Json::parse(text);
      episodes.push_back(parse_episode(line));
    } catch (const nlohmann::json::exception& error) {
      fail(ErrorKind::kFormat, "{} line {}: {}; expected one episode as a JSON object", file.string(), number,
           error.what());
    }
  }
  return episodes;
}

}  // namespace atl::evaluation
