#include "capture/x11_window.h"

#include "capture/counter_picture.h"
#include "core/error.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>
#include <vector>

namespace atl::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class X11Window : public testing::Test {
 protected:
  static Timestamp in(Duration d) { return MonotonicClock::now() + d; }

  void put(tests::TestWindow& window, std::uint32_t counter, FrameSize size) {
    drawn_.resize(static_cast<std::size_t>(size.width_px * size.height_px * kBytesPerPixel));
    draw_counter(counter, size, drawn_);
    window.put({drawn_.data(), size.width_px, size.height_px, std::ptrdiff_t{4} * size.width_px});
  }

  std::unique_ptr<FrameSource> open(const tests::TestWindow& window, double max_rate_hz = 0.0) {
    return create_x11_window_source({.display = xvfb_.display(), .window = window.id(), .max_rate_hz = max_rate_hz});
  }

  // Draws `counter` and takes pictures until it is seen; every picture before it must be the one before.
  void expect_shown(FrameSource& source, std::uint32_t counter, FrameSize size) {
    const Timestamp deadline = in(seconds(5));
    while (source.wait_frame(deadline, frame_) == FrameStatus::kFrame) {
      const auto read = read_counter(frame_.view());
      if (frame_.size() == size && read == counter) return;
      ASSERT_LT(MonotonicClock::now(), deadline);
    }
    FAIL() << "the picture " << counter << " was not delivered";
  }

  tests::Xvfb xvfb_;
  std::vector<std::uint8_t> drawn_;
  Frame frame_;
};

TEST_F(X11Window, DeliversEachPictureOnceAndThenHeartbeats) {
  const FrameSize size{320, 240};
  tests::TestWindow window(xvfb_.display(), {40, 30, 320, 240});
  put(window, 1000, size);
  const auto source = open(window);
  expect_shown(*source, 1000, size);
  for (std::uint32_t counter = 1001; counter < 1200; ++counter) {
    put(window, counter, size);
    ASSERT_EQ(source->wait_frame(in(seconds(2)), frame_), FrameStatus::kFrame);
    ASSERT_EQ(read_counter(frame_.view()), counter);
    EXPECT_LE(frame_.requested, frame_.done);
  }
  EXPECT_EQ(frame_.sequence, source->info().num_frames - 1);
  EXPECT_EQ(frame_.window, (WindowGeometry{40, 30, 320, 240}));
  const std::uint64_t sequence = frame_.sequence;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(source->wait_frame(in(milliseconds(20)), frame_), FrameStatus::kUnchanged);
  EXPECT_EQ(frame_.sequence, sequence) << "a heartbeat must not touch the frame";
  EXPECT_EQ(source->info().num_heartbeats, 5U);
}

TEST_F(X11Window, SteadyStateReusesThePixelMemory) {
  const FrameSize size{320, 240};
  tests::TestWindow window(xvfb_.display(), {0, 0, 320, 240});
  const auto source = open(window);
  put(window, 0, size);
  expect_shown(*source, 0, size);
  const std::uint8_t* memory = frame_.pixels.data();
  for (std::uint32_t counter = 1; counter < 50; ++counter) {
    put(window, counter, size);
    ASSERT_EQ(source->wait_frame(in(seconds(2)), frame_), FrameStatus::kFrame);
    ASSERT_EQ(frame_.pixels.data(), memory);
  }
}

TEST_F(X11Window, AnOldDeadlineIsAPoll) {
  const FrameSize size{64, 64};
  tests::TestWindow window(xvfb_.display(), {0, 0, 64, 64});
  put(window, 7, size);
  const auto source = open(window);
  expect_shown(*source, 7, size);
  EXPECT_EQ(source->wait_frame(Timestamp{}, frame_), FrameStatus::kUnchanged);
  put(window, 8, size);
  EXPECT_EQ(source->wait_frame(Timestamp{}, frame_), FrameStatus::kFrame);
  EXPECT_EQ(read_counter(frame_.view()), 8U);
}

