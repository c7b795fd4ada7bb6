#include "tests/envs/house_referee_games.h"

#include "core/error.h"
#include "envs/playhouse/expert.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/verb_rules.h"
#include "envs/seeds.h"

#include <algorithm>
#include <array>
#include <memory>

namespace atl::envs::playhouse::referee {
namespace {

/// Presses and moves that a careless hand makes: a control or two held, a turn, now and then a key that does something.
Action careless_action(Random& random) {
  constexpr std::array<KeyBit, 4> kWalks{kForward, kLeft, kBack, kRight};
  constexpr std::array<KeyBit, 6> kDeeds{kTake, kUse, kJump, kBag, kMenu, kRotate};
  Action action;
  const auto hold_key = [&](KeyBit key) { action.held.set(static_cast<std::size_t>(index_of(control_of(key)))); };
  if (random.chance(3, 4)) hold_key(random.chance(2, 3) ? kForward : kWalks[random.below(4)]);
  // Taking and using twice as often as each of the others.
  if (random.chance(1, 3))
    tap(action, control_of(random.chance(2, 3) ? kDeeds[random.below(2)] : kDeeds[random.below(6)]));
  if (random.chance(1, 2)) action.dx = random.between(-200, 200);
  if (random.chance(1, 4)) action.dy = random.between(-60, 60);
  return action;
}

using Actions = std::array<Action, kMaxPlayers>;

/// All players of an episode.
class Team {
 public:
  Team(const World& world, Hands hands, std::uint64_t seed) : world_(world), hands_(hands), random_(seed), seed_(seed) {
    if (hands == Hands::kToldElse) tell_something_else();
    ask_experts(imagined_ ? *imagined_ : world_);
  }

  Actions next() {
    if (imagined_ && imagined_->is_over()) {
      ask_experts(world_);
      imagined_.reset();
    }
    Actions actions;
    for (std::size_t p = 0; p < num_players(); ++p) {
      const bool is_careless = hands_ == Hands::kRandom || (hands_ == Hands::kSlipping && random_.chance(1, 8));
      if (hands_ != Hands::kRandom) actions[p] = experts_[p]->next();
      if (is_careless) actions[p] = careless_action(random_);
    }
    return actions;
  }

  /// What the world was told, for the one that is imagined beside it.
  void follow(std::span<const TickInput> inputs) {
    if (imagined_ && !imagined_->is_over()) imagined_->tick(inputs);
  }

 private:
  [[nodiscard]] std::size_t num_players() const { return static_cast<std::size_t>(world_.num_players()); }

  void tell_something_else() {
    const auto mission = something_else(world_.house(), world_.start(), world_.quest().mission, random_);
    if (!mission) return;
    DrawnQuest other{*look_up(world_.house(), world_.start(), *mission).quest, world_.start()};
    other.quest.limit_ticks = world_.quest().limit_ticks;
    imagined_.emplace(world_.house(), other);
  }

  void ask_experts(const World& world) {
    const ExpertStyle person{.noise = 0.02, .detour = 0.07, .reaction_steps = 3};
    for (std::size_t p = 0; p < num_players(); ++p) {
      experts_[p] = create_expert(world, p, seed_ + p, hands_ == Hands::kLikeAPerson ? person : ExpertStyle{});
    }
  }

