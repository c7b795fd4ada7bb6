// The same bits in every build and on any number of threads. The 1,000 episodes are played in
// playhouse_hashes_slow_test.cpp, the first 100 of them here and in the sanitizer build.
#include "tests/envs/hashed_episodes.h"

#include <gtest/gtest.h>

namespace atl::envs::playhouse {
namespace {

TEST(PlayhouseHashes, OfAHundredEpisodesHoldOnOneAndTwoThreads) {
  EXPECT_EQ(hash_episodes(100, 1), kHashOf100);
  EXPECT_EQ(hash_episodes(100, 2), kHashOf100);
}

}  // namespace
}  // namespace atl::envs::playhouse
