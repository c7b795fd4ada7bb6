// Windows of a real program (SDL, as games have) that is stopped, hangs, is minimised, closed and opened again.
#include "capture/counter_picture.h"
#include "capture/freeze_watch.h"
#include "capture/reopening.h"
#include "capture/window_search.h"
#include "capture/x11_window.h"
#include "core/error.h"
#include "tests/capture/counter_window.h"
#include "tests/display/openbox.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <xcb/xcb.h>

#include <functional>
#include <string>
#include <vector>

namespace atl::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kHeartbeat = milliseconds(100);
constexpr FrameSize kSize{320, 240};

class ProgramWindow : public testing::Test {
 protected:
  static Timestamp in(Duration d) { return MonotonicClock::now() + d; }

  void start(const std::string& title = "counter") {
    program_ = std::make_unique<tests::CounterWindow>(tests::CounterWindowConfig{
        .size = kSize,
        .title = title,
        .environment = {"DISPLAY=" + xvfb_.display(), "SDL_VIDEODRIVER=x11", "SDL_AUDIODRIVER=dummy"}});
  }

  std::uint32_t window() {
    const auto match = wait_window(xvfb_.display(), {.pid = program_->pid()}, in(seconds(10)));
    ATOLL_CHECK(match.has_value(), "counter_program has no window");
    return match->id;
  }

  void open() { source_ = create_x11_window_source({.display = xvfb_.display(), .window = window()}); }

  void open_reopening(const WindowQuery& query, Duration gone_after = seconds(30)) {
    source_ =
        create_reopening_source({.query = query, .window = {.display = xvfb_.display()}, .gone_after = gone_after});
  }

  // One heartbeat; pictures are judged: whole, newer than all before, numbered without gaps.
  FrameStatus step() {
    const FrameStatus status = source_->wait_frame(in(kHeartbeat), frame_);
    if (status == FrameStatus::kFrame) {
      EXPECT_EQ(frame_.sequence, next_sequence_++);
      const auto counter = read_counter(frame_.view());
      if (counter) {
        EXPECT_GE(static_cast<std::int64_t>(*counter), last_counter_);
        last_counter_ = *counter;
      } else if (!may_be_black_) {
        ADD_FAILURE() << "a torn picture of " << frame_.width_px << "x" << frame_.height_px;
      }
    }
    watch_.see(status, frame_, source_->info(), MonotonicClock::now());
    return status;
  }

  [[nodiscard]] bool comes(const std::function<bool()>& what, Duration within = seconds(10)) {
    for (const Timestamp deadline = in(within); MonotonicClock::now() < deadline;) {
      step();
      if (what()) return true;
    }
    return false;
  }
  [[nodiscard]] bool comes(PictureState state, Duration within = seconds(10)) {
    return comes([&] { return watch_.health().state == state; }, within);
  }
  // Takes `num` more pictures.
  [[nodiscard]] bool runs(int num = 10) {
    const std::uint64_t until = next_sequence_ + static_cast<std::uint64_t>(num);
    return comes([&] { return next_sequence_ >= until; });
  }

  tests::Xvfb xvfb_;
  std::unique_ptr<tests::CounterWindow> program_;
  std::unique_ptr<FrameSource> source_;
  FreezeWatch watch_;
  Frame frame_;
  std::uint64_t next_sequence_ = 0;
  std::int64_t last_counter_ = -1;
  bool may_be_black_ = false;
};

TEST_F(ProgramWindow, StoppedIsToldWithinASecondAndGoesOn) {
  start();
  open();
  ASSERT_TRUE(runs());
  EXPECT_EQ(source_->info().program, ProgramState::kRunning);
  EXPECT_EQ(source_->info().pid, program_->pid());
  program_->send_signal(SIGSTOP);
  const Timestamp stopped = MonotonicClock::now();
  ASSERT_TRUE(comes(PictureState::kFrozen));
  EXPECT_LE(to_seconds(MonotonicClock::now() - stopped), 1.0);
  EXPECT_EQ(source_->info().program, ProgramState::kStopped);
  EXPECT_THAT(describe(watch_.health(), MonotonicClock::now()), testing::HasSubstr("is stopped"));
  program_->send_signal(SIGCONT);
  EXPECT_TRUE(comes(PictureState::kLive));
  EXPECT_TRUE(runs());
}

