// What the guard refuses: controls, floods, clicks elsewhere, wrong settings.
#include "tests/input/guard_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace atl::input {
namespace {

using GuardLimits = Guard;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(GuardLimits, ForbiddenControlsAreNeverSent) {
  GuardClient guard(settings());
  const Timestamp start = MonotonicClock::now() + kStep;
  Action action = holding({"w", "left_meta", "f4", "left_alt"});
  tap(action, control_named("q"));
  guard.schedule(chunk(0, start, std::vector<Action>(4, action)));
  const auto done = reports(guard, 4);
  ASSERT_EQ(done.size(), 4U);
  EXPECT_THAT(names_of(done[0].forbidden), testing::UnorderedElementsAre("q", "f4", "left_alt", "left_meta"));
  EXPECT_THAT(names_of(done[0].action.held), ElementsAre("w"));
  ASSERT_TRUE(eventually([&] { return guard.status().counts.chunk_ends == 1 && watcher_.is_clear(); }));
  for (const InputEvent& event : window_.received()) EXPECT_EQ(event.control, control_named("w"));
  EXPECT_EQ(guard.status().counts.forbidden, 4U);
}

TEST_F(GuardLimits, FloodIsRefusedAndTheGuardGoesOn) {
  GuardSettings limited = settings();
  limited.max_chunks_per_s = 50.0;
  limited.max_events_per_s = 40.0;
  limited.max_counts_per_step = 100;
  GuardClient guard(limited);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(eventually([&] {
      try {
        guard.schedule(chunk(static_cast<std::uint64_t>(i), MonotonicClock::now(), {holding({i % 2 ? "w" : "s"})}));
        return true;
      } catch (const Error&) {  // the queue is full: that is how schedule never blocks
        return false;
      }
    }));
  }
  ASSERT_TRUE(eventually([&] {
    const GuardCounts counts = guard.status().counts;
    return counts.chunks_refused + counts.steps_done + counts.steps_missed + counts.steps_refused >= 2000;
  }));
  EXPECT_GT(guard.status().counts.chunks_refused, 1000U);
  EXPECT_LE(window_.received().size(), 300U);
  ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  // After a while the bucket is full again, and a sane session is served; a huge motion is cut.
  SystemClock().sleep_until(MonotonicClock::now() + milliseconds(600));
  (void)guard.poll_reports();
  Action action = holding({"d"});
  action.dx = 100'000;
  guard.schedule(chunk(5000, MonotonicClock::now() + kStep, std::vector<Action>(4, action)));
  const auto done = reports(guard, 4);
  const auto served =
      std::find_if(done.begin(), done.end(), [](const StepReport& r) { return r.result == StepResult::kDone; });
  ASSERT_NE(served, done.end());
  EXPECT_EQ(served->action.dx, 100);
}

// Each act holds the display's server: between two of them a person's input must come through.
TEST_F(GuardLimits, FloodLeavesTheDisplayToOthersBetweenTwoActs) {
  constexpr std::uint64_t kChunks = 40;
  GuardSettings slow = settings();
  slow.action_rate_hz = 2.0;  // none is over before its turn comes
  GuardClient guard(slow);
  const Timestamp start = MonotonicClock::now();
  for (std::uint64_t i = 0; i < kChunks; ++i) guard.schedule(chunk(i, start, {holding({i % 2 ? "w" : "s"})}));
  const auto done = reports(guard, kChunks);
  ASSERT_EQ(done.size(), kChunks);
  Timestamp last;
  int num_done = 0;
  for (const StepReport& report : done) {
    if (report.result != StepResult::kDone && report.result != StepResult::kLate) continue;
    EXPECT_GE(to_seconds(report.done - last), 0.0015) << "step " << report.step;
    last = report.done;
    ++num_done;
  }
  EXPECT_GE(num_done, 5);
}

TEST_F(GuardLimits, ClicksBesideOrThroughTheWindowAreLeftOut) {
  GuardSettings pages = settings();
  pages.allow_pointer = true;
  GuardClient guard(pages);
  tests::TestWindow note(xvfb_.display(), {520, 270, 60, 60});  // lies on top of the window
  window_.focus();
  std::uint64_t num_clicks = 0;
  const auto click_at = [&](int x, int y) {
    Action action = holding({"mouse_left"});
    action.pointer = PointerPosition{x, y};
    guard.schedule(chunk(4 * num_clicks++, MonotonicClock::now(), std::vector<Action>(4, action)));
    EXPECT_TRUE(eventually([&] { return guard.status().counts.chunk_ends == num_clicks; }));
  };
  click_at(-20, 100);  // beside it
  click_at(30, 30);    // on the note
  EXPECT_EQ(guard.status().counts.presses_outside, 2U);
  click_at(200, 200);
  EXPECT_EQ(guard.status().counts.presses_outside, 2U);
  ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  EXPECT_EQ(window_.received().size(), 2U) << "one press, one release";
  EXPECT_TRUE(note.received().empty());
}

TEST_F(GuardLimits, WrongSettingsAreNamedAllAtOnce) {
  GuardSettings wrong = settings();
  wrong.action_rate_hz = 0.0;
  wrong.allowed.set(static_cast<std::size_t>(index_of(wrong.kill_key)));
  wrong.window = 0;
  EXPECT_THAT([&] { GuardClient guard(wrong); },
              testing::ThrowsMessage<Error>(
                  testing::AllOf(HasSubstr("action_rate_hz"), HasSubstr("f12"), HasSubstr("require_focus"))));
  GuardSettings elsewhere = settings();
  elsewhere.display = ":4999";
  EXPECT_THAT([&] { GuardClient guard(elsewhere); }, testing::ThrowsMessage<Error>(HasSubstr(":4999")));
  GuardSettings nowhere = settings();
  nowhere.window = 0x7777777;
  EXPECT_THAT([&] { GuardClient guard(nowhere); }, testing::ThrowsMessage<Error>(HasSubstr("0x7777777")));
  EXPECT_THAT([&] { GuardClient guard(settings(), "/nowhere/atoll_guard"); },
              testing::ThrowsMessage<Error>(HasSubstr("/nowhere/atoll_guard")));
}

}  // namespace
}  // namespace atl::input
