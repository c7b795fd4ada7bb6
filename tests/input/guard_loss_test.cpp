// What goes away under a session: the window, the guard itself. Deaths by the dozen: guard_death_test.cpp.
#include "input/guard_process.h"
#include "tests/input/guard_fixture.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <xcb/xcb.h>

#include <thread>

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

// The twin must not take the first press after an idle spell for one that a hung guard left down.
TEST_F(GuardLoss, PlanIsToldBeforeItsFirstPress) {
  const auto [session_end, guard_end] = create_socket_pair();
  MessageSocket session(session_end, 64);
  MessageSocket served(guard_end, 64);
  PressedKeys pressed;
  GuardProcess guard(served, settings(), pressed);
  std::thread server([&] { guard.run(); });
  const auto wait_state = [&](GuardState state) {
    return eventually([&] {
      const auto message = session.poll_receive();
      const auto* change = message ? std::get_if<StateChange>(&*message) : nullptr;
      return change != nullptr && change->state == state;
    });
  };
  EXPECT_TRUE(wait_state(GuardState::kArmed));

  // While another client has the server to itself, the guard's turn ends in the question whether a click would reach
  // the window: after the press of w, before it goes to sleep.
  const x11::Connection other(xvfb_.display());
  xcb_grab_server(other.get());
  other.sync();
  const Timestamp asked = MonotonicClock::now();
  session.send(chunk(0, asked, std::vector<Action>(50, holding({"w", "mouse_left"}))));
  EXPECT_TRUE(eventually([&] { return pressed.any(); }));
  EXPECT_GE(from_ns(pressed.planned_until_ns.load()), asked);
  xcb_ungrab_server(other.get());
  other.sync();
  session.send(StopMessage{});
  EXPECT_TRUE(eventually([&] { return !pressed.any(); }));
  shutdown(session.fd(), SHUT_RDWR);
  server.join();
}

TEST_F(GuardLoss, DeadGuardIsReported) {
  GuardClient guard(settings());
  kill(guard.pid(), SIGKILL);
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kLost; }));
  EXPECT_THROW(guard.schedule(chunk(0, MonotonicClock::now(), {Action{}})), Error);
}

}  // namespace
}  // namespace atl::input
