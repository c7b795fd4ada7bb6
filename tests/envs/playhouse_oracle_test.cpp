#include "core/frame.h"
#include "envs/oracle.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/playhouse.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

namespace atl::envs {
namespace {

TEST(PlayhouseOracle, GoalsAndChunksDoNotMoveTheWorld) {
  const auto world = create_playhouse({});
  const auto twin = create_playhouse({});
  world->reset(11, {});
  twin->reset(11, {});
  const auto expert = twin->oracle()->create_expert(1, {});
  Random random(5);
  while (!twin->outcome().is_over()) {
    const std::uint64_t before = world->oracle()->state_hash();
    for (const Goal& goal : world->oracle()->goals(random)) {
      std::array<Action, kChunkActions> chunk;
      world->oracle()->expert_chunk(goal, chunk);
    }
    EXPECT_EQ(world->oracle()->state_hash(), before);
    const Action action = expert->next();
    const std::uint64_t pixels = hash_pixels(twin->step(action).frame);
    EXPECT_EQ(hash_pixels(world->step(action).frame), pixels);
  }
}

TEST(PlayhouseOracle, TheOwnGoalComesFirstAndOthersNameEachThing) {
  const auto world = create_playhouse({});
  Random random(5);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    world->reset(seed, {});
    const std::vector<Goal> goals = world->oracle()->goals(random);
    EXPECT_EQ(goals.front().family, world->task().family);
    EXPECT_EQ(goals.front().target, world->task().target);
    std::set<std::string> names;
    std::set<std::size_t> objects;
    for (const Goal& goal : goals) {
      EXPECT_TRUE(names.insert(goal.target).second) << goal.target;
      if (goal.family == "pick up") objects.insert(goal.objects._Find_first());
    }
    EXPECT_GE(objects.size(), 4U) << "of five things";
  }
}

// What a trainer draws from the room is part of every run's numbers: goals, their order and their words stay.
TEST(PlayhouseOracle, GoalsOfTheRoomAreWhatTheyWere) {
  constexpr std::uint64_t kGoalsOfTheRoom = 1422441753808088442u;
  const auto world = create_playhouse({});
  std::uint64_t hash = 0;
  const auto add = [&](const std::string& text) {
    for (const char c : text + "|") hash = mix_bits(hash ^ static_cast<std::uint8_t>(c));
  };
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    world->reset(seed, {.split = seed % 3 == 0 ? "held_out_pairs" : "train"});
    Random random(seed);
    Action walk;
    hold(walk, control_named("w"), {});
    for (int step = 0; step < 12 && !world->outcome().is_over(); ++step) {
      for (const Goal& goal : world->oracle()->goals(random))
        add(goal.family + goal.target + goal.instruction + goal.objects.to_string() + (goal.held_out ? "x" : ""));
      world->step(walk);
    }
    add(std::to_string(random()));
  }
  EXPECT_EQ(hash, kGoalsOfTheRoom);
}

// What can be asked for is what the world itself takes, and means what the goal says that it means.
TEST(PlayhouseOracle, OtherGoalsCanBeAskedForAtTheSameStart) {
  const auto world = create_playhouse({.episode = {.level = "house"}});
  std::map<std::string, int> num_with_others;
  for (const std::string& family : world->spec().tasks) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      world->reset(seed, {.family = family});
      const std::uint64_t start = world->oracle()->state_hash();
      Random random(seed);
      const std::vector<Goal> goals = world->oracle()->goals(random);
      bool any = false;
      for (std::size_t i = 1; i < goals.size(); ++i) {
        if (goals[i].family != family) continue;
        any = true;
        EXPECT_NE(goals[i].target, goals[0].target);
        const bool is_of_one_thing = family == "look at" || family == "go to" || family == "pick up";
        EXPECT_TRUE(is_of_one_thing || (goals[i].objects & goals[0].objects).none())
            << goals[0].target << " / " << goals[i].target;
        world->reset(seed, {.family = family, .target = goals[i].target});
        EXPECT_EQ(world->oracle()->state_hash(), start) << goals[i].target;
        Random again(1);
        const Goal own = world->oracle()->goals(again).front();
        EXPECT_EQ(own.target, goals[i].target);
        EXPECT_EQ(own.objects, goals[i].objects) << own.target;
        EXPECT_FALSE(own.held_out && !goals[i].held_out);
        world->step(Action{});
        EXPECT_FALSE(world->outcome().is_over()) << own.target << ": " << world->outcome().reason;
      }
      num_with_others[family] += any ? 1 : 0;
    }
  }
  for (const char* family : {"look at", "go to", "pick up", "put", "switch"})
    EXPECT_EQ(num_with_others[family], 10) << family;
  for (const char* family : {"rooms", "open", "push", "build", "sequence"})
    EXPECT_GE(num_with_others[family], 2) << family;
  EXPECT_EQ(num_with_others["drop"], 0) << "what is held is held";
}