TEST_F(X11Window, CoveredAndPartlyOffScreenPicturesAreWhole) {
  const FrameSize size{320, 240};
  tests::TestWindow window(xvfb_.display(), {100, 100, 320, 240});
  const auto source = open(window);
  put(window, 1, size);
  expect_shown(*source, 1, size);
  const tests::TestWindow cover(xvfb_.display(), {150, 150, 200, 200});
  put(window, 2, size);
  expect_shown(*source, 2, size);
  window.move(-200, -150);
  put(window, 3, size);
  expect_shown(*source, 3, size);
  EXPECT_EQ(frame_.window, (WindowGeometry{-200, -150, 320, 240}));
  window.move(1200, 700);
  put(window, 4, size);
  expect_shown(*source, 4, size);
  EXPECT_EQ(frame_.window, (WindowGeometry{1200, 700, 320, 240}));
}

TEST_F(X11Window, ResizesAreFollowedAndNoOldPictureComesBack) {
  tests::TestWindow window(xvfb_.display(), {10, 10, 320, 240});
  const auto source = open(window);
  put(window, 0, {320, 240});
  expect_shown(*source, 0, {320, 240});
  std::uint32_t counter = 0;
  for (const FrameSize size : {FrameSize{400, 300}, FrameSize{64, 64}, FrameSize{641, 333}, FrameSize{320, 240}}) {
    window.resize(size);
    put(window, ++counter, size);
    ASSERT_EQ(source->wait_frame(in(seconds(2)), frame_), FrameStatus::kFrame);
    EXPECT_EQ(frame_.size(), size);
    EXPECT_EQ(read_counter(frame_.view()), counter) << "stale or torn after the resize to " << size.width_px;
  }
  EXPECT_EQ(source->info().num_resizes, 4U);
}

TEST_F(X11Window, PicturesNeverGoBackWhileTheWindowIsDrawnAndResizedAllTheTime) {
  tests::TestWindow window(xvfb_.display(), {10, 10, 320, 240});
  const auto source = create_x11_window_source(
      {.display = xvfb_.display(), .window = window.id(), .settle_after_change = milliseconds(5)});
  std::atomic<bool> stop = false;
  std::thread painter([&] {
    std::vector<std::uint8_t> pixels;
    for (std::uint32_t counter = 1; !stop; ++counter) {
      const FrameSize size{320 + static_cast<int>(counter / 25 % 4) * 32, 240};
      if (counter % 25 == 0) window.resize(size);
      pixels.resize(static_cast<std::size_t>(size.width_px * size.height_px * kBytesPerPixel));
      draw_counter(counter, size, pixels);
      window.put({pixels.data(), size.width_px, size.height_px, std::ptrdiff_t{4} * size.width_px});
    }
  });
  std::int64_t last = -1;
  int num_read = 0;
  const Timestamp deadline = in(seconds(20));
  while (num_read < 300 && MonotonicClock::now() < deadline) {
    if (source->wait_frame(in(seconds(1)), frame_) != FrameStatus::kFrame) continue;
    ASSERT_EQ(frame_.size(), (FrameSize{frame_.window.width_px, frame_.window.height_px}));
    const auto counter = read_counter(frame_.view());
    if (!counter) continue;  // the window between a resize and the painter's next picture
    ++num_read;
    EXPECT_GE(static_cast<std::int64_t>(*counter), last);
    last = *counter;
  }
  stop = true;
  painter.join();
  EXPECT_GE(num_read, 300);
  EXPECT_GT(source->info().num_resizes, 2U);
}

TEST_F(X11Window, SettledPicturesOfAProgramThatDrawsInPiecesAreWhole) {
  constexpr Duration kSettle = milliseconds(40);
  const FrameSize size{320, 240};
  tests::TestWindow window(xvfb_.display(), {0, 0, 320, 240});
  put(window, 0, size);
  const auto source = create_x11_window_source({.display = xvfb_.display(), .window = window.id(), .settle = kSettle});
  expect_shown(*source, 0, size);
  std::vector<std::uint8_t> pixels(320 * 240 * 4);
  int num_judged = 0;
  const Timestamp deadline = in(seconds(20));
  for (std::uint32_t counter = 1; num_judged < 10 && MonotonicClock::now() < deadline; ++counter) {
    draw_counter(counter, size, pixels);
    Duration drawing{};
    std::thread painter([&] {
      const Timestamp start = MonotonicClock::now();
      window.put_in_two({pixels.data(), 320, 240, 1280}, milliseconds(2));
      drawing = MonotonicClock::now() - start;
    });
    const FrameStatus status = source->wait_frame(in(seconds(2)), frame_);
    painter.join();
    if (drawing > kSettle / 2) {  // a busy machine stopped the painter between the pieces
      if (read_counter(frame_.view()) != counter) expect_shown(*source, counter, size);
      continue;
    }
    ++num_judged;
    ASSERT_EQ(status, FrameStatus::kFrame);
    EXPECT_EQ(read_counter(frame_.view()), counter);
  }
  EXPECT_EQ(num_judged, 10);
}

