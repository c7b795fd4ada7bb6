#include "tools/imitation_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace atl::tools {
namespace {

using trainer::ActionScore;
using trainer::ImitationRecording;
using trainer::ImitationStep;

constexpr std::uint64_t kBootstrapSeed = 1;

bool is_about(std::string_view steps, const ImitationStep& step) { return steps == "all" || step.changed; }

// What `score` is worth in a row about `steps`.
double value_of(std::string_view steps, const ActionScore& score) {
  if (steps != "change_given") return score.done;
  return score.done - std::log(-std::expm1(std::min(score.stay, -1e-9)));
}

// Sums of differences by block of time.
class Blocks {
 public:
  explicit Blocks(double block_s) : block_s_(block_s) {}

  void add(std::size_t recording, const ImitationStep& step, double value) {
    const auto block = static_cast<std::int64_t>(step.time_s / block_s_);
    evaluation::BlockSum& sum = sums_[{recording, step.episode, block}];
    sum.sum += value;
    ++sum.count;
  }
  [[nodiscard]] evaluation::Estimate mean() const {
    std::vector<evaluation::BlockSum> blocks;
    for (const auto& entry : sums_) blocks.push_back(entry.second);
    return evaluation::block_bootstrap_mean(blocks, kBootstrapSeed);
  }

 private:
  double block_s_;
  std::map<std::tuple<std::size_t, std::size_t, std::int64_t>, evaluation::BlockSum> sums_;
};

ImitationRow make_row(std::span<const ImitationRecording> recordings, std::string_view steps, bool is_joint,
                      double block_s) {
  ImitationRow row;
  row.recording = recordings.size() == 1 ? recordings[0].name : "all";
  row.steps = steps;
  row.opponent = is_joint ? "joint" : "factorised";
  Blocks against_opponent(block_s);
  Blocks against_unconditional(block_s);
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    for (const ImitationStep& step : recordings[i].steps) {
      if (!is_about(steps, step)) continue;
      const double policy = value_of(steps, step.policy);
      const double unconditional = value_of(steps, step.unconditional);
      ++row.n;
      row.policy += policy;
      row.unconditional += unconditional;
      row.factorised += value_of(steps, step.factorised);
      row.joint += value_of(steps, step.joint);
      against_opponent.add(i, step, policy - value_of(steps, is_joint ? step.joint : step.factorised));
      against_unconditional.add(i, step, policy - unconditional);
    }
  }
  if (row.n == 0) return row;
  for (double* sum : {&row.policy, &row.unconditional, &row.factorised, &row.joint}) *sum /= static_cast<double>(row.n);
  row.difference = against_opponent.mean();
  row.over_unconditional = against_unconditional.mean();
  return row;
}

nlohmann::ordered_json to_json(const evaluation::Estimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}};
}

nlohmann::ordered_json to_json(const trainer::MarkovScore& score) {
  return {{"unconditional", score.unconditional}, {"factorised", score.factorised}, {"joint", score.joint}};
}

}  // namespace

std::vector<ImitationRow> imitation_rows(std::span<const ImitationRecording> recordings,
                                         const trainer::MarkovFit& markov, double block_s) {
  std::vector<ImitationRow> rows;
  const auto add = [&](std::span<const ImitationRecording> some, const std::string& name) {
    for (const std::string_view steps : kImitationSteps) {
      ImitationRow row = make_row(some, steps, markov.is_joint_better(steps != "all"), block_s);
      if (!name.empty()) row.recording = name;
      if (row.n > 0) rows.push_back(std::move(row));
    }
  };
  for (std::size_t i = 0; i < recordings.size(); ++i) add(recordings.subspan(i, 1), "");
  add(recordings, "all");
  return rows;
}

std::string imitation_table(std::span<const ImitationRow> rows) {
  std::string table = fmt::format("{:<24} {:<13} {:>6} {:>8} {:>10} {:>8} {:>13}  {}\n", "recording", "steps", "n",
                                  "policy", "factorised", "joint", "unconditional", "policy - Markov [95 %]");
  for (const ImitationRow& row : rows) {
    table += fmt::format("{:<24} {:<13} {:>6} {:>8.3f} {:>10.3f} {:>8.3f} {:>13.3f}  {:+.3f} [{:+.3f}, {:+.3f}] ({})\n",
                         row.recording, row.steps, row.n, row.policy, row.factorised, row.joint, row.unconditional,
                         row.difference.value, row.difference.low, row.difference.high, row.opponent);
  }
  return table;
}

std::string imitation_json(const ImitationHeader& header, const trainer::MarkovFit& markov,
                           std::span<const ImitationRow> rows) {
  nlohmann::ordered_json json = {
      {"policy", header.policy},   {"step", header.step},       {"recordings", header.num_recordings},
      {"unit", "nats per action"}, {"block_s", header.block_s}, {"command", header.command},
      {"commit", header.commit},   {"machine", header.machine}, {"date", header.date}};
  json["markov"] = {{"recordings", header.num_fit_recordings},
                    {"sequences", markov.num_sequences},
                    {"steps", markov.num_steps},
                    {"changes", markov.num_changes},
                    {"smoothing_parts", markov.model.smoothing().parts},
                    {"smoothing_joint", markov.model.smoothing().joint},
                    {"validation_all", to_json(markov.validation_all)},
                    {"validation_change", to_json(markov.validation_change)}};
  json["rows"] = nlohmann::ordered_json::array();
  for (const ImitationRow& row : rows) {
    json["rows"].push_back({{"recording", row.recording},
                            {"steps", row.steps},
                            {"n", row.n},
                            {"policy", row.policy},
                            {"factorised", row.factorised},
                            {"joint", row.joint},
                            {"unconditional", row.unconditional},
                            {"opponent", row.opponent},
                            {"difference", to_json(row.difference)},
                            {"policy_minus_unconditional", to_json(row.over_unconditional)}});
  }
  return json.dump(2) + "\n";
}

}  // namespace atl::tools
