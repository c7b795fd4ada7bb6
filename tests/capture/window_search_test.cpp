#include "capture/window_search.h"

#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace atl::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(WindowSearch, FindsByPidClassTitleAndTakesTheLargest) {
  const tests::Xvfb xvfb;
  const tests::TestWindow small(xvfb.display(), {0, 0, 100, 100}, "Small", "a small one");
  const tests::TestWindow large(xvfb.display(), {200, 50, 400, 300}, "Large", "a large one");
  const tests::TestWindow hidden(xvfb.display(), {0, 0, 20, 20}, "Tiny", "a helper");
  const auto by_pid = find_window(xvfb.display(), {.pid = getpid()});
  ASSERT_TRUE(by_pid);
  EXPECT_EQ(by_pid->id, large.id());
  EXPECT_EQ(by_pid->pid, getpid());
  EXPECT_EQ(by_pid->geometry, (WindowGeometry{200, 50, 400, 300}));
  EXPECT_EQ(find_window(xvfb.display(), {.window_class = "Small"})->id, small.id());
  EXPECT_EQ(find_window(xvfb.display(), {.title = "small"})->id, small.id());
  EXPECT_EQ(find_window(xvfb.display(), {.pid = getppid()})->id, large.id()) << "a child's window is its parent's too";
  EXPECT_FALSE(find_window(xvfb.display(), {.window_class = "Tiny"})) << "smaller than min_size";
  EXPECT_FALSE(find_window(xvfb.display(), {.pid = getpid(), .window_class = "Other"}));
}

TEST(WindowSearch, WaitsForAWindowThatOpensLater) {
  const tests::Xvfb xvfb;
  EXPECT_FALSE(wait_window(xvfb.display(), {.title = "late"}, MonotonicClock::now() + milliseconds(60)));
  std::unique_ptr<tests::TestWindow> late;
  std::thread opener([&] {
    late = std::make_unique<tests::TestWindow>(xvfb.display(), WindowGeometry{0, 0, 64, 64}, "T", "late");
  });
  const auto found = wait_window(xvfb.display(), {.title = "late"}, MonotonicClock::now() + seconds(10));
  opener.join();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, late->id());
}

TEST(WindowSearch, QueryInWords) {
  EXPECT_EQ(to_string(WindowQuery{.pid = 7, .title = "doom"}), "pid 7, title with \"doom\", at least 32x32 px");
}

}  // namespace
}  // namespace atl::capture
