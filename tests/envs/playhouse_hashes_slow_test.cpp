// The same bits on any number of threads, in 1,000 episodes.
#include "tests/envs/hashed_episodes.h"

#include <gtest/gtest.h>

namespace atl::envs::playhouse {
namespace {

TEST(PlayhouseHashes, OfAThousandEpisodesHoldOnOneAndTwoThreads) {
  EXPECT_EQ(hash_episodes(1000, 1), kHashOf1000);
  EXPECT_EQ(hash_episodes(1000, 2), kHashOf1000);
}

}  // namespace
}  // namespace atl::envs::playhouse
