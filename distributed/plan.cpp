#include "distributed/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace atl::distributed {

void describe(ConfigVisitor& v, PlanQuestion& q) {
  v.field("parameters", &q.parameters, {.min = 1, .max = 1e13});
  v.field("layers", &q.layers, {.min = 1, .max = 4096});
  v.field("islands", &q.islands, {.min = 1, .max = 10'000});
  v.field("step_s", &q.step_s, {.min = 1e-6, .max = 1e6});
  v.field("slowest", &q.slowest, {.min = 1, .max = 1e4});
  v.field("up_mbit", &q.up_mbit, {.min = 1e-3, .max = 1e9});
  v.field("down_mbit", &q.down_mbit, {.min = 1e-3, .max = 1e9});
  v.field("latency_s", &q.latency_s, {.min = 0, .max = 1e3});
  v.field("syncer_mbit", &q.syncer_mbit, {.min = 0, .max = 1e9});
  v.field("failure_hours", &q.failure_hours, {.min = 0, .max = 1e9});
  v.field("back_s", &q.back_s, {.min = 0, .max = 1e9});
  v.field("utilisation", &q.utilisation, {.min = 0.1, .max = 0.999});
}

namespace {

constexpr double kUnlike = 1.5;       // times slower than the fastest: waiting for it would cost more than late deltas
constexpr double kOftenFailing = 50;  // windows between two failures of any island: below, rounds have to do without
constexpr std::array<int, 5> kSteps{30, 50, 100, 200, 500};

struct Candidate {
  int steps = 0;
  const char* codec = "int8";
  bool overlaps = false;
};

// Kindest to learning first: few steps a window, small losses of the codec, no overlap.
std::vector<Candidate> candidates() {
  std::vector<Candidate> all;
  for (const int steps : kSteps) {
    all.push_back({.steps = steps, .codec = "int8", .overlaps = false});
    all.push_back({.steps = steps, .codec = "int8", .overlaps = true});
    all.push_back({.steps = steps, .codec = "fp4", .overlaps = true});
  }
  all.push_back({.steps = kSteps.back(), .codec = "topk", .overlaps = true});
  return all;
}

bool is_asynchronous(const PlanQuestion& q) { return q.slowest > kUnlike && q.islands > 1; }

bool is_often_failing(const PlanQuestion& q, int steps) {
  if (q.failure_hours <= 0 || q.islands < 3) return false;
  const double between_s = q.failure_hours * 3600 / q.islands;
  return between_s / (steps * q.step_s) < kOftenFailing;
}

SyncConfig config_of(const PlanQuestion& q, const Candidate& candidate) {
  SyncConfig config;
  config.steps = candidate.steps;
  config.codec.kind = candidate.codec;
  config.rounds.start_islands = q.islands;
  if (candidate.overlaps) {
    // A tenth of a window, as far as tried in the papers; parts in turn, so that each is small.
    config.overlap_steps = std::clamp(candidate.steps / 10, 1, 20);
    config.mix = 0.5;
    config.outer.learning_rate = 0.4;
    config.fragments.count = std::clamp(std::min(q.layers, candidate.steps / 5), 1, 24);
  }
  if (std::string(candidate.codec) == "topk") {
    config.error_feedback = true;
    config.feedback_decay = 0.95;
    config.outer = {.kind = "sgd", .learning_rate = 1.0};
  } else {
    config.reply = "mean";
  }
  if (is_asynchronous(q)) {
    config.reply = "deltas";
    config.mix = 0;
    config.overlap_steps = 0;
    config.fragments.count = 1;
    config.dynamic_steps = true;
    config.rounds = {.start_islands = 1, .quorum = 1, .grace_s = std::min(1.0, q.step_s), .apply = "each"};
    if (config.outer.kind != "sgd")
      config.outer = {.kind = "delayed_nesterov", .learning_rate = 0.7, .momentum = 0.9, .delay = q.islands};
  } else if (is_often_failing(q, candidate.steps)) {
    config.rounds.quorum = std::max(1, static_cast<int>(std::ceil(0.75 * q.islands)));
    config.rounds.slack = 0.5;
    config.rounds.weigh = "throughput";
    config.rounds.max_staleness = 4;
  }
  return config;
}

Scenario scenario_of(const PlanQuestion& q, const SyncConfig& config) {
  constexpr double kWindows = 60;
  Scenario scenario{
      .sync = config, .parameters = q.parameters, .seconds = kWindows * config.steps * q.step_s * q.slowest};
  // Long enough for failures to be seen.
  if (q.failure_hours > 0) scenario.seconds = std::max(scenario.seconds, 20 * q.failure_hours * 3600 / q.islands);
  scenario.seconds = std::min(scenario.seconds, 2000 * config.steps * q.step_s);
  scenario.syncer = {.up_mbit = q.syncer_mbit, .down_mbit = q.syncer_mbit};
  for (int i = 0; i < q.islands; ++i) {
    // Speeds spread evenly from the fastest to the slowest.
    const double share = q.islands == 1 ? 0 : static_cast<double>(i) / (q.islands - 1);
    scenario.islands.push_back({.name = fmt::format("island{}", i),
                                .step_s = q.step_s * (1 + share * (q.slowest - 1)),
                                .step_spread = 0.05,
                                .up_mbit = q.up_mbit,
                                .down_mbit = q.down_mbit,
                                .latency_s = q.latency_s,
                                .failure_hours = q.failure_hours,
                                .back_s = q.back_s});
  }
  return scenario;
}

void explain(const PlanQuestion& q, const Candidate& candidate, Plan& plan) {
  const SyncConfig& config = plan.config;
  const auto say = [&](std::string sentence) { plan.why.push_back(std::move(sentence)); };
  if (is_asynchronous(q)) {
    say(
        fmt::format("The slowest island takes {:g} times as long for a step as the fastest: nobody waits for it; each "
                    "delta is a step of delayed Nesterov, and slow islands make fewer steps a window.",
                    q.slowest));
  } else {
    say(
        fmt::format("Islands are about equally fast (the slowest takes {:g} times as long): all make {} steps, and "
                    "their mean is one step of Nesterov.",
                    q.slowest, config.steps));
  }
  say(
      fmt::format("{} steps a window are the fewest with which islands compute {:.0f} % of the time on {:g} Mbit/s; "
                  "fewer are kinder to learning, more cost a little of it.",
                  config.steps, 100 * plan.expected.utilisation, std::min(q.up_mbit, q.down_mbit)));
  if (candidate.codec == std::string("int8")) say("int8 loses nothing that has been measured, at a byte a parameter.");
  if (candidate.codec == std::string("fp4"))
    say("fp4 (E3M0) has half the bytes of int8; Streaming DiLoCo found no loss with it.");
  if (candidate.codec == std::string("topk"))
    say("The link is too slow for all values: the largest 64 of 4096 are sent, the rest along with later ones "
        "(SparseLoCo).");
  if (config.overlap_steps > 0) {
    say(
        fmt::format("{} fragments go in turn, and islands go on for {} steps while one is under way: the link is used "
                    "evenly ({:.0f} Mbit/s at the busiest time of all islands, {:.0f} in the mean).",
                    config.fragments.count, config.overlap_steps, plan.expected.peak_mbit, plan.expected.mean_mbit));
  }
  if (config.rounds.quorum > 1)
    say(
        fmt::format("Some island fails every {:.1f} hours: rounds close with {} of {} and wait for the rest only while "
                    "nobody is held up.",
                    q.failure_hours / q.islands, config.rounds.quorum, q.islands));
  if (!plan.is_met)
    say(
        fmt::format("No way was found to compute {:.0f} % of the time: this one comes closest. A faster link, or a "
                    "larger batch (longer steps), helps.",
                    100 * q.utilisation));
}

}  // namespace

Plan make_plan(const PlanQuestion& question) {
  Plan best;
  Candidate of_best;
  for (const Candidate& candidate : candidates()) {
    if (candidate.overlaps && is_asynchronous(question) && candidate.codec != std::string("topk"))
      continue;  // it waits for nobody as it is
    const SyncConfig config = config_of(question, candidate);
    const Simulated found = simulate(scenario_of(question, config));
    const bool is_better = best.expected.utilisation < found.utilisation;
    if (is_better) {
      best.config = config;
      best.expected = found;
      of_best = candidate;
    }
    best.is_met = found.utilisation >= question.utilisation;
    if (best.is_met) {
      best.config = config;
      best.expected = found;
      of_best = candidate;
      break;
    }
  }
  const double rounds = question.islands > 1 ? 2.0 * (question.islands - 1) / question.islands : 0;
  best.simple_mbit = 2 * rounds * 4 * question.parameters * 8e-6 / (question.step_s * question.slowest);
  explain(question, of_best, best);
  return best;
}

}  // namespace atl::distributed
