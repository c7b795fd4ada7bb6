#include "core/frame.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"

#include <gtest/gtest.h>

#include <array>
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
