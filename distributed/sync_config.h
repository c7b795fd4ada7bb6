// What islands agree on: the struct behind `atoll sync --config FILE`, which every island gets from the syncer (or
// brings along, among peers: then all must have the same). Sections: [sync], [sync.fragments], [sync.codec],
// [sync.outer], [sync.rounds], [sync.members]. `configs/islands/` has one file an algorithm.
#pragma once

#include "core/config.h"
#include "distributed/delta_codec.h"
#include "distributed/fragments.h"
#include "distributed/members.h"
#include "distributed/outer_optimizer.h"
#include "distributed/rounds.h"

#include <string>
#include <vector>

namespace atl::distributed {

struct SyncConfig {
  int steps = 100;        // H: inner steps of a window, between two turns of a fragment
  int overlap_steps = 0;  // tau: inner steps that islands go on with before they take the new parameters; 0: they wait
  double mix = 0.0;       // alpha: share of its own parameters that an island keeps when it takes new ones
                          // (Streaming DiLoCo 0.5)
  bool eager = false;     // an island takes its own delta, with the others' last ones, until the new parameters are
                          // there (2502.12996); "nesterov" and "mean" only
  bool dynamic_steps = false;    // slow islands make fewer steps a window (DyLU); asynchronous runs only
  bool error_feedback = false;   // what the codec loses is sent along with the next delta
  double feedback_decay = 1.0;   // what is left of it by then
  double max_norm = 10;          // a delta whose norm is more than so many times the median of those before it is left
                                 // out; 0: none is
  std::string reply = "deltas";  // what islands get of a round: "deltas": all of them as they were sent, exact; "mean":
                                 // their mean, encoded anew (with error feedback), as small as one delta
  FragmentConfig fragments{};
  DeltaCodecConfig codec{};
  OuterConfig outer{};
  RoundRules rounds{};
  MemberRules members{};
};

void describe(ConfigVisitor& v, SyncConfig& config);

/// Everything that does not fit together, in words; none if all does.
[[nodiscard]] std::vector<std::string> problems_of(const SyncConfig& config);

}  // namespace atl::distributed
