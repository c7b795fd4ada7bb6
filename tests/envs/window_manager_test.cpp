// The program atoll_playhouse beside a window manager, as on people's desktops: openbox, which tools/setup.sh installs.
#include "core/files.h"
#include "envs/desktop/game/child_process.h"
#include "tests/display/openbox.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"
#include "tests/envs/window_hands.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace atl::envs::desktop {
namespace {

using tests::comes_true;
using tests::Openbox;
using tests::OwnWindow;
using tests::presses_of;
using tests::sum_of;
using tests::tap_key;
using tests::Xvfb;

constexpr FrameSize kScreen{1280, 720};
constexpr WindowGeometry kWholeScreen{0, 0, kScreen.width_px, kScreen.height_px};
constexpr FrameSize kWindow{672, 580};  // the house, and the strip

// A screen that a window manager looks after, and Playhouse's window on it.
class Managed : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("openbox", {})) GTEST_SKIP() << "openbox is not installed; tools/setup.sh installs it";
    manager_.emplace(screen_.display());
    ASSERT_TRUE(x11::has_window_manager(connection_));
    sink_ = input::create_x11_sink({.display = screen_.display()});
  }

  void open(std::vector<std::string> flags) {
    flags.insert(flags.end(), {"--seed", "5", "--task", "go to"});
    own_ = std::make_unique<OwnWindow>(screen_.display(), folder_.path(), flags);
    ASSERT_TRUE(own_->window());
  }

  [[nodiscard]] WindowGeometry area() const {
    return x11::client_area(connection_, own_->window()->id).value_or(WindowGeometry{});
  }
  [[nodiscard]] bool is_in_window() const {
    return area().width_px == kWindow.width_px && area().height_px == kWindow.height_px;
  }
  [[nodiscard]] bool has_focus() const { return x11::has_focus(connection_, own_->window()->id); }
  [[nodiscard]] bool has_pointer() const { return x11::is_pointer_over(connection_, own_->window()->id); }

  void turn(int dx) const {
    Action action;
    action.dx = dx;
    sink_->send(expand(action, {}, MonotonicClock::now(), Origin::kAgent));
  }
  // Leaves the episode, whose log is told.
  [[nodiscard]] LoggedEpisode finish_episode() const {
    const std::size_t num_before = own_->episodes().size();
    tap_key(*sink_, "f2");
    EXPECT_TRUE(comes_true([&] { return own_->episodes().size() > num_before; }));
    return own_->episodes().back();
  }

  const Xvfb screen_{kScreen};
  const TemporaryFolder folder_;
  const x11::Connection connection_{screen_.display()};
  std::optional<Openbox> manager_;
  std::unique_ptr<OwnWindow> own_;
  std::unique_ptr<input::InputSink> sink_;
};

TEST_F(Managed, FullscreenFillsTheScreenAndLeavesItAgain) {
  open({"--fullscreen"});
  EXPECT_TRUE(comes_true([&] { return area() == kWholeScreen && has_focus(); }));
  tap_key(*sink_, "f11");
  EXPECT_TRUE(comes_true([&] { return is_in_window() && has_focus(); }));
  EXPECT_GT(area().y_px, 0) << "below its title";
  tap_key(*sink_, "f11");
  EXPECT_TRUE(comes_true([&] { return area() == kWholeScreen && has_focus(); }));
  EXPECT_EQ(own_->stop().code, 0);
}

TEST_F(Managed, TheMouseStaysInTheWindowUntilItIsLetGo) {
  open({});
  ASSERT_TRUE(comes_true([&] { return is_in_window() && has_focus(); }));
  // Farther than the screen is wide, each time: the pointer stays, the view turns.
  SystemClock clock;
  for (int i = 0; i < 8; ++i) {
    turn(400);
    clock.sleep_until(clock.now() + std::chrono::milliseconds(50));
    EXPECT_TRUE(has_pointer());
  }
  EXPECT_GT(sum_of(finish_episode(), &playhouse::TickInput::dx), kScreen.width_px);
  tap_key(*sink_, "f10");
  EXPECT_TRUE(comes_true([&] {
    turn(400);
    return !has_pointer();
  }));
  tap_key(*sink_, "f10");
  EXPECT_TRUE(comes_true([&] {
    turn(-100);
    return has_pointer();
  }));
  EXPECT_EQ(own_->stop().code, 0);
}

TEST_F(Managed, AnotherWindowsFocusLetsTheMouseGoAndItsEndTakesItAgain) {
  open({});
  ASSERT_TRUE(comes_true([&] { return is_in_window() && has_focus(); }));
  {
    const tests::TestWindow other(screen_.display(), {20, 20, 100, 80});
    ASSERT_TRUE(comes_true([&] {
      x11::focus_window(connection_, other.id());
      return x11::has_focus(connection_, other.id());
    }));
    EXPECT_TRUE(comes_true([&] {
      turn(400);
      return !has_pointer();
    }));
    tap_key(*sink_, "q");
  }
  EXPECT_TRUE(comes_true([&] { return has_focus(); }));
  EXPECT_TRUE(comes_true([&] {
    turn(-100);
    return has_pointer();
  }));
  EXPECT_EQ(presses_of(finish_episode(), playhouse::kRotate), 0) << "that key was the other window's";
  EXPECT_EQ(own_->stop().code, 0);
}

}  // namespace
}  // namespace atl::envs::desktop
