#include "core/queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace atl {
namespace {

Timestamp soon() { return MonotonicClock::now() + std::chrono::milliseconds(2); }
Timestamp far_away() { return MonotonicClock::now() + std::chrono::seconds(60); }

TEST(BoundedQueue, HoldsExactlyItsCapacity) {
  BoundedQueue<int> queue(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.try_push(i));
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_FALSE(queue.try_push(3));  // one over
  EXPECT_EQ(queue.poll_pop(), 0);
  EXPECT_TRUE(queue.try_push(4));
  EXPECT_FALSE(queue.try_push(5));
  for (const int expected : {1, 2, 4}) EXPECT_EQ(queue.poll_pop(), expected);
  EXPECT_EQ(queue.poll_pop(), std::nullopt);
  EXPECT_THROW(BoundedQueue<int>(0), Error);
}

TEST(BoundedQueue, CarriesWhatCannotBeCopied) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(7)));
  EXPECT_EQ(**queue.wait_pop(), 7);
}

TEST(BoundedQueue, CloseWakesEveryWaiter) {
  BoundedQueue<int> full(1);
  BoundedQueue<int> empty(1);
  ASSERT_TRUE(full.try_push(1));
  std::atomic<int> woken{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 3; ++i) {
    waiters.emplace_back([&] { woken += full.wait_push(2) ? 100 : 1; });
    waiters.emplace_back([&] { woken += empty.wait_pop() ? 100 : 1; });
    waiters.emplace_back([&] { woken += empty.wait_pop_until(far_away()) ? 100 : 1; });
  }
  full.close();
  empty.close();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(woken, 9);
  EXPECT_TRUE(full.is_closed());
}

TEST(BoundedQueue, ClosedItGivesOutWhatItHoldsAndTakesNothing) {
  BoundedQueue<int> queue(4);
  ASSERT_TRUE(queue.try_push(1));
  ASSERT_TRUE(queue.try_push(2));
  EXPECT_FALSE(queue.is_closed());
  queue.close();
  EXPECT_FALSE(queue.try_push(3));
  EXPECT_FALSE(queue.wait_push(3));
  EXPECT_EQ(queue.wait_pop(), 1);
  EXPECT_EQ(queue.wait_pop_until(far_away()), 2);
  EXPECT_EQ(queue.wait_pop(), std::nullopt);
  EXPECT_EQ(queue.wait_pop_until(far_away()), std::nullopt);
}

TEST(BoundedQueue, WaitsNoLongerThanTheDeadline) {
  BoundedQueue<int> queue(1);
  const Timestamp deadline = soon();
  EXPECT_EQ(queue.wait_pop_until(deadline), std::nullopt);
  EXPECT_GE(MonotonicClock::now(), deadline);
  EXPECT_EQ(queue.wait_pop_until(Timestamp{}), std::nullopt);  // passed long ago
}

TEST(BoundedQueue, LosesAndDoublesNothingBetweenManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kItems = 5000;
  BoundedQueue<int> queue(7);
  std::vector<std::atomic<int>> seen(kThreads * kItems);
  std::vector<std::thread> producers;
  std::vector<std::thread> consumers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&, t] {
      for (int i = 0; i < kItems; ++i) EXPECT_TRUE(queue.wait_push(t * kItems + i));
    });
    consumers.emplace_back([&] {
      while (const auto item = queue.wait_pop()) {
        ++seen[static_cast<std::size_t>(*item)];
        EXPECT_LE(queue.size(), 7U);
      }
    });
  }
  for (std::thread& producer : producers) producer.join();
  queue.close();
  for (std::thread& consumer : consumers) consumer.join();
  for (const auto& count : seen) ASSERT_EQ(count, 1);
}

TEST(LatestSlot, KeepsTheNewestAndCountsTheRest) {
  LatestSlot<int> slot;
  EXPECT_EQ(slot.wait_take_until(Timestamp{}), std::nullopt);
  for (int i = 1; i <= 5; ++i) slot.put(i);
  EXPECT_EQ(slot.dropped(), 4U);
  EXPECT_EQ(slot.wait_take_until(far_away()), 5);
  EXPECT_EQ(slot.wait_take_until(Timestamp{}), std::nullopt);  // taken once only
  slot.put(6);
  EXPECT_EQ(slot.dropped(), 4U);  // 5 was taken, not dropped
  EXPECT_EQ(slot.wait_take_until(Timestamp{}), 6);
}

TEST(LatestSlot, EveryItemIsTakenOrCounted) {
  LatestSlot<int> slot;
  constexpr int kItems = 20'000;
  int taken = 0;
  int last = 0;
  std::thread consumer([&] {
    while (last < kItems) {
      if (const auto item = slot.wait_take_until(far_away())) {
        EXPECT_GT(*item, last);  // never an older one
        last = *item;
        ++taken;
      }
    }
  });
  for (int i = 1; i <= kItems; ++i) slot.put(i);
  consumer.join();
  EXPECT_EQ(static_cast<std::uint64_t>(taken) + slot.dropped(), static_cast<std::uint64_t>(kItems));
}

TEST(LatestSlot, CloseWakesEveryWaiter) {
  LatestSlot<int> slot;
  std::atomic<int> woken{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 3; ++i) waiters.emplace_back([&] { woken += slot.wait_take_until(far_away()) ? 100 : 1; });
  slot.close();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(woken, 3);
}

}  // namespace
}  // namespace atl
