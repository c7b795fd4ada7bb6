// The parts of the judge: what it makes of one clause, and what somebody is taken to look at, to go to or to find.
#pragma once

#include "envs/playhouse/finding.h"
#include "envs/playhouse/judge.h"

namespace atl::envs::playhouse {

/// The player that the mission is told.
inline constexpr std::size_t kJudged = 0;

/// One clause's judgement of one tick; counts in `judge` what lasts.
[[nodiscard]] Finding judge_clause(const TickView& view, const Quest& quest, int index, JudgeState& judge);

/// Writes down what is seen for the first time, at a level that remembers.
void note_seen(const House& house, const State& state, JudgeState& judge);

/// What a kLookAt, kGoTo or kFind clause takes to be chosen, whether or not the player keeps still: an object if there
/// is one, else the nearest to the axis of the entities of the objects' class.
[[nodiscard]] Entity chosen_in(const TickView& view, const Clause& clause, const Targets& targets);

}  // namespace atl::envs::playhouse
