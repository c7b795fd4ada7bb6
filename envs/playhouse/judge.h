// Decides when a mission is done in the house, from states and events alone: no pixels, no agent. A stepped world, a
// window and a replay come to the same verdict on the same ticks.
//
// Done is (kTick = 1/60 s; "still": turning under 2.1 degrees and walking under 1 cm in the tick):
//   look at        within 6 degrees beside and 12 above or below the view axis, in sight, nearer than 5 m, still 0.5 s
//   turn           60 degrees in the sum of all turning, to the side asked for
//   go to          surface nearer than 1 m, within 20 degrees beside the view axis, in sight, still 0.25 s
//   walk           1 m from the start, forward or back along the heading of the start
//   jump           in the air
//   go to a room   0.25 s with the body's middle in it
//   find           in that room, the thing in sight within 30 degrees beside and 24 above or below the axis, nearer
//   than
//                  4 m, for 0.5 s
//   pick up        taken into the hands
//   drop           out of the hands and at rest
//   put            let go and at rest for 0.25 s: on / in: it stands on or in the place; next to: gaps under 0.5 m at
//   one
//                  level; behind, left of, right of: gap under 1 m, within 45 degrees of that direction as seen from
//                  the start; as many as asked for
//   open, close    the hinge passes 60 degrees; shuts
//   turn on, off; press   it happens
//   push           by walking into it, less than 0.4 m from the place, not moved for 0.25 s
//   stack, build   let go and at rest for 0.25 s: on it; k blocks one on another, in a row at one level, two by two
//                  upright, two by two flat, edges touching
//   menu, bag      it happens
//   hand over      from hands to hands
//   stand          both players on different plates for 0.5 s
//   hold open      the other player is in the room behind the door that the button opens
// Wrong object first is failure: taking, pushing (over 0.5 m), opening, switching, pressing, storing or, for "look at"
// and "go to", choosing another thing (fixture) where a thing (fixture) was asked for. Of several choices at once the
// target counts. In "a, then b" only the clause whose turn it is counts; in "a and b" both do, and what is looked at or
// gone to is never wrong while both are open.
#pragma once

#include "envs/playhouse/physics.h"
#include "envs/playhouse/quest.h"

#include <array>
#include <cstdint>
#include <span>

namespace atl::envs::playhouse {

/// What a judge remembers: plain, so that it is saved with the state.
struct JudgeState {
  struct OfClause {
    std::int32_t ticks = 0;  // how long its condition has held
    Entity candidate;        // about which entity
    std::uint8_t is_done = 0;
    std::array<std::uint8_t, 2> padding{};
    friend bool operator==(const OfClause&, const OfClause&) = default;
  };
  std::array<OfClause, 2> clauses{};
  std::int32_t turned = 0;  // sum of all turning since the clause in turn began, counts, right positive
  Vec2 begun_at;            // where the player stood then
  std::int32_t begun_heading = 0;
  Entity object;  // what the verdict is about
  Verdict verdict = Verdict::kRunning;
  std::array<std::uint8_t, 2> padding{};
  friend bool operator==(const JudgeState&, const JudgeState&) = default;
};

/// A judge's memory when an episode begins.
[[nodiscard]] JudgeState begin_judging(const State& start);

/// Looks at `after`, one tick later than `before`, and what happened between. `start`: the state at reset, for
/// relations that are told from it. Sets judge.verdict and judge.object; does nothing once there is a verdict.
struct TickView {
  const House& house;
  const State& start;
  const State& before;
  const State& after;
  std::span<const Event> events;
};
void judge_tick(const TickView& view, const Quest& quest, JudgeState& judge);

/// The clause that is to be done next: 0 or 1; that of a joint "and" which is not done yet.
[[nodiscard]] int clause_in_turn(const Quest& quest, const JudgeState& judge);

/// Whether somebody who stands still as `player` does would be taken to look at or to have gone to some thing or
/// fixture. No episode begins so.
[[nodiscard]] bool is_choosing(const House& house, const State& state, std::size_t player);

/// Whether the relation of a kPut, kStack or kPush clause holds for `object` now, at rest or not.
[[nodiscard]] bool is_related(const House& house, const State& start, const State& state, const Clause& clause,
                              const Targets& targets, std::size_t object);
/// Whether blocks form the structure of a kBuild clause.
[[nodiscard]] bool is_built(const House& house, const State& state, const Clause& clause);

}  // namespace atl::envs::playhouse
