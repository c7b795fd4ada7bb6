#include "envs/playhouse/oracle.h"

#include "core/error.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/grammar.h"

namespace atl::envs::playhouse {
namespace {

// The shortest phrase that means this thing alone: by colour and shape, else by size, too.
NounPhrase phrase_of(const World& world, Entity entity) {
  const Kind kind = world.house().things[entity.thing()].kind;
  NounPhrase phrase;
  phrase.noun = kind.shape;
  phrase.colour = kind.colour;
  const auto num_meant = [&] { return matches_of(world.house(), world.start(), 0, phrase).count(); };
  if (num_meant() > 1 && kind.shape != Shape::kBlock) phrase.size = kind.size;
  phrase.is_definite = num_meant() == 1;
  return phrase;
}

Goal goal_of(const House& house, const Mission& mission, const EntitySet& entities, Random& random) {
  Goal goal;
  goal.family = kFamilyNames[static_cast<std::size_t>(family_of(mission))];
  goal.target = name_of(mission);
  goal.instruction = phrase(mission, PhraseSet::kTraining, random);
  for (std::size_t id = 0; id < entities.size(); ++id) {
    if (!entities.test(id)) continue;
    goal.objects.set(id + 1);
    goal.names.push_back(name_at(house, {static_cast<std::uint8_t>(id)}));
  }
  return goal;
}

EntitySet only(Entity entity) {
  EntitySet set;
  set.set(entity.id);
  return set;
}

}  // namespace

const World& PlayhouseOracle::world() const {
  ATOLL_CHECK(world_, "the oracle was asked before the first reset");
  return *world_;
}

void PlayhouseOracle::begin() { mind_.emplace(std::size_t{0}); }

std::vector<Goal> PlayhouseOracle::goals(Random& random) {
  const House& house = world().house();
  const Quest& quest = world().quest();
  const auto in_turn = static_cast<std::size_t>(clause_in_turn(quest, world().judge()));
  std::vector<Goal> goals{goal_of(house, quest.mission, quest.targets[in_turn].objects, random)};
  goals[0].held_out = mentions_held_out_pair(quest.mission) || is_held_out_composition(quest.mission);
  for (const Verb verb : {Verb::kGoTo, Verb::kLookAt, Verb::kPickUp}) {
    for (std::size_t i = 0; i < house.things.size(); ++i) {
      if (world().state().things[i].place != Place::kResting) continue;
      Mission mission;
      mission.first.verb = verb;
      mission.first.object = phrase_of(world(), thing_entity(i));
      if (mission == quest.mission) continue;
      goals.push_back(goal_of(house, mission, only(thing_entity(i)), random));
      goals.back().held_out = mentions_held_out_pair(mission);
    }
  }
  return goals;
}

void PlayhouseOracle::expert_chunk(const Goal& goal, std::span<Action> chunk) {
  World trial = world();
  if (goal.target != name_of(world().quest().mission)) {
    const Parsed parsed = parse(goal.target);
    ATOLL_CHECK(parsed.mission, "goal \"{}\": {}", goal.target, parsed.problem);
    const Lookup lookup = look_up(trial.house(), trial.start(), *parsed.mission);
    ATOLL_CHECK(lookup.quest, "goal \"{}\": {}", goal.target, lookup.problem);
    trial.ask_for(*lookup.quest);
  }
  PlayerInputs inputs{};
  for (Action& action : chunk) {
    const std::uint16_t held = trial.state().players[0].held_keys;
    action = normalise(mind_->decide(trial).action, controls_of(held));
    for (const TickInput& input : ticks_of(action, held)) {
      if (trial.is_over()) break;
      inputs[0] = input;
      trial.tick(inputs);
    }
  }
}

std::unique_ptr<Expert> PlayhouseOracle::create_expert_for(std::size_t player, std::uint64_t seed,
                                                           const ExpertStyle& style) {
  ATOLL_CHECK(player < static_cast<std::size_t>(world().num_players()), "an expert for player {} of {}", player,
              world().num_players());
  return playhouse::create_expert(world(), player, seed, style);
}

}  // namespace atl::envs::playhouse
