// A run in virtual time: the rounds, members and schedules that real runs use (distributed/rounds.h, fragments.h), with
// islands that take so long for a step, links that carry so much, and failures drawn from a seed. No parameters, no
// sockets; ten thousand islands are simulated in seconds. For `atoll sync simulate` and the planner. Any thread.
//
// A link carries one thing after another at its rate; what leaves the syncer for all passes its own link first. What
// takes time in a real run and is neither a step, a link nor the syncer's sum is left out: encoding, the disk.
#pragma once

#include "core/config.h"
#include "distributed/sync_config.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::distributed {

/// Islands of one kind.
struct SimulatedIslands {
  std::string name = "island";  // "island" is island-0, island-1, ...
  int count = 1;
  double step_s = 1.0;         // an inner step,
  double step_spread = 0.0;    // give or take this share of it (standard deviation of one step)
  double tokens_per_step = 1;  // learned from in it
  double up_mbit = 0;          // to the syncer, and from it; 0: without limit
  double down_mbit = 0;
  double latency_s = 0;      // one way
  double joins_s = 0;        // when it begins,
  double leaves_s = 0;       // and ends; 0: never
  double failure_hours = 0;  // it is killed so often, in the mean; 0: never
  double back_s = 60;        // after which it joins again
};

void describe(ConfigVisitor& v, SimulatedIslands& islands);

struct SimulatedSyncer {
  double up_mbit = 0;  // to all islands, and from them; 0: without limit
  double down_mbit = 0;
  double sum_gb_s = 1.0;  // fp32 of deltas summed and stepped in a second
};

void describe(ConfigVisitor& v, SimulatedSyncer& syncer);

/// A scenario: the tables of a file for `atoll sync simulate`.
struct Scenario {
  SyncConfig sync{};
  double parameters = 1e6;
  double seconds = 0;  // virtual time to simulate; 0: until `tokens`
  double tokens = 0;   // committed ones after which it ends; 0: none
  std::uint64_t seed = 1;
  SimulatedSyncer syncer{};
  std::vector<SimulatedIslands> islands{};
};

void describe(ConfigVisitor& v, Scenario& scenario);

/// Everything that does not fit together, in words.
[[nodiscard]] std::vector<std::string> problems_of(const Scenario& scenario);

struct Simulated {
  double seconds = 0;      // virtual
  double tokens = 0;       // committed
  double goodput = 0;      // of what all islands would have learned from if they had never waited or failed: 0 .. 1
  double utilisation = 0;  // of the time in which islands were up, the share in which they computed: 0 .. 1
  double bytes_up = 0;     // deltas, from islands
  double bytes_down = 0;   // commits and states, to islands
  double peak_mbit = 0;    // the most that all links together carried at a time, and
  double mean_mbit = 0;    // in the mean
  double staleness = 0;    // mean of the deltas'
  std::int64_t commits = 0;
  std::int64_t deltas = 0;  // in them
  int failures = 0;
  int joins = 0;
  std::int64_t events = 0;  // of the simulation
};

/// Runs it. Throws Error(kConfig) listing what does not fit together.
[[nodiscard]] Simulated simulate(const Scenario& scenario);

}  // namespace atl::distributed
