// Two experts through the stepped interface, in the families that need two, and in some in which one makes way.
#include "envs/oracle.h"
#include "envs/players.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace atl::envs {
namespace {

class ExpertPair : public testing::TestWithParam<std::string> {};  // family

TEST_P(ExpertPair, SolvesNearlyEveryEpisode) {
  constexpr int kEpisodes = 200;
  const auto world = create_playhouse({.frame = {96, 72}, .episode = {.level = "pair"}});
  int successes = 0;
  std::string failures;
  for (int i = 0; i < kEpisodes; ++i) {
    const std::uint64_t seed = seed_in(SeedRange::kDevelopment, static_cast<std::uint64_t>(i));
    world->reset(seed, {.family = GetParam()});
    const auto first = world->oracle()->create_expert_for(0, seed, {});
    const auto second = world->oracle()->create_expert_for(1, seed, {});
    while (!world->outcome().is_over())
      world->players()->step_all(std::array<Action, 2>{first->next(), second->next()});
    if (world->outcome().verdict == Verdict::kSuccess)
      ++successes;
    else
      failures += "  " + std::to_string(i) + ": " + world->task().instruction + ": " + world->outcome().reason + "\n";
  }
  RecordProperty("successes", successes);
  std::printf("[          ] %s: %d of %d\n", GetParam().c_str(), successes, kEpisodes);
  EXPECT_GE(successes, kEpisodes * 95 / 100) << failures;
}

INSTANTIATE_TEST_SUITE_P(Families, ExpertPair,
                         testing::Values("hand over", "together", "help", "open", "push", "build"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

}  // namespace
}  // namespace atl::envs
