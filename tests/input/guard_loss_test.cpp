// What goes away under a session: the window, the guard itself. Deaths by the dozen: guard_death_test.cpp.
#include "tests/input/guard_fixture.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace atl::input {
namespace {

using GuardLoss = Guard;
using std::chrono::milliseconds;

TEST_F(GuardLoss, ClosingTheWindowEndsInjection) {
  GuardClient guard(settings());
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, std::vector<Action>(50, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  window_.destroy();
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kWindowGone; }));
  EXPECT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  guard.rearm();
  SystemClock().sleep_until(MonotonicClock::now() + milliseconds(20));
  EXPECT_EQ(guard.status().state, GuardState::kWindowGone);
}

TEST_F(GuardLoss, HungGuardIsRelievedByItsTwin) {
  GuardClient guard(settings());
  const Timestamp start = MonotonicClock::now();
  guard.schedule(chunk(0, start, std::vector<Action>(10, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  kill(guard.pid(), SIGSTOP);
  EXPECT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  EXPECT_LT(MonotonicClock::now(), start + 10 * kStep + milliseconds(150));
  kill(guard.pid(), SIGCONT);
}

TEST_F(GuardLoss, DeadGuardIsReported) {
  GuardClient guard(settings());
  kill(guard.pid(), SIGKILL);
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kLost; }));
  EXPECT_THROW(guard.schedule(chunk(0, MonotonicClock::now(), {Action{}})), Error);
}

}  // namespace
}  // namespace atl::input
