#include "core/random.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace atl {
namespace {

// Published outputs of SplitMix64 (Vigna's splitmix64.c with x = 1234567; also Rosetta Code's test values).
TEST(Random, IsSplitMix64) {
  Random random(1234567);
  for (const std::uint64_t expected : {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
                                       4593380528125082431ULL, 16408922859458223821ULL}) {
    EXPECT_EQ(random(), expected);
  }
}

TEST(Random, GoesOnFromAStoredState) {
  Random random(5);
  for (int i = 0; i < 10; ++i) static_cast<void>(random());
  Random other(99);
  other.set_state(random.state());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(other(), random());
}

TEST(Random, ReachesBothEndsAndNothingBeyond) {
  Random random(6);
  std::set<std::int32_t> seen;
  for (int i = 0; i < 2000; ++i) seen.insert(random.between(-3, 4));
  EXPECT_EQ(seen.size(), 8U);
  EXPECT_EQ(*seen.begin(), -3);
  EXPECT_EQ(*seen.rbegin(), 4);
  std::set<std::uint32_t> below;
  for (int i = 0; i < 2000; ++i) below.insert(random.below(7));
  EXPECT_EQ(below.size(), 7U);
  EXPECT_EQ(*below.rbegin(), 6U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(random.below(1), 0U);
    EXPECT_EQ(random.between(9, 9), 9);
  }
}

TEST(Random, CoversTheWholeRangeOfIntegers) {
  constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  Random random(7);
  int negative = 0;
  int low_half_of_negative = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::int32_t full = random.between(kLeast, kMost);
    negative += full < 0 ? 1 : 0;
    low_half_of_negative += full < kLeast / 2 ? 1 : 0;
    EXPECT_GE(random.between(-2'000'000'000, 2'000'000'000), -2'000'000'000);
    EXPECT_LE(random.between(-2'000'000'000, 2'000'000'000), 2'000'000'000);
  }
  EXPECT_NEAR(negative, 500, 100);
  EXPECT_NEAR(low_half_of_negative, 250, 80);
}

TEST(Random, IsUniform) {
  Random random(8);
  int count[10] = {};
  double sum = 0.0;
  int chances = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    ++count[random.below(10)];
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    chances += random.chance(3, 4) ? 1 : 0;
  }
  // Five standard deviations of a binomial count.
  for (const int c : count) EXPECT_NEAR(c, kDraws / 10, 5 * 95);
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * 0.29 / 316);
  EXPECT_NEAR(chances, kDraws * 3 / 4, 5 * 137);
}

TEST(Random, StreamsOfOneSeedDiffer) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (std::uint64_t stream = 0; stream < 100; ++stream) seeds.insert(derive_seed(seed, stream));
  }
  EXPECT_EQ(seeds.size(), 10'000U);
  static_assert(derive_seed(1, 2) == derive_seed(1, 2));
  EXPECT_NE(derive_seed(1, 2), derive_seed(2, 1));
}

}  // namespace
}  // namespace atl
