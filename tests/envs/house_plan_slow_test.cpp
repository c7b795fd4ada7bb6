#include "core/random.h"
#include "envs/playhouse/house.h"
#include "house_checker.h"

#include <gtest/gtest.h>

namespace atl::envs::playhouse {
namespace {

class HousePlanSlow : public testing::TestWithParam<std::string> {};

// Those of house_plan_test.cpp, and many more.
TEST_P(HousePlanSlow, ThousandsOfHousesKeepAllPromises) {
  const Level& level = level_named(GetParam());
  for (std::uint64_t i = 0; i < 4000 && !HasFailure(); ++i) {
    const std::uint64_t seed = derive_seed(1, i);
    expect_whole(create_house(seed, level), seed);
  }
}

TEST_P(HousePlanSlow, FirstHousesKeepAllPromisesInEveryLook) {
  const Level& level = level_named(GetParam());
  for (std::uint64_t seed = 0; seed < 250 && !HasFailure(); ++seed) {
    expect_whole(create_house(seed, level), seed);
    expect_whole(create_house(seed, level, 7), seed);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, HousePlanSlow,
                         testing::Values("room", "studio", "flat", "house", "full", "pair", "memory"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace atl::envs::playhouse
