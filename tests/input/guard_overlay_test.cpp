// The words on the screen about who has control: there, true, in nobody's way, and in no capture.
#include "input/guard_overlay.h"

#include "capture/x11_window.h"
#include "tests/children_of.h"
#include "tests/display/person.h"
#include "tests/input/guard_fixture.h"
#include "x11/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <cstring>

namespace atl::input {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using x11::Owned;

TEST(OverlayWords, NameWhoHasControlAndHowToStop) {
  GuardSettings settings;
  const auto first = [&](GuardState state) { return overlay_words(settings, state).lines.at(0).text; };
  const auto second = [&](GuardState state) { return overlay_words(settings, state).lines.at(1).text; };
  EXPECT_EQ(first(GuardState::kArmed), "AGENT PLAYS");
  EXPECT_EQ(second(GuardState::kArmed), "F12 STOPS IT");
  EXPECT_EQ(first(GuardState::kHuman), "YOU PLAY (AGENT WAITS)");
  EXPECT_EQ(first(GuardState::kKilled), "STOPPED");
  EXPECT_EQ(second(GuardState::kKilled), "EMERGENCY STOP (F12)");
  EXPECT_EQ(second(GuardState::kUnfocused), "WINDOW NOT FOCUSED");
  settings.origin = Origin::kExpert;
  settings.kill_key = control_named("f9");
  settings.human_idle = milliseconds(1500);
  EXPECT_EQ(first(GuardState::kArmed), "EXPERT PLAYS");
  EXPECT_EQ(second(GuardState::kArmed), "F9 STOPS IT");
  EXPECT_EQ(second(GuardState::kHuman), "HANDS OFF 1.5 S: IT GOES ON");
}

// Looks at the screen as any client can.
class Screen {
 public:
  explicit Screen(const std::string& display) : connection_(display) {}

  // Windows that no window manager frames; at most one in these tests.
  std::optional<WindowGeometry> overlay() {
    xcb_connection_t* c = connection_.get();
    const Owned<xcb_query_tree_reply_t> tree(xcb_query_tree_reply(c, xcb_query_tree(c, connection_.root()), nullptr));
    for (int i = 0; i < xcb_query_tree_children_length(tree.get()); ++i) {
      const xcb_window_t window = xcb_query_tree_children(tree.get())[i];
      const Owned<xcb_get_window_attributes_reply_t> attributes(
          xcb_get_window_attributes_reply(c, xcb_get_window_attributes(c, window), nullptr));
      const Owned<xcb_get_geometry_reply_t> place(xcb_get_geometry_reply(c, xcb_get_geometry(c, window), nullptr));
      if (!attributes || !place || attributes->override_redirect == 0) continue;
      if (attributes->map_state == XCB_MAP_STATE_VIEWABLE) {
        return WindowGeometry{place->x, place->y, place->width, place->height};
      }
    }
    return std::nullopt;
  }
  std::uint32_t pixel(int x, int y) {
    xcb_connection_t* c = connection_.get();
    const auto cookie = xcb_get_image(c, XCB_IMAGE_FORMAT_Z_PIXMAP, connection_.root(), static_cast<std::int16_t>(x),
                                      static_cast<std::int16_t>(y), 1, 1, ~0U);
    const Owned<xcb_get_image_reply_t> image(xcb_get_image_reply(c, cookie, nullptr));
    std::uint32_t word = 0;
    if (image) std::memcpy(&word, xcb_get_image_data(image.get()), sizeof word);
    return word & 0xffffff;
  }

 private:
  x11::Connection connection_;
};

class GuardOnScreen : public Guard {
 protected:
  GuardOnScreen() : game_(xvfb_.display(), {0, 0, 1280, 720}), screen_(xvfb_.display()) { game_.focus(); }

  GuardSettings shown() const {
    GuardSettings made = settings();
    made.window = game_.id();
    made.show_control = true;
    return made;
  }
  // Until the words for `state` are to be seen: their ground, beside the letters.
  bool shows(GuardState state, const GuardSettings& settings) {
    return eventually([&] {
      const auto place = screen_.overlay();
      return place && screen_.pixel(place->x_px + 2, place->y_px + 2) == overlay_words(settings, state).ground_rgb;
    });
  }

