#include "envs/playhouse/world.h"

#include "core/error.h"
#include "core/random.h"

namespace atl::envs::playhouse {

World::World(const House& house, const DrawnQuest& quest)
    : house_(&house), quest_(quest.quest), start_(quest.start), now_{quest.start, begin_judging(house, quest.start)} {}

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
  const JudgeState judge = now_.judge;
  const bool begins_alike = house_->level->remembers && quest_.mission.joint == Joint::kThen &&
                            quest.mission.joint == Joint::kThen && quest_.mission.first == quest.mission.first;
  quest_ = quest;
  quest_.limit_ticks = limit_ticks;
  now_.judge = begin_judging(*house_, now_.state);
  if (house_->level->remembers) now_.judge.seen = judge.seen;
  if (begins_alike) now_.judge.clauses[0] = judge.clauses[0];
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
  if (house_->level->remembers) {
    for (std::size_t i = 0; i < house_->things.size(); ++i) add(judge.seen[i]);
  }
  return hash;
}

void step(World& world, std::span<const Action> actions, const TickVisitor& visit) {
  const auto num_players = static_cast<std::size_t>(world.num_players());
  ATOLL_CHECK(actions.size() >= num_players, "actions of {} players, expected {}", actions.size(), num_players);
  ATOLL_CHECK(!world.is_over(), "step of an episode that is over ({}); reset first", to_string(world.verdict()));
  std::array<std::array<TickInput, kTicksPerStep>, kMaxPlayers> ticks{};
  for (std::size_t p = 0; p < num_players; ++p) ticks[p] = ticks_of(actions[p], world.state().players[p].held_keys);
  for (std::size_t t = 0; t < kTicksPerStep && !world.is_over(); ++t) {
    PlayerInputs inputs{};
    for (std::size_t p = 0; p < num_players; ++p) inputs[p] = ticks[p][t];
    world.tick(inputs);
    if (visit) visit({inputs.data(), num_players});
  }
}

}  // namespace atl::envs::playhouse
