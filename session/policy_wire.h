// How policies speak on the wire: the bodies of SPEC, RESET, OBS and SEND between a policy's server and its client.
// Actions are those of worlds (envs/remote/wire.h).
#pragma once

#include "core/contract.h"
#include "envs/remote/wire.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::session {

/// SPEC, the request: what of the world the policy must know.
struct PolicyQuestion {
  double counts_per_turn = 0.0;  // as in SourceFacts; 0: unknown
};
void describe(ConfigVisitor& v, PolicyQuestion& question);

/// SPEC, the answer.
struct PolicySpec {
  std::string name;
  PolicyContract contract;
};
void describe(ConfigVisitor& v, PolicySpec& spec);

/// RESET: forget everything.
struct PolicyReset {
  std::uint64_t seed = 0;
};
void describe(ConfigVisitor& v, PolicyReset& reset);

/// OBS: one question. The third part is the picture, BGRA8, packed, at the contract's size; the header's tick counts
/// questions since RESET from 0.
struct PolicyObs {
  std::string instruction;
  std::vector<int> held;  // what will be held when the chunk starts, indices of controls
};
void describe(ConfigVisitor& v, PolicyObs& obs);

/// SEND: the answer.
struct PolicyChunk {
  std::vector<envs::remote::WireAction> actions;  // contract.chunk_actions of them
  double goal_probability = 0.0;
};
void describe(ConfigVisitor& v, PolicyChunk& chunk);

}  // namespace atl::session
