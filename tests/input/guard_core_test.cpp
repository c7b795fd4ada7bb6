// The guard's decisions with a clock that the test owns; a recording sink stands for the display.
#include "input/guard_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::input {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class RecordingSink final : public InputSink {
 public:
  void send(std::span<const InputEvent> events) override {
    for (const InputEvent& event : events) {
      if (event.kind == InputKind::kControl) down.set(static_cast<std::size_t>(index_of(event.control)), event.pressed);
      sent.push_back(event);
    }
  }
  void release_all() override { down.reset(); }

  ControlSet down;
  std::vector<InputEvent> sent;
};

class GuardCoreTest : public testing::Test, protected GuardObserver {
 protected:
  GuardCoreTest() {
    settings_.window = 1;
    settings_.action_rate_hz = 10.0;
    settings_.allowed = controls_named(std::vector<std::string>{"w", "s", "space"});
  }

  void start() {
    core_.emplace(settings_, clock_, sink_, static_cast<GuardObserver&>(*this));
    core_->set_focused(true);
  }
  void on_step(const StepReport& report) override { reports_.push_back(report); }
  void on_state(const StateChange& change) override { states_.push_back(change.state); }

  TimedChunk chunk(std::uint64_t first_step, Duration from_now, std::size_t count, const char* held = "w") {
    Action action;
    action.held.set(static_cast<std::size_t>(index_of(control_named(held))));
    return {first_step, clock_.now() + from_now, std::vector<Action>(count, action)};
  }

  // Moves time in ms and wakes the core exactly when it asks to be woken.
  void run_for(Duration duration) {
    const Timestamp end = clock_.now() + duration;
    while (core_->next_wake() <= end) {
      clock_.advance(std::max(core_->next_wake() - clock_.now(), Duration::zero()));
      core_->wake();
    }
    clock_.advance(end - clock_.now());
    core_->wake();
  }

  std::vector<std::string> down() const { return names_of(sink_.down); }

  static InputEvent human(const char* name, bool pressed) {
    InputEvent event;
    event.control = control_named(name);
    event.pressed = pressed;
    return event;
  }

