#include "core/frame.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <set>

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

TEST(PlayhouseOracle, GoalsNameEveryFamilyAndObjectOnce) {
  const auto world = create_playhouse({});
  world->reset(3, {});
  Random random(5);
  std::set<std::string> seen;
  for (const Goal& goal : world->oracle()->goals(random)) {
    seen.insert(goal.family + "/" + goal.target);
    EXPECT_GE(goal.object, 1);
    EXPECT_LE(goal.object, 5);
    const bool held_out =
        std::set<std::string>{"red ball", "green cone", "blue box", "yellow cylinder"}.count(goal.target) > 0;
    EXPECT_EQ(goal.held_out, held_out) << goal.target;
  }
  EXPECT_EQ(seen.size(), 15u);
}

// What the chunk says is what the clean expert then does, step by step.
TEST(PlayhouseOracle, ChunksAreWhatTheCleanExpertDoes) {
  const auto world = create_playhouse({});
  int num_compared = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    world->reset(seed, {});
    Random random(seed);
    const auto expert = world->oracle()->create_expert(seed, {});
    std::string family;
    std::vector<Goal> goals = world->oracle()->goals(random);
    // The episode's own goal is the one whose chunk starts as the expert does; find it by playing to the end first.
    while (!world->outcome().is_over()) world->step(expert->next());
    const std::string object = world->outcome().object;
    const std::string done = world->outcome().reason.substr(0, 4);
    world->reset(seed, {});
    for (const Goal& goal : goals) {
      const std::string verb = goal.family == "go to" ? "reac" : goal.family == "look at" ? "look" : "pick";
      if (goal.target != object || verb != done) continue;
      ++num_compared;
      std::array<Action, kChunkActions> chunk;
      world->oracle()->expert_chunk(goal, chunk);
      const auto again = world->oracle()->create_expert(seed, {});
      for (const Action& action : chunk) {
        if (world->outcome().is_over()) break;
        EXPECT_EQ(again->next(), action) << "seed " << seed;
        world->step(action);
      }
    }
  }
  EXPECT_GE(num_compared, 35) << "of 40 episodes; the clean expert hardly ever fails";
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
      ASSERT_LE(id, 5);
      ++counts[id];
    }
    Random random(1);
    for (const Goal& goal : world->oracle()->goals(random)) {
      if (goal.family != "look at" || counts[goal.object] < 400) continue;
      std::array<Action, 1> chunk;
      world->oracle()->expert_chunk(goal, chunk);
      // The clean expert turns half of the way to the object's middle: right of the middle column means right.
      double columns = 0;
      for (std::size_t i = 0; i < ids.size(); ++i)
        columns += ids[i] == goal.object ? static_cast<double>(i % 320) + 0.5 : 0;
      const double mean = columns / counts[goal.object];
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
