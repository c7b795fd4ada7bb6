#include "capture/synthetic.h"

#include "capture/counter_picture.h"

#include <gtest/gtest.h>

namespace atl::capture {
namespace {

using std::chrono::milliseconds;

TEST(SyntheticSource, ShowsTheCounterInOrderAndThenNothingNew) {
  SystemClock clock;
  const auto source = create_synthetic_source({.size = {64, 48}, .rate_hz = 500.0, .num_frames = 20}, clock);
  Frame frame;
  std::uint64_t expected_sequence = 0;
  std::int64_t last = -1;
  while (last < 19) {
    ASSERT_EQ(source->wait_frame(clock.now() + milliseconds(500), frame), FrameStatus::kFrame);
    const auto counter = read_counter(frame.view());
    ASSERT_TRUE(counter);
    EXPECT_GT(static_cast<std::int64_t>(*counter), last);
    EXPECT_EQ(frame.sequence, expected_sequence++);
    EXPECT_LE(frame.requested, frame.done);
    last = *counter;
  }
  EXPECT_EQ(source->wait_frame(clock.now() + milliseconds(5), frame), FrameStatus::kUnchanged);
}

TEST(SyntheticSource, SkipsPicturesThatNobodyTookInTime) {
  ManualClock clock;
  const auto source = create_synthetic_source({.size = {32, 32}, .rate_hz = 10.0}, clock);
  Frame frame;
  ASSERT_EQ(source->wait_frame(clock.now(), frame), FrameStatus::kFrame);
  EXPECT_EQ(read_counter(frame.view()), 0U);
  EXPECT_EQ(source->wait_frame(clock.now(), frame), FrameStatus::kUnchanged);
  clock.advance(milliseconds(750));
  ASSERT_EQ(source->wait_frame(clock.now(), frame), FrameStatus::kFrame);
  EXPECT_EQ(read_counter(frame.view()), 7U);
  EXPECT_EQ(frame.sequence, 1U);
  EXPECT_EQ(source->info().num_frames, 2U);
}

}  // namespace
}  // namespace atl::capture
