// Who plays in an evaluation, by what people write on the command line.
#pragma once

#include "evaluation/evaluator.h"
#include "tools/players.h"

#include <string>
#include <vector>

namespace atl::tools {

struct ContestantFlags {
  std::string policy;       // a run, "remote:ADDRESS", "expert" or "random"
  std::string no_language;  // run of an agent trained without language; empty: none
  bool controls = true;
  bool has_oracle = true;  // of the world: without one there is no expert, and nobody to name other things
  PolicyConfig play;       // how runs are played
};

/// The instructed contestant first, then for a run its controls: blank, no_language, swapped, random, expert. Those
/// that need an oracle are left out, with a warning, where there is none.
[[nodiscard]] std::vector<evaluation::Contestant> create_contestants(const ContestantFlags& flags);

}  // namespace atl::tools
