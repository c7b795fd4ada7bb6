// An independent, slow reader of episodes: it knows the promises of envs/playhouse/judge.h, goal.h and quest.h and
// nothing of how they are kept. It is given the whole history of an episode, looks up for itself what the mission's
// words mean, and says which verdict falls, on which tick, and about what.
//
// Everything is measured from the plain data of House, State and Event: bearings, gaps, lines of sight, relations,
// structures, windows of time. None of the world's own geometry (sight.h, clear_line.h, bodies.h, quest.h) is called;
// of kinds.h only the table of body sizes is read. What the headers promise is exact to the last 65536th of a metre and
// the last count of an angle, and so is the referee: it always decides.
#pragma once

#include "envs/playhouse/physics.h"
#include "envs/playhouse/quest.h"
#include "envs/playhouse/state.h"
#include "envs/task.h"

#include <array>
#include <vector>

namespace atl::envs::playhouse::referee {

/// All that happened in an episode.
struct History {
  std::vector<State> states;               // [0]: the start; one more per tick
  std::vector<std::vector<Event>> events;  // [t]: what happened between states[t] and states[t + 1]
};

struct Ruling {
  Verdict verdict = Verdict::kRunning;  // kRunning: none fell while the history lasts
  int tick = 0;                 // the first state with the verdict; the last one of the history if there is none
  std::vector<Entity> about{};  // whichever of these the verdict is about; empty: about nothing
};

class Referee {
 public:
  /// House and history are borrowed for the referee's life. The history has at least its start.
  Referee(const House& house, const Mission& mission, int limit_ticks, const History& history);

  [[nodiscard]] Ruling rule() const;

  /// What clause 0 or 1 speaks of, looked up in the start anew.
  struct Meaning {
    EntitySet objects, places;
  };
  [[nodiscard]] const Meaning& meaning(int clause) const { return meanings_[static_cast<std::size_t>(clause)]; }

 private:
  const House& house_;
  Mission mission_;
  int limit_ticks_;
  const History& history_;
  std::array<Meaning, 2> meanings_;
};

}  // namespace atl::envs::playhouse::referee
