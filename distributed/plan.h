// Recommends how islands should synchronise, for people who have not read the papers: from what they know of their
// model, machines and links to a config, what it is to be expected of it, and why. Candidates are tried in virtual time
// (distributed/simulation.h), those that are kindest to learning first; the first that keeps islands busy is taken.
#pragma once

#include "core/config.h"
#include "distributed/simulation.h"

#include <string>
#include <vector>

namespace atl::distributed {

/// What a person knows.
struct PlanQuestion {
  double parameters = 1e8;
  int layers = 12;  // of the model: at most so many fragments
  int islands = 4;
  double step_s = 1.0;   // an inner step, on the fastest island,
  double slowest = 1.0;  // and how many times longer it takes on the slowest
  double up_mbit = 100;  // of an island's link, to the syncer and from it
  double down_mbit = 100;
  double latency_s = 0.05;    // one way
  double syncer_mbit = 0;     // of the syncer's own link, each way; 0: without limit
  double failure_hours = 0;   // an island fails so often, in the mean; 0: never
  double back_s = 600;        // and needs so long to come back
  double utilisation = 0.95;  // of islands' time that has to be spent computing
};

void describe(ConfigVisitor& v, PlanQuestion& question);

struct Plan {
  SyncConfig config{};
  Simulated expected{};
  double simple_mbit = 0;  // what an all-reduce of fp32 gradients at each step would carry, of one island's link
  std::vector<std::string> why{};  // sentences
  bool is_met = false;             // the utilisation that was asked for
};

[[nodiscard]] Plan make_plan(const PlanQuestion& question);

}  // namespace atl::distributed
