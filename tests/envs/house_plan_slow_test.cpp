#include "core/random.h"
#include "envs/playhouse/house.h"
#include "house_checker.h"

#include <gtest/gtest.h>

namespace atl::envs::playhouse {
namespace {

class HousePlanSlow : public testing::TestWithParam<std::string> {};

// Other seeds than house_plan_test.cpp looks at, and many more.
TEST_P(HousePlanSlow, ThousandsOfHousesKeepAllPromises) {
  const Level& level = level_named(GetParam());
  for (std::uint64_t i = 0; i < 4000 && !HasFailure(); ++i) {
    const std::uint64_t seed = derive_seed(1, i);
    expect_whole(create_house(seed, level), seed);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, HousePlanSlow, testing::Values("room", "flat", "house", "full", "pair"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace atl::envs::playhouse
