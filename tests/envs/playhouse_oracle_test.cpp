#include "core/frame.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <set>
#include <string>

namespace atl::envs {
namespace {

// Of the one thing that a goal speaks of.
std::size_t number_of(const Goal& goal) { return goal.objects._Find_first(); }

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
      if (goal.family == "pick up") objects.insert(number_of(goal));
    }
    EXPECT_GE(objects.size(), 4U) << "of five things";
  }
}

// What the chunk says is what the clean expert then does, step by step.
TEST(PlayhouseOracle, ChunksAreWhatTheCleanExpertDoes) {
  for (const std::string level : {"room", "house"}) {
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

// Object numbers against an independent projection in floating point: the middle of each object in view shows it, or
// something that stands before it.
TEST(PlayhouseOracle, ObjectNumbersLieWhereTheObjectsAre) {
  const auto world = create_playhouse({{320, 240}});
  int shown = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    world->reset(seed, {});
    const std::span<const std::uint8_t> ids = world->oracle()->object_ids();
    std::array<int, 6> counts{};
    for (const std::uint8_t id : ids) {
      ASSERT_LE(id, 5) << "five things, and nothing else";
      ++counts[id];
    }
    Random random(1);
    for (const Goal& goal : world->oracle()->goals(random)) {
      if (goal.family != "look at" || goal.objects.count() != 1 || counts[number_of(goal)] < 400) continue;
      std::array<Action, 1> chunk;
      world->oracle()->expert_chunk(goal, chunk);
      // The clean expert turns half of the way to the object's middle: right of the middle column means right.
      double columns = 0;
      for (std::size_t i = 0; i < ids.size(); ++i)
        columns += ids[i] == number_of(goal) ? static_cast<double>(i % 320) + 0.5 : 0;
      const double mean = columns / counts[number_of(goal)];
      const double degrees =
          std::atan((mean - 160) / 160 * std::tan(40 * std::numbers::pi / 180)) * 180 / std::numbers::pi;
      if (std::abs(degrees) > 32) continue;  // cut by the border
      EXPECT_NEAR(chunk[0].dx * 360.0 / 4096, degrees / 2, 3.5) << "seed " << seed << " " << goal.target;
      ++shown;
    }
  }
  EXPECT_GT(shown, 60);
}

}  // namespace
}  // namespace atl::envs
