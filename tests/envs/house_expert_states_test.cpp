// The expert in states that it would never have come to itself: it takes over from random hands, finds what it needs in
// the bag, in a shut box or in its hands, and says what it is about.
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/expert.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/hands.h"
#include "envs/seeds.h"
#include "tests/envs/random_hands.h"
#include "tests/envs/small_house.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

namespace atl::envs::playhouse {
namespace {

constexpr int kExtraTicks = 20 * kTickRateHz;  // for what has to be made good first

using Experts = std::array<std::unique_ptr<Expert>, kMaxPlayers>;

void play_to_the_end(World& world) {
  Experts experts;
  const auto num_players = static_cast<std::size_t>(world.num_players());
  for (std::size_t p = 0; p < num_players; ++p) experts[p] = create_expert(world, p, 0, {});
  while (!world.is_over()) {
    std::array<Action, kMaxPlayers> actions;
    for (std::size_t p = 0; p < num_players; ++p) actions[p] = experts[p]->next();
    step(world, actions);
  }
}

std::string level_of(Family family) {
  if (family == Family::kGoBack || family == Family::kSeenFirst) return "memory";
  return is_for_two(family) ? "pair" : "house";
}

Episode create_for(Family family, std::uint64_t index) {
  Task task;
  task.family = kFamilyNames[static_cast<std::size_t>(family)];
  return create_episode(seed_in(SeedRange::kDevelopment, index), task, {level_of(family), 0});
}

struct Count {
  int begun = 0;
  int done = 0;
  std::string failures;

