#include "evaluation/goal_head.h"

#include "core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace atl::evaluation {
namespace {

constexpr std::uint64_t kBootstrapSeed = 1;
constexpr std::size_t kMassBins = 15;
constexpr std::size_t kWidthBins = 10;

// What was believed and what was true, of every picture or of the clear ones.
std::vector<StatedProbability> judge(std::span<const EpisodeBeliefs> episodes, bool clear_only) {
  std::vector<StatedProbability> judged;
  for (std::size_t e = 0; e < episodes.size(); ++e) {
    const EpisodeBeliefs& episode = episodes[e];
    if (episode.beliefs.empty()) continue;
    const std::uint64_t last = episode.beliefs.back().step;
    for (const session::Belief& belief : episode.beliefs) {
      const bool is_reached = episode.succeeded && belief.step == last;
      const bool is_unclear = episode.succeeded && !is_reached && belief.step + kUnclearSteps > last;
      if (clear_only && is_unclear) continue;
      judged.push_back({belief.goal_probability, is_reached, e});
    }
  }
  return judged;
}

std::size_t count_true(std::span<const StatedProbability> judged) {
  return static_cast<std::size_t>(std::count_if(judged.begin(), judged.end(), [](const auto& j) { return j.is_true; }));
}

Estimate brier_score(std::span<const StatedProbability> judged) {
  std::vector<BlockSum> episodes;
  for (const StatedProbability& j : judged) {
    if (episodes.size() <= j.group) episodes.resize(j.group + 1);
    const double error = j.probability - (j.is_true ? 1.0 : 0.0);
    episodes[j.group].sum += error * error;
    ++episodes[j.group].count;
  }
  return block_bootstrap_mean(episodes, kBootstrapSeed);
}

std::optional<GoalScore> score(std::span<const StatedProbability> judged) {
  const auto differs = [&](const auto& j) { return j.probability != judged[0].probability; };
  if (std::none_of(judged.begin(), judged.end(), differs)) return std::nullopt;
  const std::optional<Estimate> area = auroc(judged, kBootstrapSeed);
  if (!area) return std::nullopt;
  GoalScore score;
  score.pictures = judged.size();
  score.reached = count_true(judged);
  score.auroc = *area;
  score.brier = brier_score(judged);
  score.by_mass = reliability_bins(judged, kMassBins, Binning::kEqualMass);
  score.by_width = reliability_bins(judged, kWidthBins, Binning::kEqualWidth);
  score.calibration_error_mass = calibration_error(score.by_mass);
  score.calibration_error_width = calibration_error(score.by_width);
  return score;
}

double log_loss(std::span<const StatedProbability> judged, const LogisticFit& fit) {
  double sum = 0.0;
  for (const StatedProbability& j : judged) {
    const double p = std::clamp(apply(fit, j.probability), 1e-300, 1.0 - 1e-16);
    sum -= j.is_true ? std::log(p) : std::log1p(-p);
  }
  return sum / static_cast<double>(judged.size());
}

}  // namespace

std::optional<GoalHead> score_goal_head(std::span<const EpisodeBeliefs> episodes) {
  std::optional<GoalScore> clear = score(judge(episodes, true));
  std::optional<GoalScore> every = score(judge(episodes, false));
  if (!clear || !every) return std::nullopt;
  return GoalHead{episodes.size(), std::move(*clear), std::move(*every)};
}

GoalFit fit_goal_head(std::span<const EpisodeBeliefs> episodes) {
  const std::vector<StatedProbability> judged = judge(episodes, true);
  GoalFit result;
  result.pictures = judged.size();
  result.reached = count_true(judged);
  if (result.reached == 0 || result.reached == result.pictures)
    fail(ErrorKind::kEnvironment,
         "cannot fit the goal head: {} of {} pictures show the goal reached, expected some that do and some that do "
         "not; play more --episodes, or train longer",
         result.reached, result.pictures);
  result.fit = fit_logistic(judged);
  if (!(result.fit.scale > 1e-6))
    fail(ErrorKind::kEnvironment,
         "cannot fit the goal head: the best scale is {:.3g}, expected above 0: it believes less in goals that are "
         "reached than in others; train it longer",
         result.fit.scale);
  result.log_loss_before = log_loss(judged, {});
  result.log_loss_after = log_loss(judged, result.fit);
  return result;
}

std::string to_text(const GoalHead& head) {
  const auto line = [](const char* name, const GoalScore& s) {
    return fmt::format(
        "  {:<14} {:>7} pictures, {:>5} reached: AUROC {:.3f} [{:.3f} .. {:.3f}], calibration error {:.3f} (equal "
        "mass), {:.3f} (equal width), Brier {:.4f} [{:.4f} .. {:.4f}]\n",
        name, s.pictures, s.reached, s.auroc.value, s.auroc.low, s.auroc.high, s.calibration_error_mass,
        s.calibration_error_width, s.brier.value, s.brier.low, s.brier.high);
  };
  return fmt::format("\nGoal head, {} episodes; clear: without pictures less than {} steps before a success:\n",
                     head.episodes, kUnclearSteps) +
         line("clear", head.clear) + line("every picture", head.every);
}

}  // namespace atl::evaluation