  GuardSettings settings_;
  ManualClock clock_{from_ns(1'000'000'000)};
  RecordingSink sink_;
  std::optional<GuardCore> core_;
  std::vector<StepReport> reports_;
  std::vector<GuardState> states_;
};

TEST_F(GuardCoreTest, HoldsToTheChunksEndAndNotLonger) {
  start();
  core_->schedule(chunk(0, milliseconds(50), 3));
  run_for(milliseconds(49));
  EXPECT_THAT(down(), IsEmpty());
  run_for(milliseconds(1));
  EXPECT_THAT(down(), ElementsAre("w"));
  run_for(milliseconds(299));
  EXPECT_THAT(down(), ElementsAre("w"));
  run_for(milliseconds(1));
  EXPECT_THAT(down(), IsEmpty());
  EXPECT_EQ(core_->counts().chunk_ends, 1U);
  EXPECT_EQ(core_->next_wake(), Timestamp::max());
  EXPECT_EQ(sink_.sent.size(), 1U) << "held through three steps by one press";
}

TEST_F(GuardCoreTest, ContinuesWithoutAGapWhenTheNextChunkIsThere) {
  start();
  core_->schedule(chunk(0, Duration::zero(), 4));
  run_for(milliseconds(200));
  core_->schedule({4, clock_.now() + milliseconds(200), chunk(4, {}, 4).actions});
  run_for(milliseconds(590));
  EXPECT_EQ(sink_.sent.size(), 1U);
  EXPECT_THAT(down(), ElementsAre("w"));
  run_for(milliseconds(20));
  EXPECT_THAT(down(), IsEmpty());
}

TEST_F(GuardCoreTest, LateChunksAreCounted) {
  start();
  core_->schedule(chunk(0, -milliseconds(250), 4));
  EXPECT_EQ(core_->counts().steps_missed, 2U);
  EXPECT_EQ(core_->counts().steps_late, 1U);
  ASSERT_EQ(reports_.size(), 3U);
  EXPECT_EQ(reports_[0].result, StepResult::kMissed);
  EXPECT_EQ(reports_[2].result, StepResult::kLate);
  EXPECT_EQ(reports_[2].step, 2U);
}

TEST_F(GuardCoreTest, RateLimitRefusesAStepAndReleases) {
  settings_.max_events_per_s = 3.0;
  start();
  TimedChunk busy = chunk(0, Duration::zero(), 4);
  for (Action& action : busy.actions) tap(action, control_named("space"));
  core_->schedule(busy);
  run_for(milliseconds(150));
  EXPECT_EQ(core_->counts().steps_refused, 1U);
  EXPECT_THAT(down(), IsEmpty());
  EXPECT_EQ(reports_.back().result, StepResult::kRefused);
}

TEST_F(GuardCoreTest, UnfitChunksAreRefused) {
  start();
  core_->schedule(chunk(0, seconds(11), 4));
  core_->schedule(chunk(0, Duration::zero(), kMaxChunkSteps + 1));
  core_->schedule({0, clock_.now(), {}});
  EXPECT_EQ(core_->counts().chunks_refused, 3U);
  EXPECT_EQ(core_->next_wake(), Timestamp::max());
}

TEST_F(GuardCoreTest, PersonTakesOverAndKeepsControlUntilRearmed) {
  start();
  core_->schedule(chunk(0, Duration::zero(), 8));
  EXPECT_THAT(down(), ElementsAre("w"));
  core_->on_human(human("s", true), true);
  EXPECT_THAT(down(), IsEmpty());
  EXPECT_EQ(core_->state(), GuardState::kHuman);
  core_->on_human(human("s", false), true);
  run_for(seconds(100));
  core_->schedule(chunk(50, Duration::zero(), 8));
  EXPECT_THAT(down(), IsEmpty());
  core_->rearm();
  core_->schedule(chunk(60, Duration::zero(), 8));
  EXPECT_THAT(down(), ElementsAre("w"));
  EXPECT_THAT(states_, ElementsAre(GuardState::kUnfocused, GuardState::kArmed, GuardState::kHuman, GuardState::kArmed));
}

TEST_F(GuardCoreTest, LettingGoOfAKeyIsNoTakeover) {
  start();
  core_->schedule(chunk(0, Duration::zero(), 8));
  core_->on_human(human("enter", false), true);
  EXPECT_EQ(core_->state(), GuardState::kArmed);
  EXPECT_THAT(down(), ElementsAre("w"));
}

TEST_F(GuardCoreTest, IdlenessBeginsWhenNothingIsHeld) {
  settings_.human_idle = seconds(1);
  start();
  core_->on_human(human("s", true), true);
  run_for(seconds(5));
  EXPECT_EQ(core_->state(), GuardState::kHuman);
  core_->on_human(human("s", false), true);
  run_for(milliseconds(999));
  EXPECT_EQ(core_->state(), GuardState::kHuman);
  run_for(milliseconds(1));
  EXPECT_EQ(core_->state(), GuardState::kArmed);
}

TEST_F(GuardCoreTest, KillKeyWorksWithoutFocusAndOutlastsIdleness) {
  settings_.human_idle = seconds(1);
  start();
  core_->schedule(chunk(0, Duration::zero(), 8));
  core_->on_human(human("f12", true), false);
  EXPECT_EQ(core_->state(), GuardState::kKilled);
  EXPECT_THAT(down(), IsEmpty());
  run_for(seconds(10));
  EXPECT_EQ(core_->state(), GuardState::kKilled);
  core_->rearm();
  EXPECT_EQ(core_->state(), GuardState::kArmed);
}

TEST_F(GuardCoreTest, WhatAPersonDoesElsewhereIsNoTakeover) {
  start();
  core_->on_human(human("p", true), false);
  EXPECT_EQ(core_->state(), GuardState::kArmed);
  EXPECT_EQ(core_->counts().human_events, 0U);
}

TEST_F(GuardCoreTest, AGamepadTakesOverButADriftingStickDoesNot) {
  settings_.human_idle = seconds(1);
  start();
  core_->schedule(chunk(0, Duration::zero(), 8));
  InputEvent stick;
  stick.kind = InputKind::kPadAxis;
  stick.dx = 900;
  core_->on_human(stick, true);
  EXPECT_EQ(core_->state(), GuardState::kArmed);
  stick.dx = -20000;
  core_->on_human(stick, true);
  EXPECT_EQ(core_->state(), GuardState::kHuman);
  EXPECT_THAT(down(), IsEmpty());
  run_for(seconds(3));
  EXPECT_EQ(core_->state(), GuardState::kHuman) << "it is held";
  stick.dx = 900;
  core_->on_human(stick, true);
  run_for(milliseconds(500));
  stick.dx = 1000;
  core_->on_human(stick, true);  // drift does not keep the agent waiting
  run_for(milliseconds(501));
  EXPECT_EQ(core_->state(), GuardState::kArmed);
  InputEvent button;
  button.kind = InputKind::kPadButton;
  core_->on_human(button, true);  // let go: pressed before
  EXPECT_EQ(core_->state(), GuardState::kArmed);
  button.pressed = true;
  core_->on_human(button, true);
  EXPECT_EQ(core_->state(), GuardState::kHuman);
}

TEST_F(GuardCoreTest, FocusLostReleasesAndDropsThePlan) {
  start();
  core_->schedule(chunk(0, Duration::zero(), 8));
  core_->set_focused(false);
  EXPECT_THAT(down(), IsEmpty());
  core_->set_focused(true);
  run_for(seconds(1));
  EXPECT_THAT(down(), IsEmpty()) << "what was planned before is not taken up again";
}

TEST_F(GuardCoreTest, ClosedWindowIsForGood) {
  start();
  core_->schedule(chunk(0, Duration::zero(), 8));
  core_->set_window_gone();
  EXPECT_THAT(down(), IsEmpty());
  core_->rearm();
  core_->set_focused(true);
  EXPECT_EQ(core_->state(), GuardState::kWindowGone);
}

TEST_F(GuardCoreTest, DoubleClickIsSpreadOverTheStep) {
  start();
  Action action;
  action.presses[static_cast<std::size_t>(index_of(control_named("space")))] = 2;
  core_->schedule({0, clock_.now(), {action}});
  run_for(milliseconds(99));
  ASSERT_EQ(sink_.sent.size(), 4U);
  const Timestamp begin = sink_.sent[0].time;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(sink_.sent[static_cast<std::size_t>(i)].pressed, i % 2 == 0);
    EXPECT_EQ(sink_.sent[static_cast<std::size_t>(i)].time - begin, i * milliseconds(25));
  }
}

}  // namespace
}  // namespace atl::input