  tests::TestWindow game_;  // over the whole screen: every corner is over it
  Screen screen_;
};

TEST_F(GuardOnScreen, TellsWhoHasControlUntilTheGuardEnds) {
  tests::Person person(xvfb_.display());
  const GuardSettings settings = shown();
  {
    GuardClient guard(settings);
    EXPECT_TRUE(shows(GuardState::kArmed, settings));
    person.press(control_named("a"));
    EXPECT_TRUE(shows(GuardState::kHuman, settings));
    person.release(control_named("a"));
    window_.focus();
    guard.rearm();
    EXPECT_TRUE(shows(GuardState::kUnfocused, settings));
    game_.focus();
    EXPECT_TRUE(shows(GuardState::kArmed, settings));
    person.press(control_named("f12"));
    person.release(control_named("f12"));
    EXPECT_TRUE(shows(GuardState::kKilled, settings));
  }
  EXPECT_TRUE(shows(GuardState::kKilled, settings)) << "the session ended at once, the words may be read a while";
  EXPECT_TRUE(eventually([&] { return !screen_.overlay(); })) << "and then they go";
}

TEST_F(GuardOnScreen, TakesNeitherFocusNorClicks) {
  tests::Person person(xvfb_.display());
  const GuardSettings settings = shown();
  GuardSettings clicks = settings;
  clicks.allow_pointer = true;
  clicks.human_takeover = false;
  GuardClient guard(clicks);
  ASSERT_TRUE(shows(GuardState::kArmed, settings));
  const WindowGeometry place = screen_.overlay().value();
  Action action = holding({"mouse_left", "w"});
  action.pointer = PointerPosition{place.x_px + place.width_px / 2, place.y_px + place.height_px / 2};
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, {action}));
  ASSERT_TRUE(eventually([&] { return guard.status().counts.chunk_ends == 1 && watcher_.is_clear(); }));
  EXPECT_EQ(guard.status().state, GuardState::kArmed);
  EXPECT_EQ(guard.status().counts.presses_outside, 0U) << "the click reaches the game through the words";
  EXPECT_EQ(game_.received().size(), 4U) << "w and the button, down and up";
}

TEST_F(GuardOnScreen, StaysAboveOtherWindowsAndOutOfTheCapture) {
  const GuardSettings settings = shown();
  Frame red = make_frame({1280, 720});
  for (std::size_t i = 0; i < red.pixels.size(); i += 4) red.pixels[i + 2] = 200;
  game_.put(red.view());
  const auto source = capture::create_x11_window_source({.display = xvfb_.display(), .window = game_.id()});
  GuardClient guard(settings);
  ASSERT_TRUE(shows(GuardState::kArmed, settings));
  const WindowGeometry place = screen_.overlay().value();
  game_.raise();
  const auto ground = overlay_words(settings, GuardState::kArmed).ground_rgb;
  EXPECT_TRUE(eventually([&] { return screen_.pixel(place.x_px + 2, place.y_px + 2) == ground; }));
  game_.put(red.view());
  Frame seen;
  ASSERT_EQ(source->wait_frame(MonotonicClock::now() + seconds(5), seen), capture::FrameStatus::kFrame);
  ASSERT_EQ(seen.pixels.size(), red.pixels.size());
  for (std::size_t i = 0; i < seen.pixels.size(); i += 4) ASSERT_EQ(seen.pixels[i + 2], 200) << "pixel " << i / 4;
}

TEST_F(GuardOnScreen, MayDieWithoutHarmToTheGuard) {
  const GuardSettings settings = shown();
  GuardClient guard(settings);
  ASSERT_TRUE(shows(GuardState::kArmed, settings));
  const std::vector<pid_t> children = tests::children_of(guard.pid());
  ASSERT_EQ(children.size(), 2U) << "the twin, then the words";
  kill(children[1], SIGKILL);
  ASSERT_TRUE(eventually([&] { return !screen_.overlay(); }));
  window_.focus();
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kUnfocused; }));
  game_.focus();
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kArmed; }));
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, {holding({"w"})}));
  EXPECT_TRUE(eventually([&] { return guard.status().counts.chunk_ends == 1; }));
}

}  // namespace
}  // namespace atl::input
