// One player in a world for two, the other one played by an expert.
#include "envs/partners.h"

#include "core/error.h"
#include "core/frame.h"
#include "envs/oracle.h"
#include "envs/players.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace atl::envs {
namespace {

using testing::HasSubstr;

const PlayhouseOptions kPair{.frame = {96, 72}, .episode = {.level = "pair"}};

std::unique_ptr<SteppedEnvironment> create_partnered() { return create_with_partners(create_playhouse(kPair)); }

TEST(Partners, AreTheExpertsOfTheOtherPlayers) {
  for (const char* family : {"hand over", "together", "help"}) {
    const std::uint64_t seed = seed_in(SeedRange::kDevelopment, 3);
    const auto alone = create_partnered();
    const auto both = create_playhouse(kPair);
    const Observation first = alone->reset(seed, {.family = family});
    EXPECT_EQ(first.instruction, both->reset(seed, {.family = family}).instruction);
    const auto player = alone->oracle()->create_expert(seed, {});
    const std::array<std::unique_ptr<Expert>, 2> experts{
        both->oracle()->create_expert_for(0, seed, {}), both->oracle()->create_expert_for(1, derive_seed(seed, 1), {})};
    while (!both->outcome().is_over()) {
      ASSERT_FALSE(alone->outcome().is_over());
      const Observation seen = alone->step(player->next());
      const Observation expected = both->players()->step_all(std::array{experts[0]->next(), experts[1]->next()});
      ASSERT_EQ(hash_pixels(seen.frame), hash_pixels(expected.frame)) << family << ", step " << seen.step;
    }
    EXPECT_EQ(alone->outcome().verdict, Verdict::kSuccess) << alone->outcome().reason;
    EXPECT_EQ(alone->oracle()->state_hash(), both->oracle()->state_hash());
  }
}

TEST(Partners, MakeAnEpisodeThatIsTheSameAgain) {
  const auto world = create_partnered();
  std::array<std::uint64_t, 2> ends{};
  for (std::uint64_t& end : ends) {
    world->reset(seed_in(SeedRange::kDevelopment, 8), {.family = "together"});
    for (int i = 0; i < 40 && !world->outcome().is_over(); ++i) world->step(Action{});
    end = world->oracle()->state_hash();
  }
  EXPECT_EQ(ends[0], ends[1]);
  const auto still = create_playhouse(kPair);
  still->reset(seed_in(SeedRange::kDevelopment, 8), {.family = "together"});
  for (int i = 0; i < 40 && !still->outcome().is_over(); ++i) still->step(Action{});
  EXPECT_NE(still->oracle()->state_hash(), ends[0]) << "nobody moved the second player";
}

TEST(Partners, TheWorldIsForOnePlayerThen) {
  const auto world = create_partnered();
  EXPECT_EQ(world->spec().num_players, 1);
  EXPECT_EQ(world->spec().facts.world, "playhouse/pair,partner=expert");
  EXPECT_EQ(world->players(), nullptr);
  EXPECT_EQ(world->spec().snapshot_bytes, 0);
  EXPECT_EQ(world->snapshots(), nullptr);
}

TEST(Partners, AWorldForOneHasNoPlaceForThem) {
  try {
    static_cast<void>(create_with_partners(create_playhouse({})));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_THAT(error.what(), HasSubstr("world playhouse: 1 player and an expert, expected two players"));
  }
}

}  // namespace
}  // namespace atl::envs
