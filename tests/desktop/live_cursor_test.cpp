// The pointer in a live game's pictures: as its profile says, and so its recordings' facts.
#include "envs/desktop/game/live_game.h"
#include "tests/display/xvfb.h"
#include "x11/connection.h"

#include <gtest/gtest.h>
#include <xcb/xcb.h>

#include <cstdlib>

namespace atl::envs::desktop {
namespace {

using namespace std::chrono_literals;

// All over the screen: a red square of 8x8 px that points by its left upper corner, which is at (100, 80).
void show_red_pointer(const x11::Connection& connection) {
  xcb_connection_t* c = connection.get();
  const xcb_pixmap_t shape = xcb_generate_id(c);
  xcb_create_pixmap(c, 1, shape, connection.root(), 8, 8);
  const xcb_gcontext_t context = xcb_generate_id(c);
  const std::uint32_t one = 1;
  xcb_create_gc(c, context, shape, XCB_GC_FOREGROUND, &one);
  const xcb_rectangle_t all{0, 0, 8, 8};
  xcb_poly_fill_rectangle(c, shape, context, 1, &all);
  const xcb_cursor_t cursor = xcb_generate_id(c);
  xcb_create_cursor(c, cursor, shape, shape, 0xffff, 0, 0, 0, 0, 0, 0, 0);
  xcb_change_window_attributes(c, connection.root(), XCB_CW_CURSOR, &cursor);
  xcb_warp_pointer(c, XCB_NONE, connection.root(), 0, 0, 0, 0, 100, 80);
  connection.sync();
}

int num_red(const Frame& frame) {
  int num = 0;
  for (int y = 0; y < frame.height_px; ++y) {
    for (int x = 0; x < frame.width_px; ++x) {
      const std::uint8_t* p = frame.view().row(y) + std::ptrdiff_t{kBytesPerPixel} * x;
      num += p[0] == 0 && p[1] == 0 && p[2] == 255;
    }
  }
  return num;
}

class LiveCursor : public testing::TestWithParam<const char*> {};

TEST_P(LiveCursor, IsInPicturesOnlyIfTheProfileSaysDrawn) {
  const tests::Xvfb xvfb;
  const x11::Connection connection(xvfb.display());
  setenv("DISPLAY", xvfb.display().c_str(), 1);
  GameProfile profile;
  profile.name = "stripes";
  profile.program.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_fickle_window"};
  profile.game.cursor = GetParam();
  EXPECT_EQ(source_facts(profile).cursor, GetParam());
  LiveGameConfig config;
  config.display = DisplayChoice::kDesktop;
  LiveGame world(profile, config);
  (void)world.reset(0, {});
  show_red_pointer(connection);
  // The game draws no more: the pointer that came makes a picture, or there is none.
  int red = 0;
  const bool is_drawn = profile.game.cursor == "drawn";
  const Timestamp deadline = MonotonicClock::now() + (is_drawn ? 10s : 1s);
  while (red == 0 && MonotonicClock::now() < deadline) {
    if (const auto frame = world.observe(MonotonicClock::now() + 100ms)) red = num_red(*frame);
  }
  EXPECT_EQ(red, is_drawn ? 64 : 0);
}

INSTANTIATE_TEST_SUITE_P(, LiveCursor, testing::Values("drawn", "not drawn", "hidden"));

}  // namespace
}  // namespace atl::envs::desktop
