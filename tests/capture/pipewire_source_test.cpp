// Pictures of a real Wayland desktop: a window that draws its counter under sway, seen through the portal and PipeWire.
#include "capture/pipewire_source.h"

#include "capture/counter_picture.h"
#include "capture/freeze_watch.h"
#include "core/error.h"
#include "tests/capture/counter_window.h"
#include "tests/capture/wayland_desktop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>

namespace atl::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kHeartbeat = milliseconds(100);

class PortalSource : public testing::Test {
 protected:
  static Timestamp in(Duration d) { return MonotonicClock::now() + d; }

  void open(PortalConfig config = {}) {
    config.bus = desktop_.bus();
    source_ = create_portal_source(config);
    last_counter_ = -1;
    next_sequence_ = 0;
  }

  FrameStatus step() {
    const FrameStatus status = source_->wait_frame(in(kHeartbeat), frame_);
    if (status == FrameStatus::kFrame) {
      EXPECT_EQ(frame_.sequence, next_sequence_++);
      EXPECT_EQ(frame_.size(), (FrameSize{640, 480}));
      EXPECT_LE(frame_.requested, frame_.done);
      if (const auto counter = read_counter(frame_.view())) {
        EXPECT_GE(static_cast<std::int64_t>(*counter), last_counter_) << "an old picture";
        last_counter_ = *counter;
        ++num_read_;
      } else if (num_read_ > 0) {
        ++num_torn_;
      }
    }
    watch_.see(status, frame_, source_->info(), MonotonicClock::now());
    return status;
  }

  [[nodiscard]] bool comes(const std::function<bool()>& what) {
    for (const Timestamp deadline = in(seconds(20)); MonotonicClock::now() < deadline;) {
      step();
      if (what()) return true;
    }
    return false;
  }
  [[nodiscard]] bool runs(int num = 10) {
    const int until = num_read_ + num;
    return comes([&] { return num_read_ >= until; });
  }

  tests::WaylandDesktop desktop_;
  tests::CounterWindow window_{{.size = {640, 480}, .rate_hz = 30.0, .environment = desktop_.environment()}};
  std::unique_ptr<FrameSource> source_;
  FreezeWatch watch_;
  Frame frame_;
  std::uint64_t next_sequence_ = 0;
  std::int64_t last_counter_ = -1;
  int num_read_ = 0;
  int num_torn_ = 0;
};

TEST_F(PortalSource, PicturesCountUpAreWholeAndStopWithTheWindow) {
  open();
  ASSERT_TRUE(runs(60));
  EXPECT_EQ(num_torn_, 0);
  window_.tell("still");
  ASSERT_TRUE(comes([&] { return watch_.health().state == PictureState::kStill; }));
  const std::uint64_t before = next_sequence_;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(step(), FrameStatus::kUnchanged);
  EXPECT_EQ(next_sequence_, before) << "nothing was drawn";
  window_.tell("draw");
  EXPECT_TRUE(runs());
  EXPECT_EQ(source_->info().num_frames, next_sequence_);
  EXPECT_EQ(num_torn_, 0);
}

TEST_F(PortalSource, PermissionIsKeptInItsFileAndUsedAgain) {
  const std::filesystem::path token = desktop_.folder() / "token";
  open({.token_file = token});
  ASSERT_TRUE(runs());
  const std::string first = read_text_file(token);
  EXPECT_GT(first.size(), 8U);
  source_.reset();
  open({.token_file = token});
  EXPECT_TRUE(runs());
  EXPECT_GT(read_text_file(token).size(), 8U);
}

TEST_F(PortalSource, RateIsCappedAndTheNewestPictureWins) {
  open({.max_rate_hz = 10.0});
  ASSERT_TRUE(runs());
  const std::uint64_t before = next_sequence_;
  const Timestamp begin = MonotonicClock::now();
  while (MonotonicClock::now() - begin < seconds(1)) step();
  EXPECT_LE(next_sequence_ - before, 12U);
  EXPECT_GE(next_sequence_ - before, 3U);
}

TEST_F(PortalSource, DaemonThatDoesNotAnswerIsFrozenWithinASecondAndItsEndIsTold) {
  open();
  ASSERT_TRUE(runs());
  desktop_.send_signal("pipewire", SIGSTOP);
  const Timestamp stopped = MonotonicClock::now();
  ASSERT_TRUE(comes([&] { return watch_.health().state == PictureState::kFrozen; }));
  EXPECT_LE(to_seconds(MonotonicClock::now() - stopped), 1.2);
  desktop_.send_signal("pipewire", SIGCONT);
  ASSERT_TRUE(runs());
  desktop_.send_signal("pipewire", SIGKILL);
  EXPECT_TRUE(comes([&] { return watch_.health().state == PictureState::kGone; }));
}

TEST_F(PortalSource, EndOfThePortalsStreamIsGone) {
  open();
  ASSERT_TRUE(runs());
  desktop_.send_signal("xdg-desktop-portal-wlr", SIGKILL);
  EXPECT_TRUE(comes([&] { return watch_.health().state == PictureState::kGone; }));
}

TEST_F(PortalSource, CursorModeIsTheOneThatWasAskedFor) {
  const std::filesystem::path log = desktop_.folder() / "xdg-desktop-portal-wlr.log";
  open();
  EXPECT_EQ(source_->info().cursor, CursorMode::kNotDrawn);
  EXPECT_THAT(read_text_file(log), testing::HasSubstr("cursor_mode:1"));
  source_.reset();
  open({.cursor = CursorMode::kDrawn});
  EXPECT_EQ(source_->info().cursor, CursorMode::kDrawn);
  EXPECT_THAT(read_text_file(log), testing::HasSubstr("cursor_mode:2"));
  EXPECT_TRUE(runs());
}

TEST_F(PortalSource, WhatIsNotOfferedIsNamed) {
  EXPECT_THAT([&] { open({.content = PortalContent::kWindow}); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("does not show windows (it offers 0x1")));
}

TEST_F(PortalSource, APortalWithoutItsDesktopsPartIsNamedWithWhatToDo) {
  desktop_.send_signal("xdg-desktop-portal-wlr", SIGKILL);
  EXPECT_THAT([&] { open(); }, testing::ThrowsMessage<Error>(testing::HasSubstr("its part for this desktop")));
}

TEST(PortalMissing, BusPortalOrScreenCastIsNamedWithWhatToDo) {
  EXPECT_THAT([] { (void)create_portal_source({.bus = "unix:path=/nonexistent/bus"}); },
              testing::ThrowsMessage<Error>(testing::AllOf(testing::HasSubstr("/nonexistent/bus"),
                                                           testing::HasSubstr("running desktop session"))));
  const tests::WaylandDesktop no_portal({.portal = false});
  EXPECT_THAT([&] { (void)create_portal_source({.bus = no_portal.bus()}); },
              testing::ThrowsMessage<Error>(testing::AllOf(testing::HasSubstr("no desktop portal"),
                                                           testing::HasSubstr("install xdg-desktop-portal"))));
  const tests::WaylandDesktop no_screencast({.screencast = false});
  EXPECT_THAT([&] { (void)create_portal_source({.bus = no_screencast.bus()}); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("offers no ScreenCast")));
  EXPECT_THAT([] { (void)create_pipewire_source({.node = 1, .name = "a node"}); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("cannot connect to PipeWire for a node")));
}

}  // namespace
}  // namespace atl::capture

int main(int argc, char** argv) {
  atl::tests::become_user();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
