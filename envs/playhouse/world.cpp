#include "envs/playhouse/world.h"

#include "core/error.h"
#include "core/random.h"

namespace atl::envs::playhouse {

World::World(const House& house, const DrawnQuest& quest)
    : house_(&house), quest_(quest.quest), start_(quest.start), now_{quest.start, begin_judging(quest.start)} {}

void World::tick(std::span<const TickInput> inputs) {
  ATOLL_CHECK(!is_over(), "tick {} of an episode that is over ({}); reset first", now_.state.num_ticks,
              to_string(verdict()));
  const State before = now_.state;
  events_.clear();
  advance(*house_, now_.state, inputs, events_);
  judge_tick({*house_, start_, before, now_.state, events_.all()}, quest_, now_.judge);
}

void World::ask_for(const Quest& quest) {
  const int limit_ticks = quest_.limit_ticks;
  quest_ = quest;
  quest_.limit_ticks = limit_ticks;
  now_.judge = begin_judging(now_.state);
}

std::uint64_t World::hash() const {
  std::uint64_t hash = mix_bits(house_->hash ^ hash_of(now_.state));
  const auto add = [&](auto value) {
    hash = mix_bits(hash ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
  };
  const JudgeState& judge = now_.judge;
  for (const JudgeState::OfClause& clause : judge.clauses)
    add(clause.ticks), add(clause.candidate.id), add(clause.is_done);
  for (std::size_t i = 0; i < judge.pushed.size(); ++i) {
    if (judge.pushed[i] != Vec2{}) add(i), add(judge.pushed[i].x), add(judge.pushed[i].y);
  }
  add(judge.turned), add(judge.begun_at.x), add(judge.begun_at.y), add(judge.begun_heading), add(judge.object.id);
  add(static_cast<int>(judge.verdict));
  return hash;
}

}  // namespace atl::envs::playhouse