// What was held or near when the episode began is not asked for later on: that cannot be looked up.
TEST(PlayhouseOracle, EveryGoalCanBeLabelledAllAlongAnEpisode) {
  const auto world = create_playhouse({.episode = {.level = "studio"}});
  int num_places = 0;
  for (const std::string& family : world->spec().tasks) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      world->reset(seed, {.family = family});
      const auto expert = world->oracle()->create_expert(seed, {.noise = 0.1});
      Random random(seed);
      for (int step = 0; step < 60 && !world->outcome().is_over(); ++step) {
        for (const Goal& goal : step % 10 == 0 ? world->oracle()->goals(random) : std::vector<Goal>{}) {
          std::array<Action, kChunkActions> chunk;
          EXPECT_NO_THROW(world->oracle()->expert_chunk(goal, chunk)) << goal.target;
          EXPECT_TRUE((goal.objects & goal.places).none()) << goal.target;
          num_places += goal.places.any() ? 1 : 0;
          const bool has_place = goal.family == "put" || goal.family == "push" || goal.family == "build" ||
                                 goal.family == "sequence" || goal.family == "menu";
          EXPECT_TRUE(has_place || goal.places.none()) << goal.target;
        }
        world->step(expert->next());
      }
    }
  }
  EXPECT_GT(num_places, 50);
}

// In houses with twins one goal speaks of all things that are alike, and of none that nobody can see.
TEST(PlayhouseOracle, AGoalMeansEveryThingThatItsWordsMean) {
  const auto world = create_playhouse({.episode = {.level = "house"}});
  int num_of_several = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const playhouse::Episode episode = playhouse::create_episode(seed, {}, {.level = "house"});
    world->reset(seed, {});
    Random random(seed);
    std::set<std::string> names;
    for (const Goal& goal : world->oracle()->goals(random)) {
      EXPECT_TRUE(names.insert(goal.family + goal.target).second) << goal.target;
      num_of_several += goal.objects.count() > 1 ? 1 : 0;
      if (goal.family != "pick up" || goal.target == world->task().target) continue;
      std::size_t num_shut_away = 0;
      for (std::size_t i = 0; i < episode.house.things.size(); ++i)
        num_shut_away += goal.objects.test(i + 1) && playhouse::is_shut_away(episode.house, episode.quest.start, i);
      EXPECT_LT(num_shut_away, goal.objects.count()) << goal.target;
    }
  }
  EXPECT_GT(num_of_several, 10);
}

// What the chunk says is what the clean expert then does, step by step.
TEST(PlayhouseOracle, ChunksAreWhatTheCleanExpertDoes) {
  for (const std::string level : {"room", "house", "memory"}) {
    const auto world = create_playhouse({.episode = {.level = level}});
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      world->reset(seed, {});
      Random random(seed);
      const Goal own = world->oracle()->goals(random).front();
      std::array<Action, kChunkActions> chunk;
      world->oracle()->expert_chunk(own, chunk);
      const auto expert = world->oracle()->create_expert(seed, {});
      for (const Action& action : chunk) {
        if (world->outcome().is_over()) break;
        EXPECT_EQ(expert->next(), action) << "seed " << seed;
        world->step(action);
      }
    }
  }
}

// The share of what the clean expert does towards the things of `is_meant` without seeing any of them, in the steps
// whose subgoal begins with `subgoal`: a learner without memory cannot imitate that.
double blind_share(const std::string& family, std::string_view subgoal, ObjectSet Goal::*is_meant) {
  const auto world = create_playhouse({.episode = {.level = "studio"}});
  int steps = 0;
  int blind = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    world->reset(seed, {.family = family});
    Random random(seed);
    const ObjectSet meant = world->oracle()->goals(random).front().*is_meant;
    const auto expert = world->oracle()->create_expert(seed, {});
    while (!world->outcome().is_over()) {
      const Action action = expert->next();
      if (expert->subgoal().starts_with(subgoal)) {
        const std::span<const std::uint8_t> ids = world->oracle()->object_ids();
        ++steps;
        blind += std::ranges::none_of(ids, [&](std::uint8_t id) { return meant.test(id); });
      }
      world->step(action);
    }
  }
  EXPECT_GT(steps, 300) << family;
  return static_cast<double>(blind) / steps;
}

TEST(PlayhouseOracle, TheExpertSeesWhatItActsOn) {
  EXPECT_LT(blind_share("pick up", "walk to", &Goal::objects), 0.06);
  EXPECT_LT(blind_share("put", "carry", &Goal::places), 0.06) << "searched for before it is walked to";
  EXPECT_LT(blind_share("push", "walk to", &Goal::objects), 0.02);
  EXPECT_LT(blind_share("push", "push", &Goal::objects), 0.02) << "with its eyes on it, though it lies under them";
  EXPECT_LT(blind_share("push", "push", &Goal::places), 0.02);
}

// Object numbers against the judge, who knows nothing of pictures: when it says that a thing was looked at, the middle
// of the picture shows that thing's number.
TEST(PlayhouseOracle, ObjectNumbersLieWhereTheObjectsAre) {
  constexpr FrameSize kFrame{320, 240};
  const auto world = create_playhouse({kFrame});
  int shown = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    world->reset(seed, {.family = "look at"});
    for (const std::uint8_t id : world->oracle()->object_ids()) ASSERT_LE(id, 5) << "five things, and nothing else";
    Random random(1);
    const Goal own = world->oracle()->goals(random).front();
    const auto expert = world->oracle()->create_expert(seed, {});
    while (!world->outcome().is_over()) world->step(expert->next());
    if (world->outcome().verdict != Verdict::kSuccess) continue;
    const std::span<const std::uint8_t> ids = world->oracle()->object_ids();
    const std::size_t middle = ids.size() / 2 + static_cast<std::size_t>(kFrame.width_px) / 2;
    EXPECT_TRUE(own.objects.test(ids[middle])) << "seed " << seed << " " << own.target;
    ++shown;
  }
  EXPECT_GT(shown, 190);
}

}  // namespace
}  // namespace atl::envs
