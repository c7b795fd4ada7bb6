#include "envs/playhouse/oracle.h"

#include "core/error.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/drawing.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/grammar.h"

#include <algorithm>
#include <array>

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

ObjectSet as_objects(const EntitySet& entities) {
  ObjectSet objects;
  for (std::size_t id = 0; id < entities.size(); ++id) objects.set(id + 1, entities.test(id));
  return objects;
}

Goal goal_of(const Mission& mission, const Targets& targets, Random& random) {
  Goal goal;
  goal.family = kFamilyNames[static_cast<std::size_t>(family_of(mission))];
  goal.target = name_of(mission);
  goal.instruction = phrase(mission, PhraseSet::kTraining, random);
  goal.objects = as_objects(targets.objects);
  goal.places = as_objects(targets.places);
  goal.held_out = mentions_held_out_pair(mission) || is_held_out_composition(mission);
  return goal;
}

Targets targets_in_turn(const Quest& quest, const JudgeState& judge) {
  return targets_now(quest, clause_in_turn(quest, judge), judge);
}

// Whether doing one of two missions is not, on the way, doing the other: they speak of different things, or of
// different rooms to go to.
bool is_apart(const Quest& a, const Quest& b) {
  const auto objects = [](const Quest& quest) { return quest.targets[0].objects | quest.targets[1].objects; };
  if (objects(a).any() && objects(b).any()) return (objects(a) & objects(b)).none();
  const auto is_way = [](const Mission& mission) {
    return mission.first.verb == Verb::kEnter && mission.joint == Joint::kNone;
  };
  return is_way(a.mission) && is_way(b.mission) && a.mission.first.room != b.mission.first.room;
}

// "Go to", "look at" and "pick up" with everything that stands about.
void add_things(const World& world, Random& random, std::vector<Goal>& goals) {
  const House& house = world.house();
  for (const Verb verb : {Verb::kGoTo, Verb::kLookAt, Verb::kPickUp}) {
    std::vector<Mission> known{world.quest().mission};
    for (std::size_t i = 0; i < house.things.size(); ++i) {
      if (world.state().things[i].place != Place::kResting || is_shut_away(house, world.state(), i)) continue;
      Mission mission;
      mission.first.verb = verb;
      mission.first.object = phrase_of(world, thing_entity(i));
      if (std::find(known.begin(), known.end(), mission) != known.end()) continue;  // things that are alike
      known.push_back(mission);
      // What was held or done when the episode began cannot be asked for: goals are looked up in that state.
      if (!look_up(house, world.start(), mission).quest) continue;
      const EntitySet meant = matches_of(house, world.start(), 0, mission.first.object);
      goals.push_back(goal_of(mission, {.objects = meant, .places = {}}, random));
    }
  }
}

// Others of the episode's own family, drawn as tasks are.
void add_others_of_family(const World& world, Random& random, std::vector<Goal>& goals) {
  constexpr int kDraws = 16;
  constexpr std::size_t kOthers = 3;
  std::vector<Mission> known;
  for (int i = 0; i < kDraws && known.size() < kOthers; ++i) {
    const auto drawn = draw_quest(world.house(), family_of(world.quest().mission), Split::kTrain, random);
    if (!drawn) return;
    const Quest& quest = drawn->quest;
    if (drawn->start != world.start() || !is_apart(quest, world.quest())) continue;
    if (std::find(known.begin(), known.end(), quest.mission) != known.end()) continue;
    known.push_back(quest.mission);
    goals.push_back(goal_of(quest.mission, targets_in_turn(quest, begin_judging(world.house(), drawn->start)), random));
  }
}

// Others that need memory, from the same start: another thing to go to before one comes back; another pair, before
// which the same is done.
std::vector<Mission> others_to_remember(const World& world) {
  const House& house = world.house();
  const Mission& own = world.quest().mission;
  std::vector<Mission> others;
  Mission mission = own;
  if (family_of(own) == Family::kGoBack) {
    for (std::size_t i = 0; i < house.things.size(); ++i) {
      mission.first.object = phrase_of(world, thing_entity(i));
      const bool leads_away = bearing_of(house, world.start(), 0, thing_entity(i)).distance >= kLeadsAway;
      if (leads_away && mission != own) others.push_back(mission);
    }
    return others;
  }
  for (const Pair& pair : pairs_in(house, world.start())) {
    mission.second.object = pair.phrase;
    const EntitySet& landmark = world.quest().targets[0].objects;
    const bool is_about_it = holds(landmark, pair.first) || holds(landmark, pair.second);
    // Neither both at once, nor perhaps none.
    const bool sees_one = is_seen(house, world.start(), 0, pair.first) != is_seen(house, world.start(), 0, pair.second);
    const auto is_held_out = [&](Entity thing) {
      const Kind kind = house.things[thing.thing()].kind;
      return is_held_out_pair(kind.colour, kind.shape);
    };
    if (is_held_out(pair.first) || is_held_out(pair.second)) continue;
    if (sees_one && !is_about_it && mission != own) others.push_back(mission);
  }
  return others;
}

void add_others_to_remember(const World& world, Random& random, std::vector<Goal>& goals) {
  if (world.quest().mission.joint != Joint::kThen) return;
  for (const Mission& mission : others_to_remember(world)) {
    if (!problem_of(mission).empty()) continue;
    const Lookup lookup = look_up(world.house(), world.start(), mission);
    if (!lookup.quest) continue;
    World asked = world;
    asked.ask_for(*lookup.quest);
    goals.push_back(goal_of(mission, targets_in_turn(*lookup.quest, asked.judge()), random));
  }
}

bool is_about_one_thing(Family family) {
  return family == Family::kLook || family == Family::kGoTo || family == Family::kPickUp;
}

}  // namespace

const World& PlayhouseOracle::world() const {
  ATOLL_CHECK(world_, "the oracle was asked before the first reset");
  return *world_;
}

void PlayhouseOracle::begin() { mind_.emplace(std::size_t{0}); }

std::vector<Goal> PlayhouseOracle::goals(Random& random) {
  const Quest& quest = world().quest();
  std::vector<Goal> goals{goal_of(quest.mission, targets_in_turn(quest, world().judge()), random)};
  add_things(world(), random, goals);
  const Family family = family_of(quest.mission);
  if (family == Family::kGoBack || family == Family::kSeenFirst) {
    add_others_to_remember(world(), random, goals);
  } else if (!is_about_one_thing(family)) {
    add_others_of_family(world(), random, goals);
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
  for (Action& action : chunk) {
    action = normalise(mind_->decide(trial).action, controls_of(trial.state().players[0].held_keys));
    std::array<Action, kMaxPlayers> actions{};  // the other player stands still
    actions[0] = action;
    if (!trial.is_over()) step(trial, actions);
  }
}

std::unique_ptr<Expert> PlayhouseOracle::create_expert_for(std::size_t player, std::uint64_t seed,
                                                           const ExpertStyle& style) {
  ATOLL_CHECK(player < static_cast<std::size_t>(world().num_players()), "an expert for player {} of {}", player,
              world().num_players());
  return playhouse::create_expert(world(), player, seed, style);
}

}  // namespace atl::envs::playhouse
