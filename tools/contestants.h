// Who plays in an evaluation, by what people write on the command line.
#pragma once

#include "agent/policy.h"
#include "evaluation/evaluator.h"

#include <string>
#include <vector>

namespace atl::tools {

struct ContestantFlags {
  std::string policy;       // a run, "expert" or "random"
  std::string no_language;  // run of an agent trained without language; empty: none
  bool controls = true;
  agent::PlayOptions play;
};

/// The instructed contestant first, then for a run its controls: blank, no_language, swapped, random, expert. Throws
/// Error for a run that cannot be loaded.
[[nodiscard]] std::vector<evaluation::Contestant> create_contestants(const ContestantFlags& flags);

/// The last part of a run's path: how it is called in records and reports.
[[nodiscard]] std::string run_name(const std::string& run);

}  // namespace atl::tools
