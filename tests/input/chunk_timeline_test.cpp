#include "input/chunk_timeline.h"

#include <gtest/gtest.h>

namespace atl::input {
namespace {

using std::chrono::milliseconds;

constexpr Duration kPeriod = milliseconds(100);
constexpr Timestamp at(int ms) { return from_ns(ms * std::int64_t{1'000'000}); }

// A chunk whose actions say by dx which chunk they are of.
TimedChunk chunk(std::uint64_t first_step, int start_ms, int count, int mark) {
  TimedChunk made;
  made.first_step = first_step;
  made.start = at(start_ms);
  made.actions.resize(static_cast<std::size_t>(count));
  for (Action& action : made.actions) action.dx = mark;
  return made;
}

TEST(ChunkTimeline, TellsEachStepOnceAtItsTimeAndThenTheEnd) {
  ChunkTimeline timeline(kPeriod);
  EXPECT_EQ(timeline.next(), Timestamp::max());
  timeline.add(chunk(5, 1000, 2, 1), at(900));
  EXPECT_EQ(timeline.next(), at(1000));
  EXPECT_FALSE(timeline.take_due(at(999)).step);
  EXPECT_EQ(timeline.take_due(at(1000)).step->step, 5U);
  EXPECT_FALSE(timeline.take_due(at(1001)).step);
  EXPECT_EQ(timeline.end(), at(1200));
  EXPECT_EQ(timeline.next(), at(1100));
  EXPECT_EQ(timeline.take_due(at(1101)).step->step, 6U);
  EXPECT_EQ(timeline.next(), at(1200));
  EXPECT_FALSE(timeline.take_due(at(1199)).ended);
  EXPECT_TRUE(timeline.take_due(at(1200)).ended);
  EXPECT_FALSE(timeline.take_due(at(1300)).ended) << "told once";
  EXPECT_EQ(timeline.next(), Timestamp::max());
  EXPECT_FALSE(timeline.end());
}

TEST(ChunkTimeline, NewerChunkReplacesFromItsFirstStepOn) {
  ChunkTimeline timeline(kPeriod);
  timeline.add(chunk(0, 1000, 8, 1), at(950));
  timeline.add(chunk(4, 1400, 8, 2), at(960));
  for (int step = 0; step < 12; ++step) {
    const auto due = timeline.take_due(at(1000 + 100 * step));
    ASSERT_TRUE(due.step) << step;
    EXPECT_EQ(due.step->step, static_cast<std::uint64_t>(step));
    EXPECT_EQ(due.step->action.dx, step < 4 ? 1 : 2);
    EXPECT_TRUE(due.missed.empty());
    EXPECT_FALSE(due.ended);
  }
  EXPECT_TRUE(timeline.take_due(at(2200)).ended);
}

TEST(ChunkTimeline, ShorterNewerChunkLeavesNothingOfTheOlder) {
  ChunkTimeline timeline(kPeriod);
  timeline.add(chunk(0, 1000, 8, 1), at(950));
  timeline.add(chunk(2, 1200, 1, 2), at(960));
  for (int step = 0; step < 3; ++step) ASSERT_TRUE(timeline.take_due(at(1000 + 100 * step)).step);
  EXPECT_TRUE(timeline.take_due(at(1300)).ended);
}

TEST(ChunkTimeline, LateStepsAreMissedExceptTheOneThatStillRuns) {
  ChunkTimeline timeline(kPeriod);
  timeline.add(chunk(0, 1000, 8, 1), at(1250));
  const auto due = timeline.take_due(at(1250));
  ASSERT_EQ(due.missed.size(), 2U);
  EXPECT_EQ(due.missed[0].step, 0U);
  EXPECT_EQ(due.missed[1].step, 1U);
  ASSERT_TRUE(due.step);
  EXPECT_EQ(due.step->step, 2U);
  EXPECT_GT(due.step->arrival, due.step->begin);
  EXPECT_EQ(timeline.next(), at(1300));
}

TEST(ChunkTimeline, StepsThatAnOlderChunkDidAreNotDoneAgain) {
  ChunkTimeline timeline(kPeriod);
  timeline.add(chunk(0, 1000, 8, 1), at(900));
  ASSERT_EQ(timeline.take_due(at(1000)).step->step, 0U);
  ASSERT_EQ(timeline.take_due(at(1100)).step->step, 1U);
  timeline.add(chunk(1, 1100, 8, 2), at(1150));
  const auto due = timeline.take_due(at(1150));
  EXPECT_FALSE(due.step);
  ASSERT_EQ(due.missed.size(), 1U);
  EXPECT_EQ(due.missed[0].step, 1U);
  EXPECT_EQ(timeline.take_due(at(1200)).step->action.dx, 2);
}

TEST(ChunkTimeline, RoundingBetweenChunksIsNoGap) {
  ChunkTimeline timeline(kPeriod);
  timeline.add(chunk(0, 1000, 1, 1), at(900));
  TimedChunk next = chunk(1, 1100, 1, 2);
  next.start += Duration(3);  // ns
  timeline.add(next, at(950));
  ASSERT_TRUE(timeline.take_due(at(1000)).step);
  EXPECT_EQ(timeline.next(), next.start);
  EXPECT_FALSE(timeline.take_due(at(1100)).ended);
  EXPECT_TRUE(timeline.take_due(next.start).step);
}

TEST(ChunkTimeline, GapBetweenChunksIsAnEnd) {
  ChunkTimeline timeline(kPeriod);
  timeline.add(chunk(0, 1000, 1, 1), at(900));
  timeline.add(chunk(5, 1500, 1, 2), at(950));
  ASSERT_TRUE(timeline.take_due(at(1000)).step);
  EXPECT_EQ(timeline.end(), at(1100));
  EXPECT_EQ(timeline.next(), at(1100));
  EXPECT_TRUE(timeline.take_due(at(1100)).ended);
  EXPECT_EQ(timeline.take_due(at(1500)).step->step, 5U);
}

TEST(ChunkTimeline, ClearedStepsMayComeAgain) {
  ChunkTimeline timeline(kPeriod);
  timeline.add(chunk(7, 1000, 1, 1), at(900));
  ASSERT_TRUE(timeline.take_due(at(1000)).step);
  timeline.clear();
  EXPECT_EQ(timeline.next(), Timestamp::max());
  timeline.add(chunk(0, 1050, 1, 2), at(1020));
  EXPECT_EQ(timeline.take_due(at(1050)).step->step, 0U);
}

}  // namespace
}  // namespace atl::input
