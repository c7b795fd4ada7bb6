// The focus goes to another window while the guard presses: nothing may be typed there, not even once in thousands.
#include "tests/input/guard_fixture.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace atl::input {
namespace {

using GuardFocus = Guard;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

int presses(const std::vector<InputEvent>& events) {
  int count = 0;
  for (const InputEvent& event : events) count += event.pressed || event.kind == InputKind::kWheel ? 1 : 0;
  return count;
}

// Steps of 2 ms that press one key and release the other, and a focus that never stays: whoever asks for the focus
// first and presses then is late now and then.
TEST_F(GuardFocus, NothingIsTypedIntoTheWindowThatTookIt) {
  tests::TestWindow mail(xvfb_.display(), {0, 0, 200, 200});
  GuardSettings fast = settings();
  fast.action_rate_hz = 500.0;
  fast.max_events_per_s = 1e6;
  fast.max_chunks_per_s = 1e6;
  GuardClient guard(fast);
  std::atomic<bool> ends{false};
  std::thread thief([&] {
    SystemClock clock;
    for (int turn = 0; !ends; ++turn) {
      mail.focus();
      clock.sleep_until(clock.now() + microseconds(300));
      window_.focus();
      clock.sleep_until(clock.now() + microseconds(2000 + 370 * (turn % 11)));
    }
  });
  SystemClock clock;
  int in_game = 0;
  int in_mail = 0;
  const Timestamp end = clock.now() + seconds(3);
  for (std::uint64_t step = 0; clock.now() < end; step += 8) {
    std::vector<Action> actions;
    for (int i = 0; i < 8; ++i) actions.push_back(holding({i % 2 == 0 ? "w" : "s"}));
    guard.schedule(chunk(step, clock.now(), actions));
    clock.sleep_until(clock.now() + milliseconds(1));
  }
  guard.stop();
  ends = true;
  thief.join();
  in_mail += presses(mail.received());
  in_game += presses(window_.received());
  EXPECT_GT(in_game, 100) << "the guard did press";
  EXPECT_EQ(in_mail, 0);
}

// A key that the game sees as held must not repeat into the window that takes the focus.
TEST_F(GuardFocus, HeldKeysDoNotRepeat) {
  tests::TestWindow mail(xvfb_.display(), {0, 0, 200, 200});
  GuardSettings plain = settings();
  plain.require_focus = false;  // nothing is released when the focus goes: the longest possible time for a repeat
  GuardClient guard(plain);
  const Timestamp start = MonotonicClock::now();
  guard.schedule(chunk(0, start, std::vector<Action>(24, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  SystemClock().sleep_until(start + milliseconds(900));  // the server's delay of auto-repeat is 660 ms
  mail.focus();
  ASSERT_TRUE(eventually([&] { return guard.status().counts.chunk_ends == 1 && watcher_.is_clear(); }));
  EXPECT_EQ(presses(mail.received()), 0);
  EXPECT_EQ(presses(window_.received()), 1);
}

}  // namespace
}  // namespace atl::input
