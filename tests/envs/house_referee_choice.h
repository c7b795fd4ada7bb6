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

/// Who may be the choice of this tick: nobody, one entity, or several where rounding could decide between them.
struct Choice {
  std::vector<Entity> possible;
  Truth is_one;  // yes: it is the only one of `possible`; undecided: it may be any of them, or none
  /// Whether it is `entity`.
  [[nodiscard]] Truth is(Entity entity) const;
};

/// Of what the clause's verb (kLookAt, kGoTo, kFind) could be about, one of `objects` before any other, then the
/// nearest to the view axis. The player need not be still, or in the right room.
[[nodiscard]] Choice choice_of(const Moment& moment, const Clause& clause, const EntitySet& objects);

}  // namespace atl::envs::playhouse::referee
