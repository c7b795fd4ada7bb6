#include "envs/playhouse/episode.h"
#include "envs/playhouse/expert.h"
#include "envs/seeds.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace atl::envs::playhouse {
namespace {

// Plays an episode to its end with an expert for each player.
Outcome play(World& world, std::uint64_t seed, const ExpertStyle& style) {
  std::array<std::unique_ptr<Expert>, kMaxPlayers> experts;
  const auto num_players = static_cast<std::size_t>(world.num_players());
  for (std::size_t p = 0; p < num_players; ++p) experts[p] = create_expert(world, p, seed + p, style);
  while (!world.is_over()) {
    std::array<Action, kMaxPlayers> actions;
    for (std::size_t p = 0; p < num_players; ++p) actions[p] = experts[p]->next();
    step(world, actions);
  }
  return outcome_of(world);
}

struct Case {
  Family family;
  std::string level;
};

class ExpertOf : public ::testing::TestWithParam<Case> {
 protected:
  // Episodes of `count` development seeds; returns how many succeeded.
  static int successes(int count, const ExpertStyle& style) {
    int num_done = 0;
    for (int i = 0; i < count; ++i) {
      const std::uint64_t seed = seed_in(SeedRange::kDevelopment, static_cast<std::uint64_t>(i));
      Task task;
      task.family = kFamilyNames[static_cast<std::size_t>(GetParam().family)];
      const Episode episode = create_episode(seed, task, {GetParam().level, 0});
      World world(episode.house, episode.quest);
      const Outcome outcome = play(world, seed, style);
      if (outcome.verdict == Verdict::kSuccess) {
        ++num_done;
      } else {
        failures() += "  seed " + std::to_string(i) + ": " + episode.task.instruction + ": " + outcome.reason + "\n";
      }
    }
    return num_done;
  }
  static std::string& failures() {
    static std::string text;
    return text;
  }
};

// The bar is 99 % of 500 held-out seeds, measured by `atoll eval`; here a hundredth more may fail, of fewer.
TEST_P(ExpertOf, SolvesNearlyEveryEpisode) {
  failures().clear();
  EXPECT_GE(successes(60, {}), 58) << failures();
}

TEST_P(ExpertOf, SolvesMostOfThemWhenItPlaysLikeAPerson) {
  failures().clear();
  EXPECT_GE(successes(30, {.noise = 0.02, .detour = 0.07, .reaction_steps = 3}), 24) << failures();
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (std::size_t i = 0; i < kNumSoloFamilies; ++i) cases.push_back({static_cast<Family>(i), "house"});
  for (const Family family : {Family::kLook, Family::kGoTo, Family::kPickUp}) cases.push_back({family, "room"});
  for (const Family family : {Family::kGoBack, Family::kSeenFirst}) cases.push_back({family, "memory"});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Families, ExpertOf, ::testing::ValuesIn(all_cases()), [](const auto& test) {
  std::string name(kFamilyNames[static_cast<std::size_t>(test.param.family)]);
  std::replace(name.begin(), name.end(), ' ', '_');
  return test.param.level + "_" + name;
});

TEST(Playhouse, ASnapshotGoesOnAsTheOriginalDid) {
  const std::uint64_t seed = seed_in(SeedRange::kDevelopment, 5);
  Task task;
  task.family = "put";
  const Episode episode = create_episode(seed, task, {.level = "house"});
  World world(episode.house, episode.quest);
  Mind mind(0);
  const auto act = [&] { step(world, std::array{mind.decide(world).action}); };
  for (int i = 0; i < 20; ++i) act();
  const Snapshot saved = world.snapshot();
  const std::uint64_t hash = world.hash();
  for (int i = 0; i < 30 && !world.is_over(); ++i) act();
  const std::uint64_t later = world.hash();
  EXPECT_NE(hash, later);
  world.restore(saved);
  EXPECT_EQ(world.hash(), hash);
  for (int i = 0; i < 30 && !world.is_over(); ++i) act();
  EXPECT_EQ(world.hash(), later);
}

}  // namespace
}  // namespace atl::envs::playhouse
