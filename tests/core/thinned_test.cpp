#include "core/thinned.h"

#include <gtest/gtest.h>

#include <vector>

namespace atl {
namespace {

TEST(Thinned, KeepsAllOfAFew) {
  Thinned<int> samples;
  for (int i = 0; i < 1000; ++i) samples.push_back(i);
  ASSERT_EQ(samples.kept().size(), 1000U);
  EXPECT_EQ(samples.kept().back(), 999);
}

TEST(Thinned, KeepsOfManyABoundedNumberThatIsEvenlySpread) {
  Thinned<int> samples;
  constexpr int kAdded = 1'000'000;
  for (int i = 0; i < kAdded; ++i) {
    samples.push_back(i);
    ASSERT_LE(samples.kept().size(), Thinned<int>::kMost);
  }
  const std::vector<int>& kept = samples.kept();
  EXPECT_EQ(samples.num_added(), 1'000'000U);
  ASSERT_GE(kept.size(), Thinned<int>::kMost / 2);
  const int stride = kept[1] - kept[0];
  for (std::size_t i = 0; i < kept.size(); ++i) ASSERT_EQ(kept[i], static_cast<int>(i) * stride);
  EXPECT_LT(kAdded - 1 - kept.back(), stride) << "up to the end";
}

}  // namespace
}  // namespace atl
