// One clause under the referee's eyes: fed tick by tick from when its turn comes, it says on which the clause is done
// and on which another thing was taken, opened, gone to, ... instead.
#pragma once

#include "tests/envs/house_referee.h"
#include "tests/envs/house_referee_choice.h"

#include <array>
#include <vector>

namespace atl::envs::playhouse::referee {

/// How long something has held without a break.
class Held {
 public:
  void tick(bool now) { ticks_ = now ? ticks_ + 1 : 0; }
  [[nodiscard]] bool lasted(int ticks) const { return ticks_ >= ticks; }

 private:
  int ticks_ = 0;
};

/// What is true of some entities, and of which.
struct Finding {
  bool holds = false;
  std::vector<Entity> about{};
  void add(Entity entity);
};

/// What a tick says of a clause.
struct Call {
  Finding done;
  Finding wrong;   // done with something else
  Finding failed;  // something else was done
};

class ClauseWatch {
 public:
  /// House, clause and meaning are borrowed. `begun`: the state in which the clause's turn came.
  ClauseWatch(const House& house, const Clause& clause, const Referee::Meaning& meaning, const State& begun);

  [[nodiscard]] Call tick(const Moment& moment);
  /// All that is counted begins anew, in this state.
  void begin_anew(const State& begun);

  [[nodiscard]] Verb verb() const { return clause_.verb; }
  [[nodiscard]] const Referee::Meaning& meaning() const { return meaning_; }

 private:
  [[nodiscard]] Finding done(const Moment& moment);
  [[nodiscard]] Finding mistaken(const Moment& moment) const;
  [[nodiscard]] Finding failed(const Moment& moment) const;

  [[nodiscard]] Call chosen(const Moment& moment);
  [[nodiscard]] Finding moved(double sign, const Moment& moment) const;
  [[nodiscard]] Finding entered(const Moment& moment);
  [[nodiscard]] Finding happened(const Moment& moment) const;
  [[nodiscard]] Finding dropped(const Moment& moment);
  [[nodiscard]] Finding put(const Moment& moment);
  [[nodiscard]] Finding built(const Moment& moment);
  [[nodiscard]] Finding stood(const Moment& moment);
  [[nodiscard]] Finding passed(const Moment& moment);
  [[nodiscard]] Finding back(const Moment& moment);
  [[nodiscard]] bool is_screen_done(const Moment& moment) const;
  [[nodiscard]] bool is_in_room(const Moment& moment) const;
  void keep_pushes(const Moment& moment);

  const House& house_;
  const Clause& clause_;
  const Referee::Meaning& meaning_;
  PlayerState begun_;
  int turned_ = 0;
  std::array<Held, kMaxEntities> held_{};      // the clause's condition, of each entity
  Held stands_;                                // of conditions about no entity
  EntitySet were_let_go_;                      // out of the hands, but not into a bag or other hands
  int friends_side_ = -1;                      // of the door with buttons: the room from which the other player came
  EntitySet were_pushed_;                      // since they were last carried
  std::array<Point, kMaxThings> pushed_by_{};  // how far, metres
};

}  // namespace atl::envs::playhouse::referee
