#include "x11/connection.h"

#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"

#include <gtest/gtest.h>
#include <xcb/xcb.h>

#include <chrono>

namespace atl::x11 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kAtOnce = milliseconds(500);

class ConnectionTest : public testing::Test {
 protected:
  // All that the window told so far is out of the way, and seen to be.
  void SetUp() override {
    const std::uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    xcb_change_window_attributes(connection_.get(), window_.id(), XCB_CW_EVENT_MASK, &events);
    connection_.sync();
    while (connection_.poll_event()) {
    }
    while (connection_.wait_readable(MonotonicClock::now())) {
    }
  }

  tests::Xvfb server_;
  tests::TestWindow window_{server_.display(), {10, 10, 64, 48}};
  Connection connection_{server_.display()};
};

TEST_F(ConnectionTest, WaitsUntilTheServerSaysSomething) {
  const Timestamp start = MonotonicClock::now();
  EXPECT_FALSE(connection_.wait_readable(start + milliseconds(50)));
  EXPECT_GE(MonotonicClock::now() - start, milliseconds(50));
  window_.move(20, 20);
  EXPECT_TRUE(connection_.wait_readable(MonotonicClock::now() + seconds(10)));
  EXPECT_EQ(connection_.poll_event().type(), XCB_CONFIGURE_NOTIFY);
}

TEST_F(ConnectionTest, DoesNotSleepBesideAnEventThatCameWithAnAnswer) {
  window_.move(20, 20);
  connection_.sync();  // reads the event along with its answer: nothing is left to become readable
  const Timestamp start = MonotonicClock::now();
  EXPECT_TRUE(connection_.wait_readable(start + seconds(10)));
  EXPECT_LT(MonotonicClock::now() - start, kAtOnce);
  EXPECT_EQ(connection_.poll_event().type(), XCB_CONFIGURE_NOTIFY);
  EXPECT_FALSE(connection_.wait_readable(MonotonicClock::now()));
}

TEST_F(ConnectionTest, DoesNotSleepBesideAnAnswerThatCameWithAnEvent) {
  const auto asked = xcb_get_input_focus(connection_.get());
  xcb_flush(connection_.get());
  window_.move(20, 20);
  while (!connection_.poll_event()) ASSERT_TRUE(connection_.wait_readable(MonotonicClock::now() + seconds(10)));
  const Timestamp start = MonotonicClock::now();
  EXPECT_TRUE(connection_.wait_readable(start + seconds(10)));
  EXPECT_LT(MonotonicClock::now() - start, kAtOnce);
  const Owned<xcb_get_input_focus_reply_t> answer(xcb_get_input_focus_reply(connection_.get(), asked, nullptr));
  EXPECT_TRUE(answer);
  EXPECT_FALSE(connection_.wait_readable(MonotonicClock::now()));
}

TEST_F(ConnectionTest, TellsWhatWasReadOnce) {
  window_.move(20, 20);
  connection_.sync();
  EXPECT_TRUE(connection_.has_read());
  EXPECT_FALSE(connection_.has_read());
  EXPECT_EQ(connection_.poll_event().type(), XCB_CONFIGURE_NOTIFY);  // still there for whoever asks
}

}  // namespace
}  // namespace atl::x11
