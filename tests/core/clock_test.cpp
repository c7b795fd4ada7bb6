#include "core/clock.h"

#include "core/error.h"
#include "core/random.h"

#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <thread>

namespace atl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock(from_ns(100));
  EXPECT_EQ(clock.now(), from_ns(100));
  EXPECT_EQ(clock.now(), from_ns(100));
  clock.advance(Duration(0));
  EXPECT_EQ(clock.now(), from_ns(100));
  clock.advance(seconds(2));
  EXPECT_EQ(clock.now(), from_ns(2'000'000'100));
  EXPECT_THROW(clock.advance(Duration(-1)), Error);
  EXPECT_EQ(clock.now(), from_ns(2'000'000'100));
}

TEST(ManualClock, PassedTimesDoNotSleep) {
  ManualClock clock(from_ns(100));
  clock.sleep_until(from_ns(100));
  clock.sleep_until(from_ns(-5));
}

TEST(ManualClock, WakesEverySleeperAtItsTimeAndNotBefore) {
  ManualClock clock;
  std::atomic<int> awake{0};
  std::atomic<bool> too_early{false};
  std::vector<std::thread> sleepers;
  for (int i = 1; i <= 4; ++i) {
    sleepers.emplace_back([&, i] {
      clock.sleep_until(from_ns(10 * i));
      if (clock.now() < from_ns(10 * i)) too_early = true;
      ++awake;
    });
  }
  const Timestamp deadline = MonotonicClock::now() + seconds(20);
  for (int step = 1; step <= 4; ++step) {
    EXPECT_LT(awake, step);
    clock.advance(Duration(10));
    while (awake < step && MonotonicClock::now() < deadline) std::this_thread::yield();
    EXPECT_GE(awake, step);
  }
  for (std::thread& sleeper : sleepers) sleeper.join();
  EXPECT_FALSE(too_early);
}

TEST(SystemClock, IsCLOCK_MONOTONICInNanoseconds) {
  timespec before{};
  timespec after{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  const std::int64_t now = to_ns(SystemClock().now());
  clock_gettime(CLOCK_MONOTONIC, &after);
  EXPECT_GE(now, before.tv_sec * 1'000'000'000 + before.tv_nsec);
  EXPECT_LE(now, after.tv_sec * 1'000'000'000 + after.tv_nsec);
}

TEST(SystemClock, SleepsUntilTheTimeAndNotForPassedOnes) {
  SystemClock clock;
  const Timestamp until = clock.now() + milliseconds(5);
  clock.sleep_until(until);
  EXPECT_GE(clock.now(), until);
  clock.sleep_until(Timestamp{});
  clock.sleep_until(from_ns(-7));
}

TEST(WallAnchor, PairsTheTwoClocks) {
  const WallAnchor anchor = read_wall_anchor();
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  const std::int64_t wall_now = wall.tv_sec * 1'000'000'000 + wall.tv_nsec;
  const std::int64_t translated = to_ns(MonotonicClock::now()) + (anchor.wall_ns - to_ns(anchor.monotonic));
  EXPECT_NEAR(static_cast<double>(translated - wall_now), 0.0, 50e6);  // stalls of a busy machine, not minutes
}

TEST(Durations, RoundToTheNanosecond) {
  static_assert(period_of(15.0) == Duration(66'666'667));
  static_assert(period_of(60.0) == Duration(16'666'667));
  static_assert(period_of(17.5) == Duration(57'142'857));
  static_assert(period_of(1.0) == Duration(1'000'000'000));
  static_assert(from_seconds(2.01) == Duration(2'010'000'000));  // 2.01 * 1e9 is less
  static_assert(from_seconds(-1.4e-9) == Duration(-1));
  static_assert(from_ms(4.1) == Duration(4'100'000));
  EXPECT_DOUBLE_EQ(to_ms(Duration(1'500'000)), 1.5);
  EXPECT_DOUBLE_EQ(to_seconds(Duration(1'500'000'000)), 1.5);
  EXPECT_EQ(to_ns(from_ns(-12)), -12);
  Random random(7);
  for (int i = 0; i < 100'000; ++i) {
    const Duration time = Duration(static_cast<std::int64_t>(random() >> 13));  // below 2^51 ns, 26 days
    ASSERT_EQ(from_seconds(to_seconds(time)), time);
    ASSERT_EQ(from_ms(to_ms(-time)), -time);
  }
}

}  // namespace
}  // namespace atl
