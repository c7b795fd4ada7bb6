// Decides when a mission is done in the house, from states and events alone: no pixels, no agent. A stepped world, a
// window and a replay come to the same verdict on the same ticks.
//
// The mission is for the first player; what the other one does counts only where it is said. Done is:
//   look at        at most 6 degrees beside and 12 above or below the view axis, in sight, nearer than 5 m, still 0.5 s
//   turn           60 degrees in the sum of all turning, to the side asked for
//   go to          surface nearer than 1 m, at most 20 degrees beside the view axis, in sight, still 0.25 s
//   walk           1 m from the start, forward or back along the heading of the start
//   jump           it happens
//   go to a room   0.25 s with the body's middle in it
//   find           in that room, the thing in sight, at most 30 degrees beside and 24 above or below the axis, nearer
//                  than 4 m, for 0.5 s
//   pick up        taken into the hands, but not out of the bag
//   drop           let go, not handed over, and then at rest
//   put            at rest for 0.25 s, as many as asked for; on / in: it stands on or in the place itself; all others
//                  at one level with the place (things: heights differ by at most 10 cm; furniture: that of the floor):
//                  next to: gap under 0.5 m; behind, left of, right of: gap under 1 m, within 45 degrees of that
//                  direction. Directions are those of the start's heading, wherever the place is
//   open, close    the hinge passes 60 degrees; shuts: whoever moved it
//   turn on, off; press   it happens
//   push           by walking into it, less than 0.4 m from the place, not moved for 0.25 s
//   stack, build   at rest for 0.25 s: on it; k blocks one on another, in a row at one level, two by two upright
//                  or flat, in neighbouring cells of the blocks' grid. There they snap to; those that stood about from
//                  the start are seldom in the middle of one, and count for that in which their own middle lies
//   menu, bag      it happens
//   hand over      from hands to hands
//   stand          both players with their feet on different plates for 0.5 s
//   hold open      the other player has been for 0.25 s in the room behind the door with the buttons, from where they
//                  started
//   go back        at most 1 m from where the episode began, still 0.25 s; to stand still elsewhere is not wrong
// Still: turning by at most 2.1 degrees (24 counts) to the side and up or down, and walking at most 1 cm, in the tick.
// At rest: standing on something and not being pushed along. A time is counted in ticks after which all of it held.
//
// Looked at, gone to and found is one thing at a time: of those that could be, a target before any other, then the
// nearest to the view axis (degrees beside plus degrees above or below, in whole counts; of equals the one with the
// lowest id); its time begins anew when another one takes its place. What somebody holds is not chosen, and nothing but
// targets while it is a door, which is passed on the way.
//
// Seen is a thing while its middle is at most 36 degrees beside and 28 above or below the view axis, it is in sight,
// and its surface nearer than 6 m and ten times its height (about six pixels of an agent's picture). Of several that
// come into view in one tick the nearest to the view axis is seen first. That is kept for every thing from the start
// on, at levels that remember; "the ball you saw first" is at any time the ball that was, and nothing before one was.
//
// Wrong object first is failure, where a thing (fixture) was asked for:
//   look at, go to          another thing (fixture) is
//   pick up, push           another is taken; push: another one but the place is pushed more than 0.5 m
//   put, stack, hand over   another is taken, or taken out of the bag, or handed over
//   store                   the same, or another is stored
//   drop, take out          another is
//   build                   what is no block, or none of the colour asked for, is taken
//   open, close             another fixture of a kind asked for is: doors are opened on the way to boxes
//   turn on, off; press     another one is turned on or off; pressed
// Of several at once the target counts. Failed without an object: turning 60 degrees or walking 1 m to the other side,
// opening another screen, switching another setting or the right one back; with one: taking what was to be pushed.
//
// In "a, then b" only the clause whose turn it is counts; in "a and b" both do: there, while both are open, what is
// asked for in one is not wrong for the other, what is looked at or gone to is never wrong, and nothing fails. When
// a clause is done, all that is counted (times, turning, walking, pushing) begins anew for the other one.
//
// Differences from the plan, which counts pixels of each thing (an id buffer) for go to (< 0.75 m, 25 degrees, 12 px,
// 0.5 s) and find (1 % of the picture, 0.5 s): here a straight line from the eye decides what is in sight, so that the
// size of the picture does not matter, and angles and distances are those above. At rest is 0.25 s for put, not 0.5 s.
// Time limits grow with the number of rooms and things (default_limit_ticks in quest.h): 10 s for drop, bag and menu;
// for others 10 s in one room, 45 s in six; several times that for put, push and build; two clauses have both their
// times.
#pragma once

#include "envs/playhouse/deed.h"
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
  std::array<Vec2, kMaxThings> pushed{};  // in a kPush clause: how far since then, by walking into it
  Entity object;                          // what the deed was done to; a timeout: nothing
  Verdict verdict = Verdict::kRunning;
  Deed deed = Deed::kNone;  // what was done that decided it; told, but no part of World::hash
  std::uint8_t padding = 0;
  std::array<std::uint8_t, kMaxThings> seen{};  // the order in which things were seen first, from 1; 0: not yet. Only
                                                // at levels that remember
  friend bool operator==(const JudgeState&, const JudgeState&) = default;
};

/// A judge's memory when an episode begins.
[[nodiscard]] JudgeState begin_judging(const House& house, const State& start);

/// Looks at `after`, one tick later than `before`, and what happened between. `start`: the state at reset, for
/// relations that are told from it. Sets judge.verdict, .deed and .object; does nothing once there is a verdict.
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

/// What a clause speaks of at this moment: as the quest says, but of what was seen first that one alone.
[[nodiscard]] Targets targets_now(const Quest& quest, int index, const JudgeState& judge);

/// Whether `player` sees a thing, for "you saw first".
[[nodiscard]] bool is_seen(const House& house, const State& state, std::size_t player, Entity thing);

/// Whether somebody who stands still as `player` does would be taken to look at or to have gone to some thing or
/// fixture. No episode begins so.
[[nodiscard]] bool is_choosing(const House& house, const State& state, std::size_t player);

/// Whether `player` would be taken to look at, to have gone to or to have found `entity` by standing still; `verb`:
/// kLookAt, kGoTo or kFind, there without regard to the room.
[[nodiscard]] bool is_chosen(const House& house, const State& state, std::size_t player, Verb verb, Entity entity);

/// Whether the relation of a kPut, kStack or kPush clause holds for `object` now, at rest or not.
[[nodiscard]] bool is_related(const House& house, const State& start, const State& state, const Clause& clause,
                              const Targets& targets, std::size_t object);
/// Whether blocks form the structure of a kBuild clause.
[[nodiscard]] bool is_built(const House& house, const State& state, const Clause& clause);

}  // namespace atl::envs::playhouse
