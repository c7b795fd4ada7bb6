// How far an agent's belief that it has reached its goal is to be trusted, held against the world's judge.
//
// The truth of a picture: 1 at the last picture of an episode that the judge ended with success, 0 at every other. An
// episode ends at once at success, so each has at most one true picture. Pictures less than kUnclearSteps steps before
// a success look as if it were reached; trainers leave them unknown (trainer/cutter.cpp), and so does the score of the
// `clear` pictures. `every` counts them as not reached, which is what the judge says.
#pragma once

#include "evaluation/statistics.h"
#include "session/episode.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::evaluation {

inline constexpr std::uint64_t kUnclearSteps = 3;

/// The beliefs of one episode, whose last one is about its last picture.
struct EpisodeBeliefs {
  std::vector<session::Belief> beliefs;
  bool succeeded = false;
};

struct GoalScore {
  std::size_t pictures = 0;
  std::size_t reached = 0;
  Estimate auroc;                        // intervals from drawing episodes with replacement
  Estimate brier;                        // mean squared error of the probability
  double calibration_error_mass = 0.0;   // 15 bins of equal mass
  double calibration_error_width = 0.0;  // 10 bins of equal width
  std::vector<ReliabilityBin> by_mass;
  std::vector<ReliabilityBin> by_width;
};

struct GoalHead {
  std::size_t episodes = 0;
  GoalScore clear;
  GoalScore every;
};

/// Nothing where a score would say nothing: no picture is reached, or none is not, or all beliefs are equal.
[[nodiscard]] std::optional<GoalHead> score_goal_head(std::span<const EpisodeBeliefs> episodes);

/// What makes the beliefs of clear pictures most likely true, and what it does to the mean log-loss (nats) of the same
/// pictures. Throws Error(kEnvironment) where nothing can be fitted, or the beliefs point the wrong way.
struct GoalFit {
  LogisticFit fit;
  std::size_t pictures = 0;
  std::size_t reached = 0;
  double log_loss_before = 0.0;
  double log_loss_after = 0.0;
};
[[nodiscard]] GoalFit fit_goal_head(std::span<const EpisodeBeliefs> episodes);

/// For people, one line a score.
[[nodiscard]] std::string to_text(const GoalHead& head);

}  // namespace atl::evaluation