  const World& world_;
  Hands hands_;
  Random random_;
  std::uint64_t seed_;
  std::optional<World> imagined_;  // the same states, but asked for something else
  std::array<std::unique_ptr<Expert>, kMaxPlayers> experts_;
};

History record(World& world, Team& team) {
  History history;
  history.states.push_back(world.state());
  const auto keep = [&](std::span<const TickInput> inputs) {
    team.follow(inputs);
    history.states.push_back(world.state());
    history.events.emplace_back(world.events().begin(), world.events().end());
  };
  while (!world.is_over()) step(world, team.next(), keep);
  return history;
}

/// A phrase for some entity of the house that the rule allows.
std::optional<NounPhrase> some_phrase(const House& house, NounRule rule, Random& random) {
  NounPhrase phrase;
  phrase.is_definite = false;
  const auto num_things = static_cast<std::uint32_t>(house.things.size());
  const std::uint32_t pick = random.below(num_things + static_cast<std::uint32_t>(house.fixtures.size()));
  if (pick < num_things) {
    const Kind& kind = house.things[pick].kind;
    phrase.noun = kind.shape;
    phrase.colour = kind.colour;
  } else {
    const Fixture& fixture = house.fixtures[pick - num_things];
    phrase.noun = fixture.kind;
    if (fixture.kind == FixtureKind::kBox || fixture.kind == FixtureKind::kButton) phrase.colour = fixture.colour;
  }
  if (!fits(rule, phrase.noun)) return std::nullopt;
  return phrase;
}

void change(const House& house, Clause& clause, Random& random) {
  const VerbRule& rule = rule_of(clause.verb);
  if (rule.object != NounRule::kNone && random.chance(3, 4)) {
    // Another kind of furniture is no wrong one: a door or box in place of another is looked for with patience.
    const bool is_patient = rule.object == NounRule::kHinged;
    for (int i = 0; i < (is_patient ? 20 : 1); ++i) {
      const auto phrase = some_phrase(house, rule.object, random);
      if (!phrase || (is_patient && phrase->noun != clause.object.noun)) continue;
      clause.object = *phrase;
      break;
    }
  }
  if (rule.place != NounRule::kNone && random.chance(1, 3)) {
    if (const auto phrase = some_phrase(house, rule.place, random)) clause.place = *phrase;
  }
  if (rule.has_room && random.chance(1, 2)) clause.room = static_cast<RoomName>(random.below(6));
  if (clause.verb == Verb::kPut && random.chance(1, 4)) clause.relation = static_cast<Relation>(random.below(6));
  if (clause.verb == Verb::kBuild) clause.structure = static_cast<Structure>(random.below(4));
  if (clause.verb == Verb::kSetting) clause.setting = static_cast<Setting>(random.below(3));
  if (clause.verb == Verb::kTurnLeft || clause.verb == Verb::kWalkForward) {
    clause.verb = random.chance(1, 2) ? Verb::kTurnRight : Verb::kWalkBack;
  }
}

/// Missions of verbs that are seldom drawn, by their names.
std::string seldom_mission(Random& random, int num_players) {
  constexpr std::array<Verb, 7> kVerbs{Verb::kTurnLeft, Verb::kTurnRight, Verb::kWalkForward, Verb::kWalkBack,
                                       Verb::kJump,     Verb::kOpenMenu,  Verb::kOpenBag};
  Mission mission;
  const std::uint32_t pick = random.below(num_players == 2 ? 12 : 9);
  if (pick < kVerbs.size()) {
    mission.first.verb = kVerbs[pick];
  } else if (pick < 9) {
    mission.first.verb = Verb::kSetting;
    mission.first.setting = static_cast<Setting>(random.below(3));
    mission.first.is_on = random.chance(1, 2);
  } else {
    mission.first.verb = pick == 9 ? Verb::kLookAt : Verb::kGoTo;
    mission.first.object.noun = OtherPlayer{};
  }
  return name_of(mission);
}

}  // namespace

std::optional<Mission> something_else(const House& house, const State& start, const Mission& mission, Random& random) {
  for (int tries = 0; tries < 60; ++tries) {
    Mission other = mission;
    const bool changes_second = mission.joint != Joint::kNone && random.chance(1, 2);
    change(house, changes_second ? other.second : other.first, random);
    if (mission.joint == Joint::kThen && random.chance(1, 4)) other.joint = Joint::kAfter;
    if (other == mission || !problem_of(other).empty()) continue;
    if (look_up(house, start, other).quest) return other;
  }
  return std::nullopt;
}

Plan plan_of(std::uint64_t index) {
  constexpr std::array<std::string_view, 6> kLevels{"room", "studio", "flat", "house", "pair", "memory"};
  Random random(derive_seed(index, 7));
  Plan plan;
  plan.level = kLevels[random.below(6)];
  const std::vector<std::string> families = families_of(level_named(plan.level));
  plan.family = families[random.below(static_cast<std::uint32_t>(families.size()))];
  if (random.chance(1, 6)) plan.family = kFamilyNames[static_cast<std::size_t>(Family::kSequence)];
  if (random.chance(1, 10)) {
    plan.target = seldom_mission(random, level_named(plan.level).players);
    plan.family = kFamilyNames[static_cast<std::size_t>(family_of(*parse(plan.target).mission))];
  }
  plan.split = kSplitNames[random.chance(1, 2) ? 0 : random.below(4)];
  plan.hands = static_cast<Hands>(random.below(5));
  // There are few other boxes and doors: that the wrong one is opened is seldom unless it is looked for.
  if (plan.level == "house" && random.chance(1, 8)) {
    plan.target.clear();
    plan.family = kFamilyNames[static_cast<std::size_t>(Family::kOpen)];
    plan.hands = Hands::kToldElse;
  }
  // Careless hands seldom get anywhere later that they have not got to by then.
  if (plan.hands == Hands::kRandom) plan.limit_ticks = random.between(3, 12) * kTickRateHz;
  if (plan.hands == Hands::kSlipping) plan.limit_ticks = random.between(15, 40) * kTickRateHz;
  return plan;
}

std::optional<Game> play(const Plan& plan, std::uint64_t index) {
  Game game;
  game.index = index;
  game.seed = seed_in(SeedRange::kDevelopment, index);
  game.level = plan.level;
  game.hands = plan.hands;
  Task task;
  task.family = plan.family;
  task.split = plan.split;
  task.target = plan.target;
  try {
    game.episode = create_episode(game.seed, task, {plan.level, 0});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kEnvironment) throw;
    return std::nullopt;
  }
  Quest& quest = game.episode.quest.quest;
  if (plan.limit_ticks > 0) quest.limit_ticks = std::min(quest.limit_ticks, plan.limit_ticks);
  World world(game.episode.house, game.episode.quest);
  Team team(world, plan.hands, derive_seed(index, 8));
  game.history = record(world, team);
  game.verdict = world.verdict();
  game.tick = static_cast<int>(game.history.states.size()) - 1;
  game.object = world.judge().object;
  return game;
}

}  // namespace atl::envs::playhouse::referee
