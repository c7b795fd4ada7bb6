#include "envs/desktop/doom/splits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::envs::desktop {
namespace {

using testing::ElementsAre;

TEST(SplitDemos, KeepsTheLastOfEachKindAway) {
  EXPECT_THAT(split_demos(std::vector<int>{1, 1, 4, 3, 1, 1, 3, 3}),
              ElementsAre("training", "training", "training", "training", "development", "held_out", "development",
                          "held_out"));
}

TEST(SplitDemos, FewDemosAreForTraining) {
  EXPECT_THAT(split_demos(std::vector<int>{1, 2, 1, 4}), testing::Each("training"));
  EXPECT_THAT(split_demos(std::vector<int>{1, 1, 1, 4}), ElementsAre("training", "training", "held_out", "training"));
  EXPECT_TRUE(split_demos({}).empty());
}

}  // namespace
}  // namespace atl::envs::desktop