TEST_F(X11Window, HiddenWindowsAreReportedAndFoundAgain) {
  const FrameSize size{320, 240};
  tests::TestWindow window(xvfb_.display(), {10, 10, 320, 240});
  const auto source = open(window);
  put(window, 1, size);
  expect_shown(*source, 1, size);
  window.unmap();
  EXPECT_EQ(source->wait_frame(in(milliseconds(50)), frame_), FrameStatus::kHidden);
  EXPECT_EQ(source->wait_frame(in(milliseconds(50)), frame_), FrameStatus::kHidden);
  window.map();
  put(window, 2, size);
  ASSERT_EQ(source->wait_frame(in(seconds(2)), frame_), FrameStatus::kFrame);
  EXPECT_EQ(read_counter(frame_.view()), 2U);
}

TEST_F(X11Window, ClosedWindowsAreReportedForGood) {
  const FrameSize size{320, 240};
  auto window = std::make_unique<tests::TestWindow>(xvfb_.display(), WindowGeometry{10, 10, 320, 240});
  const auto source = open(*window);
  put(*window, 1, size);
  expect_shown(*source, 1, size);
  window.reset();  // the connection goes, and the window with it, as when a game is killed
  FrameStatus status = FrameStatus::kUnchanged;
  for (int i = 0; i < 100 && status != FrameStatus::kGone; ++i)
    status = source->wait_frame(in(milliseconds(20)), frame_);
  EXPECT_EQ(status, FrameStatus::kGone);
  EXPECT_EQ(source->wait_frame(in(milliseconds(20)), frame_), FrameStatus::kGone);
}

TEST_F(X11Window, FrozenDisplayIsATimeoutAndNotAHeartbeat) {
  const FrameSize size{64, 64};
  tests::TestWindow window(xvfb_.display(), {0, 0, 64, 64});
  const auto source = open(window);
  put(window, 1, size);
  expect_shown(*source, 1, size);
  kill(xvfb_.pid(), SIGSTOP);
  const Timestamp before = MonotonicClock::now();
  EXPECT_EQ(source->wait_frame(in(milliseconds(100)), frame_), FrameStatus::kTimeout);
  EXPECT_LT(MonotonicClock::now() - before, seconds(2));
  EXPECT_EQ(source->wait_frame(in(milliseconds(20)), frame_), FrameStatus::kTimeout);
  kill(xvfb_.pid(), SIGCONT);
  put(window, 2, size);
  expect_shown(*source, 2, size);
}

TEST_F(X11Window, RateIsCappedAndTheNewestPictureWins) {
  const FrameSize size{64, 64};
  tests::TestWindow window(xvfb_.display(), {0, 0, 64, 64});
  put(window, 0, size);
  const auto source = open(window, 50.0);
  expect_shown(*source, 0, size);
  const std::uint64_t before = source->info().num_frames;
  const Timestamp end = in(milliseconds(500));
  std::atomic<std::uint32_t> counter = 0;
  std::thread painter([&] {
    while (MonotonicClock::now() < end) put(window, ++counter, size);
  });
  while (MonotonicClock::now() < end) (void)source->wait_frame(end, frame_);
  painter.join();
  const std::uint64_t taken = source->info().num_frames - before;
  EXPECT_LE(taken, 27U) << "50 Hz for 0.5 s";
  EXPECT_GT(counter, taken);
  if (read_counter(frame_.view()) != counter) expect_shown(*source, counter, size);
}

TEST_F(X11Window, MissingWindowIsNoneAndMissingDisplayIsNamed) {
  EXPECT_EQ(create_x11_window_source({.display = xvfb_.display(), .window = 0x123456}), nullptr);
  EXPECT_THAT([&] { (void)create_x11_window_source({.display = ":4999", .window = 1}); },
              testing::ThrowsMessage<Error>(testing::HasSubstr(":4999")));
}

}  // namespace
}  // namespace atl::capture
