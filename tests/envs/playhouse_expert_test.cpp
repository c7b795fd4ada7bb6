#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"

#include <gtest/gtest.h>

#include <cmath>

namespace atl::envs {
namespace {

struct Score {
  int episodes = 0;
  int successes = 0;
  long steps = 0;

  // Lower end of the Wilson 95 % interval.
  [[nodiscard]] double low() const {
    const double n = episodes;
    const double p = successes / n;
    const double z = 1.96;
    return (p + z * z / (2 * n) - z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n);
  }
};

Score score(std::string_view family, std::string_view split, const ExpertStyle& style, int episodes) {
  const auto world = create_playhouse({{8, 8}});
  Score score;
  for (int i = 0; i < episodes; ++i) {
    const std::uint64_t seed = seed_in(SeedRange::kDevelopment, static_cast<std::uint64_t>(i));
    world->reset(seed, {.family = std::string(family), .split = std::string(split)});
    const auto expert = world->oracle()->create_expert(seed, style);
    while (!world->outcome().is_over()) {
      world->step(expert->next());
      ++score.steps;
    }
    ++score.episodes;
    score.successes += world->outcome().verdict == Verdict::kSuccess;
  }
  return score;
}

class PlayhouseExpert : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(PlayhouseExpert, CleanSucceedsAlways) {
  const auto [family, split] = GetParam();
  const Score result = score(family, split, {}, 600);
  EXPECT_GE(result.low(), 0.99) << result.successes << " of " << result.episodes;
  EXPECT_LT(static_cast<double>(result.steps) / result.episodes, 45) << "episodes take longer than 3 s";
}

TEST_P(PlayhouseExpert, HumanLikeSucceedsNearlyAlways) {
  const auto [family, split] = GetParam();
  const Score result = score(family, split, {.noise = 0.05, .detour = 0.1, .reaction_steps = 3}, 600);
  EXPECT_GE(result.low(), 0.95) << result.successes << " of " << result.episodes;
}

INSTANTIATE_TEST_SUITE_P(AllFamilies, PlayhouseExpert,
                         testing::Combine(testing::Values("go to", "look at", "pick up"),
                                          testing::Values("train", "held_out_pairs")));

TEST(PlayhouseExpert, SearchesToTheRightOnly) {
  const auto world = create_playhouse({{8, 8}});
  int searched = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    world->reset(seed, {});
    Random random(seed);
    for (const Goal& goal : world->oracle()->goals(random)) {
      std::array<Action, 1> chunk;
      world->oracle()->expert_chunk(goal, chunk);
      // A turn to the left is half of a bearing inside the view at most.
      EXPECT_GE(chunk[0].dx, -18 * 4096 / 360 - 1);
      searched += chunk[0].dx == 110;
    }
  }
  EXPECT_GT(searched, 500);
}

TEST(PlayhouseExpert, RecoversFromLookingAtTheFloor) {
  const auto world = create_playhouse({{8, 8}});
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    world->reset(seed, {.family = "look at"});
    Action down;
    down.dy = seed % 2 ? 400 : -400;
    world->step(down);
    const auto expert = world->oracle()->create_expert(seed, {});
    while (!world->outcome().is_over()) world->step(expert->next());
    EXPECT_EQ(world->outcome().verdict, Verdict::kSuccess) << seed;
  }
}

TEST(PlayhouseExpert, ReactsLate) {
  const auto world = create_playhouse({{8, 8}});
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    world->reset(seed, {});
    const auto expert = world->oracle()->create_expert(seed, {.reaction_steps = 3});
    for (int i = 0; i < 3; ++i) {
      const Action action = expert->next();
      EXPECT_EQ(action, Action{}) << "step " << i;
      world->step(action);
    }
    EXPECT_NE(expert->next(), Action{});
  }
}

}  // namespace
}  // namespace atl::envs
