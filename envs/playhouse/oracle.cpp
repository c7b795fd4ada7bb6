#include "envs/playhouse/oracle.h"

#include "core/error.h"
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

Entity first_of(const EntitySet& set) {
  for (std::size_t id = 0; id < set.size(); ++id) {
    if (set.test(id)) return {static_cast<std::uint8_t>(id)};
  }
  return {};
}

Goal goal_of(const Mission& mission, Entity object, Random& random) {
  return {.family = std::string(kFamilyNames[static_cast<std::size_t>(family_of(mission))]),
          .target = name_of(mission),
          .instruction = phrase(mission, PhraseSet::kTraining, random),
          .object = object.is_some() ? static_cast<std::uint8_t>(object.id + 1) : std::uint8_t{0},
          .held_out = false};
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
  std::vector<Goal> goals{goal_of(quest.mission, first_of(quest.targets[0].objects), random)};
  const auto is_held_out = [&](Entity entity) {
    const Kind kind = house.things[entity.thing()].kind;
    return kind.shape != Shape::kBlock && is_held_out_pair(kind.colour, kind.shape);
  };
  for (std::size_t i = 0; i < house.things.size(); ++i)
    goals[0].held_out = goals[0].held_out || (quest.targets[0].objects.test(i) && is_held_out(thing_entity(i)));
  for (const Verb verb : {Verb::kGoTo, Verb::kLookAt, Verb::kPickUp}) {
    for (std::size_t i = 0; i < house.things.size(); ++i) {
      const Entity entity = thing_entity(i);
      if (world().state().things[i].place != Place::kResting) continue;
      Mission mission;
      mission.first.verb = verb;
      mission.first.object = phrase_of(world(), entity);
      if (mission == quest.mission) continue;
      goals.push_back(goal_of(mission, entity, random));
      goals.back().held_out = is_held_out(entity);
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

std::unique_ptr<Expert> PlayhouseOracle::create_expert(std::uint64_t seed, const ExpertStyle& style) {
  return playhouse::create_expert(world(), 0, seed, style);
}

}  // namespace atl::envs::playhouse