TEST_F(ProgramWindow, HangIsToldWithinASecondByItsUnansweredPings) {
  start();
  open();
  ASSERT_TRUE(runs());
  program_->tell("hang");
  const Timestamp hung = MonotonicClock::now();
  ASSERT_TRUE(comes(PictureState::kFrozen));
  EXPECT_LE(to_seconds(MonotonicClock::now() - hung), 1.2) << "0.75 s after its last picture, and a heartbeat";
  EXPECT_EQ(source_->info().program, ProgramState::kSilent);
}

TEST_F(ProgramWindow, AStillPictureOfARunningProgramIsNotCalledFrozen) {
  start();
  open();
  ASSERT_TRUE(runs());
  program_->tell("still");
  ASSERT_TRUE(comes(PictureState::kStill));
  for (int i = 0; i < 15; ++i) {
    step();
    ASSERT_EQ(watch_.health().state, PictureState::kStill) << describe(watch_.health(), in({}));
  }
  program_->tell("draw");
  EXPECT_TRUE(comes(PictureState::kLive));
}

TEST_F(ProgramWindow, ABlackPictureIsToldThoughTheProgramDraws) {
  start();
  open();
  ASSERT_TRUE(runs());
  may_be_black_ = true;
  program_->tell("black");
  EXPECT_TRUE(comes(PictureState::kBlank));
  program_->tell("draw");
  EXPECT_TRUE(comes(PictureState::kLive));
}

TEST_F(ProgramWindow, MinimisedThroughAWindowManagerIsHiddenAndComesBack) {
  const tests::Openbox manager(xvfb_.display());
  start();
  open();
  ASSERT_TRUE(runs());
  program_->tell("minimise");
  ASSERT_TRUE(comes(PictureState::kHidden));
  const std::uint64_t before = next_sequence_;
  for (int i = 0; i < 5; ++i) step();
  EXPECT_EQ(next_sequence_, before) << "pictures of a minimised window";
  program_->tell("restore");
  ASSERT_TRUE(comes(PictureState::kLive));
  EXPECT_TRUE(runs());
}

TEST_F(ProgramWindow, NoPictureOfASizeThatTheProgramHasNotDrawn) {
  start();
  open();
  ASSERT_TRUE(runs());
  program_->send_signal(SIGSTOP);
  ASSERT_TRUE(comes(PictureState::kFrozen));
  const x11::Connection connection(xvfb_.display());
  const std::uint32_t size[] = {480, 360};
  xcb_configure_window(connection.get(), source_->info().window_id, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT,
                       size);
  connection.sync();
  const std::uint64_t before = next_sequence_;
  for (int i = 0; i < 10; ++i) step();  // longer than pixels are taken for drawn in a running program
  EXPECT_EQ(next_sequence_, before) << "pixels that nobody drew";
  program_->send_signal(SIGCONT);
  ASSERT_TRUE(comes([&] { return frame_.size() == FrameSize{480, 360}; }));
  EXPECT_TRUE(runs());
}

TEST_F(ProgramWindow, NoPictureOfWhatCoversAWindowThatWasJustFound) {
  start();
  const std::uint32_t found = window();
  program_->send_signal(SIGSTOP);
  tests::TestWindow cover(xvfb_.display(), {0, 0, 200, 200});  // over a corner of it
  std::vector<std::uint8_t> grey(200 * 200 * 4, 0x80);
  cover.put({grey.data(), 200, 200, 800});
  source_ = create_x11_window_source({.display = xvfb_.display(), .window = found});
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(next_sequence_, 0U) << "its pixels are those of the window over it";
  program_->send_signal(SIGCONT);
  EXPECT_TRUE(runs());
}

