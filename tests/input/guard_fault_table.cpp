// The guard's fault table for tools/studies/guard.sh: one JSON line a round on stdout.
//
// usage: guard_fault_table ROUNDS SEED [FAULT...]
#include "core/error.h"
#include "tests/input/fault_round.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace atl;
using namespace atl::input;

nlohmann::json in_ms(const std::optional<Duration>& time) {
  return time ? nlohmann::json(to_seconds(*time) * 1e3) : nlohmann::json();
}

void tell(Fault fault, int round, const FaultRound& r) {
  const nlohmann::json line{{"fault", to_string(fault)},
                            {"round", round},
                            {"overdue_ms", in_ms(r.overdue)},
                            {"release_ms", in_ms(r.release)},
                            {"served_ms", in_ms(r.served)},
                            {"typed_elsewhere", r.typed_elsewhere},
                            {"forbidden_seen", r.forbidden_seen},
                            {"presses_after", r.presses_after},
                            {"processes_left", r.processes_left},
                            {"are_origins_right", r.are_origins_right},
                            {"origins", r.origins},
                            {"problem", r.problem}};
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: guard_fault_table ROUNDS SEED [FAULT...]\n");
    return 2;
  }
  const int num_rounds = std::atoi(argv[1]);
  const auto seed = static_cast<std::uint64_t>(std::atoll(argv[2]));
  const std::vector<std::string> wanted(argv + 3, argv + argc);
  try {
    for (const Fault fault : kAllFaults) {
      if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), to_string(fault)) == wanted.end()) continue;
      for (int round = 0; round < num_rounds; ++round) {
        tell(fault, round, run_fault_round(fault, seed, round));
      }
    }
  } catch (const Error& error) {
    fmt::print(stderr, "guard_fault_table: {}\n", error.what());
    return 1;
  }
}
