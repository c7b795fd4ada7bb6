// What the guard does with chunks: steps on time, replaced, tapped, placed, stopped.
#include "tests/input/guard_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace atl::input {
namespace {

using GuardChunks = Guard;
using std::chrono::milliseconds;
using testing::ElementsAre;

TEST_F(GuardChunks, CarriesStepsOutOnTimeAndReleasesAtTheEnd) {
  GuardClient guard(settings());
  EXPECT_EQ(guard.status().state, GuardState::kArmed);
  std::vector<Action> actions(8, holding({"w"}));
  actions[3] = holding({"w", "left_shift", "mouse_left"});
  actions[3].dx = 7;
  Timestamp start;
  std::vector<StepReport> done;
  for (int attempt = 0; attempt < 5; ++attempt) {  // a machine that stands still for a step spoils one
    ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }));
    static_cast<void>(window_.received());
    start = MonotonicClock::now() + kStep;
    guard.schedule(chunk(100, start, actions));
    ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
    done = reports(guard, 8);
    ASSERT_EQ(done.size(), 8U);
    if (std::all_of(done.begin(), done.end(), [](const StepReport& r) { return r.result == StepResult::kDone; })) break;
  }
  for (std::size_t i = 0; i < done.size(); ++i) {
    EXPECT_EQ(done[i].step, 100 + i);
    EXPECT_EQ(done[i].planned, start + static_cast<int>(i) * kStep);
    EXPECT_EQ(done[i].result, StepResult::kDone);
    EXPECT_GE(done[i].done, done[i].planned);
    EXPECT_LT(done[i].done - done[i].planned, kStep);
  }
  EXPECT_EQ(done[3].action.dx, 7);
  ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  EXPECT_GE(MonotonicClock::now(), start + 8 * kStep) << "released before the last step was over";
  // What the window really got: presses once each, in the fixed order, and all released at the end.
  std::vector<std::string> got;
  for (const InputEvent& event : window_.received()) {
    got.push_back(std::string(event.pressed ? "+" : "-") + std::string(info_of(event.control).name));
  }
  EXPECT_THAT(got, ElementsAre("+w", "+left_shift", "+mouse_left", "-mouse_left", "-left_shift", "-w"));
}

TEST_F(GuardChunks, NewerChunkReplacesTheRestOfTheOlder) {
  GuardClient guard(settings());
  const Timestamp start = MonotonicClock::now() + 2 * kStep;
  guard.schedule(chunk(0, start, std::vector<Action>(8, holding({"w"}))));
  guard.schedule(chunk(4, start + 4 * kStep, std::vector<Action>(8, holding({"s"}))));
  const auto done = reports(guard, 12);
  ASSERT_EQ(done.size(), 12U);
  for (std::size_t i = 0; i < done.size(); ++i) {
    EXPECT_EQ(done[i].step, i);
    EXPECT_EQ(done[i].action.is_held(control_named("w")), i < 4);
    EXPECT_EQ(done[i].action.is_held(control_named("s")), i >= 4);
  }
  EXPECT_TRUE(eventually([&] { return guard.status().counts.chunk_ends == 1; }));
}

TEST_F(GuardChunks, TapsInsideAStepAreHeldForAPartOfIt) {
  GuardClient guard(settings());
  Action action;
  tap(action, control_named("space"));
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, std::vector<Action>(4, action)));
  ASSERT_EQ(reports(guard, 4).size(), 4U);
  std::vector<InputEvent> agent;
  ASSERT_TRUE(eventually([&] {
    for (const InputEvent& event : guard.events()) agent.push_back(event);
    return agent.size() >= 2;
  }));
  EXPECT_TRUE(agent[0].pressed);
  EXPECT_FALSE(agent[1].pressed);
  EXPECT_GE(agent[1].time - agent[0].time, kStep / 4);
}

TEST_F(GuardChunks, PointerPositionsAreSetWhereAllowed) {
  GuardSettings pages = settings();
  pages.allow_pointer = true;
  GuardClient guard(pages);
  Action action;
  action.pointer = PointerPosition{399, 299};
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, std::vector<Action>(4, action)));
  EXPECT_TRUE(eventually([&] { return watcher_.pointer() == PointerPosition{899, 549}; }));
  std::vector<InputEvent> told;
  ASSERT_TRUE(eventually([&] { return !(told = guard.events()).empty(); }));
  EXPECT_EQ(told[0].kind, InputKind::kAbsoluteMotion);
  EXPECT_EQ(told[0].origin, Origin::kAgent);
  EXPECT_EQ(told[0].dx, 399);
}

TEST_F(GuardChunks, StopReleasesAtOnceAndStepsMayRestart) {
  GuardClient guard(settings());
  guard.schedule(chunk(1000, MonotonicClock::now(), std::vector<Action>(60, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  guard.stop();
  ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }, milliseconds(500)));
  guard.schedule(chunk(0, MonotonicClock::now(), std::vector<Action>(4, holding({"s"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"s"}; }));
}

}  // namespace
}  // namespace atl::input