TEST_F(ProgramWindow, ClosedAndOpenedAgainGoesOnWithTheNewWindow) {
  start();
  open_reopening({.pid = program_->pid()});
  ASSERT_TRUE(runs());
  const std::uint32_t first = source_->info().window_id;
  for (unsigned i = 1; i <= 3; ++i) {
    program_->tell("reopen");
    ASSERT_TRUE(comes([&] { return source_->info().num_reopened == i; }));
    ASSERT_TRUE(runs());
  }
  const SourceInfo info = source_->info();
  EXPECT_NE(info.window_id, 0U);
  EXPECT_EQ(info.num_frames, next_sequence_);
  EXPECT_TRUE(info.window_id != first || info.num_reopened == 3);
}

TEST_F(ProgramWindow, StartedAgainItIsFoundByItsTitle) {
  start("the one");
  open_reopening({.title = "the one"});
  ASSERT_TRUE(runs());
  program_->end();
  ASSERT_TRUE(comes(PictureState::kHidden));
  start("the one");
  last_counter_ = -1;
  ASSERT_TRUE(comes(PictureState::kLive));
  EXPECT_TRUE(runs());
  EXPECT_EQ(source_->info().num_reopened, 1U);
  EXPECT_EQ(source_->info().pid, program_->pid());
}

// Two terminals: what is done in the second is nobody's business when the first is closed.
TEST_F(ProgramWindow, AWindowThatWasOpenBesideItOrIsAnotherProgramsDoesNotTakeItsPlace) {
  const auto open = [&] {
    return std::make_unique<tests::TestWindow>(xvfb_.display(), WindowGeometry{0, 0, 200, 200}, "Terminal");
  };
  auto first = open();
  const auto before = open();
  const WindowQuery query{.window_class = "Terminal"};
  const auto source = create_reopening_source({.query = query,
                                               .window = {.display = xvfb_.display(), .window = first->id()},
                                               .gone_after = seconds(30),
                                               .only_new = true});
  const auto look = [&] { return source->wait_frame(in(milliseconds(300)), frame_); };
  (void)look();
  const std::uint32_t id = first->id();
  EXPECT_EQ(source->info().window_id, id);
  first->unmap();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(look(), FrameStatus::kHidden);
  EXPECT_EQ(source->info().window_id, id) << "it is only hidden";
  first->map();
  first.reset();
  for (int i = 0; i < 3; ++i) EXPECT_NE(look(), FrameStatus::kFrame);
  EXPECT_EQ(source->info().window_id, 0U);
  first = open();
  (void)look();
  EXPECT_EQ(source->info().window_id, first->id());
  EXPECT_EQ(source->info().num_reopened, 1U);
}

TEST_F(ProgramWindow, EndedItIsGoneAndWithoutAWindowForLongToo) {
  start();
  open_reopening({.pid = program_->pid()});
  ASSERT_TRUE(runs());
  program_->end();
  EXPECT_TRUE(comes(PictureState::kGone));
  open_reopening({.title = "no such window"}, milliseconds(200));
  EXPECT_TRUE(comes(PictureState::kGone));
}

TEST_F(ProgramWindow, DisplayThatDoesNotAnswerIsFrozenWithinASecond) {
  start();
  open();
  ASSERT_TRUE(runs());
  kill(xvfb_.pid(), SIGSTOP);
  const Timestamp stopped = MonotonicClock::now();
  ASSERT_TRUE(comes(PictureState::kFrozen));
  EXPECT_LE(to_seconds(MonotonicClock::now() - stopped), 1.0);
  kill(xvfb_.pid(), SIGCONT);
  EXPECT_TRUE(comes(PictureState::kLive));
}

}  // namespace
}  // namespace atl::capture
