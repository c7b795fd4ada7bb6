// What somebody looks at, has gone to or has found, for the referee: one entity at a time.
#pragma once

#include "envs/playhouse/physics.h"
#include "envs/playhouse/quest.h"
#include "tests/envs/house_referee_nouns.h"

#include <vector>

namespace atl::envs::playhouse::referee {

/// One tick.
struct Moment {
  const House& house;
  const State& start;  // of the episode
  const State& before;
  const State& after;
  const std::vector<Event>& events;
};

/// Whether the asked player hardly turned or walked.
[[nodiscard]] bool is_still(const Moment& moment);

/// Of some things that the asked player sees, the one that is nearest to the view axis, of equals the first.
[[nodiscard]] Entity most_central_seen(const House& house, const State& state, const EntitySet& things);

/// Of what the clause's verb (kLookAt, kGoTo, kFind) could be about, one of `objects` before any other, then the
/// nearest to the view axis, of equals the first; nothing if there is none. The player need not be still, or in the
/// right room.
[[nodiscard]] Entity choice_of(const Moment& moment, const Clause& clause, const EntitySet& objects);

}  // namespace atl::envs::playhouse::referee
