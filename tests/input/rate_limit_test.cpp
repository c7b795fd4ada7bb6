#include "input/rate_limit.h"

#include <gtest/gtest.h>

namespace atl::input {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimit, TakesOneSecondsWorthAtOnceAndNotOneMore) {
  const Timestamp start = from_ns(5'000'000'000);
  RateLimit limit(10.0, start);
  EXPECT_TRUE(limit.try_take(10, start));
  EXPECT_FALSE(limit.try_take(1, start));
  EXPECT_FALSE(limit.try_take(1, start + milliseconds(99)));
  EXPECT_TRUE(limit.try_take(1, start + milliseconds(101)));
  EXPECT_FALSE(limit.try_take(11, start + seconds(100))) << "more than the bucket holds";
  EXPECT_TRUE(limit.try_take(10, start + seconds(100)));
}

TEST(RateLimit, RefusedThingsCostNothing) {
  RateLimit limit(5.0, Timestamp{});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limit.try_take(6, Timestamp{}));
  EXPECT_TRUE(limit.try_take(5, Timestamp{}));
}

TEST(RateLimit, RateBelowOneTakesOneThingNowAndThen) {
  RateLimit limit(0.5, Timestamp{});
  EXPECT_TRUE(limit.try_take(1, Timestamp{}));
  EXPECT_FALSE(limit.try_take(1, Timestamp{} + seconds(1)));
  EXPECT_TRUE(limit.try_take(1, Timestamp{} + seconds(2)));
  EXPECT_FALSE(limit.try_take(2, Timestamp{} + seconds(100))) << "more than the bucket holds";
}

}  // namespace
}  // namespace atl::input
