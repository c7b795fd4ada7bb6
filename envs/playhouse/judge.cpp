#include "envs/playhouse/judge.h"

#include "envs/playhouse/judge_clause.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

void begin_clause(const State& state, JudgeState& judge) {
  const PlayerState& self = state.players[kJudged];
  judge.turned = 0;
  judge.begun_at = self.position;
  judge.begun_heading = self.heading;
  judge.pushed = {};
}

// Adds up how far each thing is pushed; what is taken into hands has not been pushed.
void keep_pushes(const TickView& view, JudgeState& judge) {
  for (const Event& event : view.events) {
    if (event.kind != EventKind::kPushed || event.player != kJudged) continue;
    const std::size_t thing = event.entity.thing();
    const Vec2 moved = view.after.things[thing].position.flat() - view.before.things[thing].position.flat();
    judge.pushed[thing] = judge.pushed[thing] + moved;
  }
  for (std::size_t i = 0; i < view.house.things.size(); ++i) {
    if (view.after.things[i].place == Place::kHeld) judge.pushed[i] = {};
  }
}

// Every open clause's finding; what is done is noted.
std::array<Finding, 2> judge_clauses(const TickView& view, const Quest& quest, JudgeState& judge) {
  const bool any_order = quest.mission.joint == Joint::kAnd;
  const int in_turn = clause_in_turn(quest, judge);
  std::array<Finding, 2> findings{};
  bool keeps_pushes = false;
  for (int i = 0; i < quest.num_clauses(); ++i) {
    const auto index = static_cast<std::size_t>(i);
    if (judge.clauses[index].is_done || (!any_order && i != in_turn)) continue;
    if (quest.clause(i).verb == Verb::kPush && !keeps_pushes) {
      keep_pushes(view, judge);
      keeps_pushes = true;
    }
    findings[index] = judge_clause(view, quest, i, judge);
    if (findings[index].kind != Finding::Kind::kDone) continue;
    judge.clauses[index].is_done = 1;
    judge.object = findings[index].about;
    judge.deed = findings[index].deed;
  }
  return findings;
}

// Where both clauses are open, wrong is only what is wrong for both.
bool is_excused(const Quest& quest, const JudgeState& judge, std::size_t clause, const Finding& finding) {
  const std::size_t other = 1 - clause;
  const bool other_open = quest.mission.joint == Joint::kAnd && !judge.clauses[other].is_done;
  const Verb verb = quest.clause(static_cast<int>(clause)).verb;
  const bool is_choice = verb == Verb::kLookAt || verb == Verb::kGoTo;
  return other_open && (is_choice || holds(targets_now(quest, static_cast<int>(other), judge).objects, finding.about) ||
                        finding.kind == Finding::Kind::kFailed);
}

}  // namespace

JudgeState begin_judging(const House& house, const State& start) {
  JudgeState judge;
  begin_clause(start, judge);
  note_seen(house, start, judge);
  return judge;
}

int clause_in_turn(const Quest& quest, const JudgeState& judge) {
  switch (quest.mission.joint) {
    case Joint::kNone: return 0;
    case Joint::kAfter: return judge.clauses[1].is_done ? 0 : 1;
    case Joint::kThen:
    case Joint::kAnd: return judge.clauses[0].is_done ? 1 : 0;
  }
  return 0;
}

void judge_tick(const TickView& view, const Quest& quest, JudgeState& judge) {
  if (judge.verdict != Verdict::kRunning) return;
  judge.turned += wrap_signed(view.after.players[kJudged].heading - view.before.players[kJudged].heading);
  note_seen(view.house, view.after, judge);
  const std::array<Finding, 2> findings = judge_clauses(view, quest, judge);
  const bool any_done = std::any_of(findings.begin(), findings.end(),
                                    [](const Finding& finding) { return finding.kind == Finding::Kind::kDone; });
  if (any_done) {
    begin_clause(view.after, judge);
    for (JudgeState::OfClause& clause : judge.clauses) clause.ticks = 0;  // dwelling counts anew
  }
  for (std::size_t i = 0; i < findings.size() && !any_done; ++i) {
    const Finding& finding = findings[i];
    if (finding.kind < Finding::Kind::kWrong || is_excused(quest, judge, i, finding)) continue;
    judge.verdict = finding.kind == Finding::Kind::kWrong ? Verdict::kWrongObject : Verdict::kFailed;
    judge.object = finding.about;
    judge.deed = finding.deed;
    return;
  }
  const bool all_done = judge.clauses[0].is_done && (quest.num_clauses() == 1 || judge.clauses[1].is_done);
  if (all_done) {
    judge.verdict = Verdict::kSuccess;
  } else if (view.after.num_ticks >= quest.limit_ticks) {
    judge.verdict = Verdict::kTimeout;
    judge.object = {};  // not that of the clause that was done
    judge.deed = Deed::kNone;
  }
}

}  // namespace atl::envs::playhouse
