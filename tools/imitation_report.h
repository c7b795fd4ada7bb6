// What `atoll eval --imitation` says: rows a recording and for all of them, as a table and as imitation.json.
#pragma once

#include "evaluation/statistics.h"
#include "trainer/imitation.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::tools {

/// Which steps a row is about. change_given: the steps where the action changes, each model being told that it does
/// (its likelihood divided by one minus that of staying), so that none loses by expecting to stay.
inline constexpr std::string_view kImitationSteps[] = {"all", "change", "change_given"};

/// Means over steps, in nats per action.
struct ImitationRow {
  std::string recording;  // a folder's name, or "all"
  std::string steps;      // one of kImitationSteps
  std::size_t n = 0;
  double policy = 0.0;
  double unconditional = 0.0;
  double factorised = 0.0;
  double joint = 0.0;
  std::string opponent;             // "factorised" or "joint": the Markov model that is better on the training data
  evaluation::Estimate difference;  // policy minus opponent, paired by step
  evaluation::Estimate over_unconditional;  // policy minus unconditional, paired by step
};

/// Rows of kImitationSteps for each recording, then for all; steps that never occur have no row. Intervals are from
/// blocks of `block_s` seconds.
[[nodiscard]] std::vector<ImitationRow> imitation_rows(std::span<const trainer::ImitationRecording> recordings,
                                                       const trainer::MarkovFit& markov, double block_s);

[[nodiscard]] std::string imitation_table(std::span<const ImitationRow> rows);

/// Where the numbers come from.
struct ImitationHeader {
  std::string policy;  // the run's name
  std::int64_t step = 0;
  std::size_t num_recordings = 0;
  std::size_t num_fit_recordings = 0;
  double block_s = 10.0;
  std::string command;
  std::string commit;
  std::string machine;
  std::string date;
};

/// One JSON object: the header's fields, "markov" (what was fitted) and "rows".
[[nodiscard]] std::string imitation_json(const ImitationHeader& header, const trainer::MarkovFit& markov,
                                         std::span<const ImitationRow> rows);

}  // namespace atl::tools
