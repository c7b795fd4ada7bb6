// One episode in a house and its only clock: `tick`. The stepped world, the window, replays and experts that try things
// out are all this class. The house is borrowed and must outlive it; the rest is plain data: a copy is a snapshot.
#pragma once

#include "core/action.h"
#include "envs/playhouse/judge.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/quest.h"
#include "envs/task.h"

#include <array>
#include <cstdint>
#include <functional>
#include <span>

namespace atl::envs::playhouse {

/// All that changes in an episode. Saving and restoring it is a copy of a few kB.
struct Snapshot {
  State state;
  JudgeState judge;
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// One input a player; a level with one player uses the first.
using PlayerInputs = std::array<TickInput, kMaxPlayers>;

class World {
 public:
  World(const House& house, const DrawnQuest& quest);

  /// Advances by 1/60 s; one input for each player. Throws Error(kInternal) when the episode is over.
  void tick(std::span<const TickInput> inputs);
  void tick(const PlayerInputs& inputs) { tick({inputs.data(), static_cast<std::size_t>(num_players())}); }

  [[nodiscard]] const House& house() const { return *house_; }
  [[nodiscard]] const Quest& quest() const { return quest_; }
  [[nodiscard]] const State& start() const { return start_; }
  [[nodiscard]] const State& state() const { return now_.state; }
  [[nodiscard]] const JudgeState& judge() const { return now_.judge; }
  [[nodiscard]] int num_players() const { return house_->level->players; }
  [[nodiscard]] Verdict verdict() const { return now_.judge.verdict; }
  [[nodiscard]] bool is_over() const { return verdict() != Verdict::kRunning; }
  /// What happened in the last tick.
  [[nodiscard]] std::span<const Event> events() const { return events_.all(); }

  [[nodiscard]] const Snapshot& snapshot() const { return now_; }
  /// Goes on from a snapshot of an episode with the same house and quest.
  void restore(const Snapshot& snapshot) {
    now_ = snapshot;
    events_.clear();
  }

  /// From here on something else is asked for, from the beginning: for experts that are tried out on a copy. The time
  /// limit is as far off as it was. At a level that remembers it is as if it had been asked for from the start, as far
  /// as that is known: what was seen stays so, and a first clause that is the same as before stays done.
  void ask_for(const Quest& quest);

  /// Of house, state, judge and verdict: equal, equal hashes, on every machine. The quest is not part of it: a start
  /// that is asked for something else has the same hash.
  [[nodiscard]] std::uint64_t hash() const;

 private:
  const House* house_;
  Quest quest_;
  State start_;
  Snapshot now_;
  Events events_;
};

/// Sees the inputs of each tick after it.
using TickVisitor = std::function<void(std::span<const TickInput> inputs)>;

/// One action step: the ticks of one action for each player of the level (actions of others are passed over), as many
/// as there are until the episode is over. Throws Error(kInternal) when it is over already.
void step(World& world, std::span<const Action> actions, const TickVisitor& visit = {});

}  // namespace atl::envs::playhouse
