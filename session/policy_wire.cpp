#include "session/policy_wire.h"

namespace atl::session {

void describe(ConfigVisitor& v, PolicyQuestion& question) {
  v.field("counts_per_turn", &question.counts_per_turn, {.min = 0, .max = 1e9});
}

void describe(ConfigVisitor& v, PolicySpec& spec) {
  v.field("name", &spec.name);
  v.table("contract", spec.contract);
}

void describe(ConfigVisitor& v, PolicyReset& reset) { v.field("seed", &reset.seed); }

void describe(ConfigVisitor& v, PolicyObs& obs) {
  v.field("instruction", &obs.instruction);
  v.field("held", &obs.held, {.min = 0, .max = kNumControls - 1});
}

void describe(ConfigVisitor& v, PolicyChunk& chunk) {
  v.list("actions", chunk.actions);
  v.field("goal_probability", &chunk.goal_probability, {.min = 0, .max = 1});
}

}  // namespace atl::session