  void add(const World& world, const Episode& episode, std::uint64_t index) {
    ++begun;
    if (world.verdict() == Verdict::kSuccess) {
      ++done;
    } else {
      failures +=
          "  " + std::to_string(index) + ": " + episode.task.instruction + ": " + outcome_of(world).reason + "\n";
    }
  }
};

TEST(HouseExpert, FinishesWhatRandomHandsBegan) {
  constexpr std::uint64_t kEpisodes = 100;  // of each family
  constexpr int kRandomSteps = 60;
  for (std::size_t f = 0; f < kFamilyNames.size(); ++f) {
    Count count;
    for (std::uint64_t i = 0; i < kEpisodes; ++i) {
      Episode episode = create_for(static_cast<Family>(f), i);
      episode.quest.quest.limit_ticks += kRandomSteps * kTicksPerStep;  // the expert has the whole time
      World world(episode.house, episode.quest);
      std::array<RandomHands, kMaxPlayers> hands{RandomHands(2 * i), RandomHands(2 * i + 1)};
      for (int s = 0; s < kRandomSteps && !world.is_over(); ++s)
        step(world, std::array<Action, kMaxPlayers>{hands[0].next(), hands[1].next()});
      if (world.is_over()) continue;
      play_to_the_end(world);
      count.add(world, episode, i);
    }
    EXPECT_GE(count.begun, 5) << kFamilyNames[f];
    EXPECT_GE(count.done * 100, count.begun * 97)
        << kFamilyNames[f] << ": " << count.done << " of " << count.begun << "\n"
        << count.failures;
  }
}

// ---- States made by hand.

/// The thing of the first clause that is asked for; nothing where it is about none.
Entity object_of(const Quest& quest) {
  for (std::size_t i = 0; i < kMaxThings; ++i) {
    if (quest.targets[0].objects.test(i)) return thing_entity(i);
  }
  return {};
}

void store(const House& house, State& state, Entity thing, std::size_t player, std::size_t slot) {
  take_into_hands(house, state, player, thing);
  state.players[player].holding = {};
  state.players[player].bag[slot] = thing.id;
  state.things[thing.thing()].place = Place::kStored;
}

/// Moves the object of an episode; false: that cannot be done here.
using Change = std::function<bool(const House& house, State& state, Entity object)>;

bool into_bag(const House& house, State& state, Entity object) {
  if (state.players[0].holding == object) state.players[0].holding = {};
  if (state.players[0].holding.is_some() || state.things[object.thing()].place == Place::kStored) return false;
  store(house, state, object, 0, 6);
  return true;
}

bool into_hands(const House& house, State& state, Entity object) {
  if (state.players[0].holding.is_some()) return false;
  take_into_hands(house, state, 0, object);
  return true;
}

bool into_shut_box(const House& house, State& state, Entity object) {
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    const Fixture& box = house.fixtures[i];
    if (box.kind != FixtureKind::kBox || has_load(house, state, i)) continue;
    const bool is_empty = std::none_of(state.things.begin(), state.things.end(),
                                       [&](const ThingState& thing) { return thing.support == fixture_entity(i); });
    if (!is_empty || body_of(house.things[object.thing()].kind).height > box.height - kContainerBottom) continue;
    take_into_hands(house, state, 0, object);  // what was on it falls
    state.players[0].holding = {};
    ThingState& thing = state.things[object.thing()];
    const Vec2 middle = box.floor.middle();
    thing.position = {middle.x, middle.y, kContainerBottom};
    thing.support = fixture_entity(i);
    thing.place = Place::kResting;
    thing.owner = kNothing;
    state.fixtures[i] = {};
    return true;
  }
  return false;
}

bool to_the_friend(const House& house, State& state, Entity object) {
  take_into_hands(house, state, 1, object);
  return true;
}

Count play_changed(Family family, const Change& change, const std::function<bool(const Clause&)>& is_fit) {
  Count count;
  for (std::uint64_t i = 0; i < 120 && count.begun < 30; ++i) {
    Episode episode = create_for(family, i);
    Quest& quest = episode.quest.quest;
    const Entity object = object_of(quest);
    if (!object.is_some() || quest.targets[0].objects.count() > 1 || !is_fit(quest.mission.first)) continue;
    quest.limit_ticks += kExtraTicks;
    World world(episode.house, episode.quest);
    Snapshot changed = world.snapshot();
    if (!change(episode.house, changed.state, object)) continue;
    world.restore(changed);
    play_to_the_end(world);
    count.add(world, episode, i);
  }
  return count;
}

bool is_any(const Clause&) { return true; }

void expect_done(std::string_view what, const Count& count) {
  EXPECT_GE(count.begun, 10) << what;
  EXPECT_GE(count.done * 100, count.begun * 96) << what << ": " << count.done << " of " << count.begun << "\n"
                                                << count.failures;
}

TEST(HouseExpert, TakesWhatIsAskedForOutOfTheBag) {
  for (const Family family :
       {Family::kLook, Family::kGoTo, Family::kPickUp, Family::kDrop, Family::kPut, Family::kPush, Family::kHandOver})
    expect_done(kFamilyNames[static_cast<std::size_t>(family)], play_changed(family, into_bag, is_any));
  expect_done("find", play_changed(Family::kRooms, into_bag, is_any));
  expect_done("stack", play_changed(Family::kBuild, into_bag, [](const Clause& c) { return c.verb == Verb::kStack; }));
  expect_done("store", play_changed(Family::kMenu, into_bag, [](const Clause& c) { return c.verb == Verb::kStore; }));
}

TEST(HouseExpert, PutsDownWhatItHoldsToDoSomethingWithIt) {
  for (const Family family : {Family::kLook, Family::kGoTo, Family::kRooms, Family::kPickUp, Family::kPush})
    expect_done(kFamilyNames[static_cast<std::size_t>(family)], play_changed(family, into_hands, is_any));
}

TEST(HouseExpert, OpensTheBoxInWhichSomethingIs) {
  for (const Family family : {Family::kLook, Family::kGoTo, Family::kPickUp, Family::kPut})
    expect_done(kFamilyNames[static_cast<std::size_t>(family)], play_changed(family, into_shut_box, is_any));
}

TEST(HouseExpert, TakesOverWhatTheFriendHolds) {
  expect_done("hand over", play_changed(Family::kHandOver, to_the_friend, is_any));
}

TEST(HouseExpert, DropsOnlyWhatItIsToDrop) {
  // Something else is in the hands, and what is to be dropped lies about.
  const auto exchange = [](const House& house, State& state, Entity object) {
    const std::size_t other = (object.thing() + 1) % house.things.size();
    if (state.players[0].holding != object || state.things[other].place != Place::kResting) return false;
    if (stack_on(house, state, other) != set_of(other)) return false;
    const ThingState place = state.things[other];
    take_into_hands(house, state, 0, thing_entity(other));
    const Body own = body_of(house.things[object.thing()].kind);
    if (!is_free(house, state, place.position, own, {set_of(object.thing()), kNothing})) return false;
    state.things[object.thing()] = place;
    return true;
  };
  expect_done("drop", play_changed(Family::kDrop, exchange, is_any));
}

// The bag is full, one of the things in it may be put into it.
TEST(HouseExpert, MakesRoomInAFullBagOnlyWithWhatMayBeStored) {
  House house = create_small_house();
  for (int i = 0; i < 3; ++i)
    house.things.push_back({{Shape::kBlock, Colour::kRed, Size::kSmall}, {from_cm(280 + 60 * i), from_cm(240), 0}, 0});
  State start = start_state(house);
  for (std::size_t i = 0; i < kBagSlots; ++i) store(house, start, thing_entity(i + 2), 0, i);
  for (const auto& [words, verdict] : {std::pair{"put a block in the bag", Verdict::kSuccess},
                                       std::pair{"put the ball in the bag", Verdict::kTimeout}}) {
    const Lookup lookup = look_up(house, start, *parse(words).mission);
    ASSERT_TRUE(lookup.quest) << lookup.problem;
    World world(house, {*lookup.quest, start});
    play_to_the_end(world);
    EXPECT_EQ(world.verdict(), verdict) << words << ": " << outcome_of(world).reason;
    EXPECT_EQ(world.state().players[0].screen == Screen::kWorld, verdict == Verdict::kTimeout) << words;
  }
}

// What is so already, because somebody else did it, is undone and done: nothing else makes it happen.
TEST(HouseExpert, DoesAgainWhatIsDoneAlready) {
  const House house = create_small_house();
  State start = start_state(house);
  const std::size_t box = fixture_of(house, FixtureKind::kBox);
  const std::size_t tv = fixture_of(house, FixtureKind::kTv);
  start.fixtures[box] = {};
  start.fixtures[tv] = {};
  for (const std::string words : {"open the box", "turn on the tv"}) {
    const Lookup lookup = look_up(house, start, *parse(words).mission);
    ASSERT_TRUE(lookup.quest) << lookup.problem;
    World world(house, {*lookup.quest, start});
    Snapshot done = world.snapshot();
    done.state.fixtures[box] = {.angle = kOpenAngle, .is_on = 1};
    done.state.fixtures[tv].is_on = 1;
    world.restore(done);
    play_to_the_end(world);
    EXPECT_EQ(world.verdict(), Verdict::kSuccess) << words << ": " << outcome_of(world).reason;
  }
}

// ---- Subgoals.

std::vector<std::string> subgoals_of(const House& house, const std::string& words, const ExpertStyle& style) {
  const State start = start_state(house);
  const Lookup lookup = look_up(house, start, *parse(words).mission);
  EXPECT_TRUE(lookup.quest) << lookup.problem;
  World world(house, {*lookup.quest, start});
  const auto expert = create_expert(world, 0, 3, style);
  EXPECT_EQ(expert->subgoal(), "");
  std::vector<std::string> said;
  while (!world.is_over()) {
    step(world, std::array<Action, kMaxPlayers>{expert->next()});
    if (said.empty() || said.back() != expert->subgoal()) said.push_back(expert->subgoal());
  }
  return said;
}

TEST(HouseExpert, SaysWhatItIsAbout) {
  const House house = create_small_house();
  using Said = std::vector<std::string>;
  EXPECT_EQ(subgoals_of(house, "pick up the ball", {}), (Said{"walk to the big red ball", "pick up the big red ball"}));
  EXPECT_EQ(subgoals_of(house, "close the box", {}), (Said{"look for the box", "walk to the box", "close the box"}));
  EXPECT_EQ(
      subgoals_of(house, "put the cylinder next to the cone", {}),
      (Said{"walk to the small green cylinder", "pick up the small green cylinder", "look for the big orange cone",
            "carry the small green cylinder to the big orange cone", "put down the small green cylinder", "wait"}));
  EXPECT_EQ(subgoals_of(house, "open the bag", {}), (Said{"open the bag"}));
}

TEST(HouseExpert, SaysItAlsoWhenItPlaysLikeAPerson) {
  const House house = create_small_house();
  const auto said = subgoals_of(house, "pick up the cylinder", {.noise = 0.0, .detour = 1.0, .reaction_steps = 3});
  const auto place_of = [&](std::string_view text) { return std::find(said.begin(), said.end(), text) - said.begin(); };
  EXPECT_EQ(place_of("wander about"), 0);
  EXPECT_LT(place_of("walk to the small green cylinder"), place_of("pick up the small green cylinder"));
  EXPECT_EQ(said.back(), "pick up the small green cylinder");
}

}  // namespace
}  // namespace atl::envs::playhouse
