// The pointer in pictures: drawn where a person sees it when asked for, and else nowhere.
#include "capture/x11_window.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"
#include "x11/connection.h"

#include <gtest/gtest.h>
#include <xcb/xcb.h>

#include <array>
#include <vector>

namespace atl::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr FrameSize kSize{320, 240};
constexpr int kSide = 8;  // of the pointer, a red square
constexpr int kHot = 2;   // its hot spot, from its left and upper edge
constexpr std::uint32_t kRed = 0xff0000;
constexpr std::uint32_t kGround = 0x336699;

class X11CursorTest : public testing::Test {
 protected:
  X11CursorTest() {
    xcb_connection_t* c = connection_.get();
    const xcb_pixmap_t shape = xcb_generate_id(c);
    xcb_create_pixmap(c, 1, shape, connection_.root(), kSide, kSide);
    const xcb_gcontext_t context = xcb_generate_id(c);
    const std::uint32_t one = 1;
    xcb_create_gc(c, context, shape, XCB_GC_FOREGROUND, &one);
    const xcb_rectangle_t all{0, 0, kSide, kSide};
    xcb_poly_fill_rectangle(c, shape, context, 1, &all);
    const xcb_cursor_t cursor = xcb_generate_id(c);
    xcb_create_cursor(c, cursor, shape, shape, 0xffff, 0, 0, 0, 0, 0, kHot, kHot);
    xcb_change_window_attributes(c, connection_.root(), XCB_CW_CURSOR, &cursor);
    point_at(0, 0);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kSize.width_px * kSize.height_px * kBytesPerPixel));
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = (kGround >> (8 * (i % 4))) & 0xff;
    window_.put({pixels.data(), kSize.width_px, kSize.height_px, kSize.width_px * kBytesPerPixel});
  }

  void point_at(int x, int y) {
    xcb_warp_pointer(connection_.get(), XCB_NONE, connection_.root(), 0, 0, 0, 0, static_cast<std::int16_t>(x),
                     static_cast<std::int16_t>(y));
    connection_.sync();
  }

  std::unique_ptr<FrameSource> open(CursorMode cursor, WindowGeometry area = {}) {
    return create_x11_window_source(
        {.display = xvfb_.display(), .window = window_.id(), .area = area, .cursor = cursor});
  }

  [[nodiscard]] bool next(FrameSource& source) {
    return source.wait_frame(MonotonicClock::now() + seconds(5), frame_) == FrameStatus::kFrame;
  }

  // Whether pixels are red exactly in this square, in px of the picture, and ground elsewhere.
  void expect_red(int left, int top, int right, int bottom) {
    int num_wrong = 0;
    for (int y = 0; y < frame_.height_px; ++y) {
      for (int x = 0; x < frame_.width_px; ++x) {
        const std::uint8_t* p = frame_.view().row(y) + std::ptrdiff_t{kBytesPerPixel} * x;
        const std::uint32_t colour = p[0] | (p[1] << 8) | (static_cast<std::uint32_t>(p[2]) << 16);
        const bool inside = x >= left && x < right && y >= top && y < bottom;
        num_wrong += colour != (inside ? kRed : kGround);
      }
    }
    EXPECT_EQ(num_wrong, 0) << "pointer expected at " << left << ", " << top;
  }

  tests::Xvfb xvfb_;
  x11::Connection connection_{xvfb_.display()};
  tests::TestWindow window_{xvfb_.display(), {100, 50, kSize.width_px, kSize.height_px}};
  Frame frame_;
};

TEST_F(X11CursorTest, IsNotInPicturesUnlessAskedFor) {
  point_at(150, 100);
  const auto source = open(CursorMode::kNotDrawn);
  EXPECT_EQ(source->info().cursor, CursorMode::kNotDrawn);
  ASSERT_TRUE(next(*source));
  expect_red(0, 0, 0, 0);
  point_at(160, 100);
  EXPECT_EQ(source->wait_frame(MonotonicClock::now() + milliseconds(100), frame_), FrameStatus::kUnchanged)
      << "its motion makes no picture";
}

TEST_F(X11CursorTest, IsDrawnWhereItPointsAndItsMotionMakesPictures) {
  point_at(150, 100);
  const auto source = open(CursorMode::kDrawn);
  EXPECT_EQ(source->info().cursor, CursorMode::kDrawn);
  ASSERT_TRUE(next(*source));
  expect_red(48, 48, 56, 56);
  point_at(303, 200);
  ASSERT_TRUE(next(*source));
  expect_red(201, 148, 209, 156);
  EXPECT_EQ(source->wait_frame(MonotonicClock::now() + milliseconds(100), frame_), FrameStatus::kUnchanged)
      << "it rests";
}

TEST_F(X11CursorTest, IsCutAtTheEdgesAndLeaves) {
  const auto source = open(CursorMode::kDrawn);
  ASSERT_TRUE(next(*source));
  expect_red(0, 0, 0, 0);
  point_at(100, 50);
  ASSERT_TRUE(next(*source));
  expect_red(0, 0, kSide - kHot, kSide - kHot);
  point_at(419, 289);
  ASSERT_TRUE(next(*source));
  expect_red(317, 237, 320, 240);
  point_at(700, 500);
  ASSERT_TRUE(next(*source));
  expect_red(0, 0, 0, 0);
  point_at(710, 500);
  EXPECT_EQ(source->wait_frame(MonotonicClock::now() + milliseconds(100), frame_), FrameStatus::kUnchanged)
      << "it moves elsewhere";
}

TEST_F(X11CursorTest, IsAtTheRightPlaceOfAPartAndAfterTheWindowMoved) {
  point_at(200, 100);
  const auto source = open(CursorMode::kDrawn, {40, 20, 160, 120});
  ASSERT_TRUE(next(*source));
  EXPECT_EQ(frame_.size(), (FrameSize{160, 120}));
  expect_red(58, 28, 66, 36);
  window_.move(130, 60);
  point_at(201, 100);
  ASSERT_TRUE(next(*source));
  expect_red(29, 18, 37, 26);
}

}  // namespace
}  // namespace atl::capture
