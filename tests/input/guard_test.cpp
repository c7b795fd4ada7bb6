// The guard as a session meets it: its own process, a real display, a person at a second pair of master devices.
#include "input/guard.h"

#include "core/error.h"
#include "input/sink.h"
#include "tests/display/person.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>

namespace atl::input {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Duration kStep = milliseconds(20);   // 50 Hz: tests are short
const Duration kActionStep = period_of(15.0);  // the default action clock's: what a person may have to wait

Action holding(std::initializer_list<const char*> names) {
  Action action;
  for (const char* name : names) action.held.set(static_cast<std::size_t>(index_of(control_named(name))));
  return action;
}

class Guard : public testing::Test {
 protected:
  // The window lies under the pointer, which starts in the middle of the screen: clicks go to it.
  Guard() : window_(xvfb_.display(), {500, 250, 400, 300}), watcher_(xvfb_.display()) { window_.focus(); }

  GuardSettings settings() const {
    GuardSettings settings;
    settings.display = xvfb_.display();
    settings.window = window_.id();
    settings.action_rate_hz = 50.0;
    const std::vector<std::string> allowed{"w", "a", "s", "d", "space", "left_shift", "mouse_left"};
    settings.allowed = controls_named(allowed);
    return settings;
  }

  static bool eventually(const std::function<bool()>& condition, Duration within = seconds(5)) {
    const Timestamp deadline = MonotonicClock::now() + within;
    while (!condition()) {
      if (MonotonicClock::now() > deadline) return false;
      SystemClock().sleep_until(MonotonicClock::now() + milliseconds(1));
    }
    return true;
  }

  static TimedChunk chunk(std::uint64_t first_step, Timestamp start, std::vector<Action> actions) {
    return {first_step, start, std::move(actions)};
  }

  std::vector<std::string> down() { return names_of(watcher_.down()); }

  // Collects reports until `count` are there.
  std::vector<StepReport> reports(GuardClient& guard, std::size_t count) {
    std::vector<StepReport> all;
    eventually([&] {
      for (StepReport& report : guard.poll_reports()) all.push_back(report);
      return all.size() >= count;
    });
    return all;
  }

  tests::Xvfb xvfb_;
  tests::TestWindow window_;
  tests::KeyWatcher watcher_;
};

TEST_F(Guard, CarriesStepsOutOnTimeAndReleasesAtTheEnd) {
  GuardClient guard(settings());
  EXPECT_EQ(guard.status().state, GuardState::kArmed);
  const Timestamp start = MonotonicClock::now() + kStep;
  std::vector<Action> actions(8, holding({"w"}));
  actions[3] = holding({"w", "left_shift", "mouse_left"});
  actions[3].dx = 7;
  guard.schedule(chunk(100, start, actions));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  const auto done = reports(guard, 8);
  ASSERT_EQ(done.size(), 8U);
  for (std::size_t i = 0; i < done.size(); ++i) {
    EXPECT_EQ(done[i].step, 100 + i);
    EXPECT_EQ(done[i].planned, start + static_cast<int>(i) * kStep);
    EXPECT_EQ(done[i].result, StepResult::kDone);
    EXPECT_GE(done[i].done, done[i].planned);
    EXPECT_LT(done[i].done - done[i].planned, kActionStep);
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

TEST_F(Guard, NewerChunkReplacesTheRestOfTheOlder) {
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

TEST_F(Guard, TapsInsideAStepAreHeldForAPartOfIt) {
  GuardClient guard(settings());
  Action action;
  tap(action, control_named("space"));
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, {action, Action{}}));
  ASSERT_EQ(reports(guard, 2).size(), 2U);
  std::vector<InputEvent> agent;
  ASSERT_TRUE(eventually([&] {
    for (const InputEvent& event : guard.events()) agent.push_back(event);
    return agent.size() >= 2;
  }));
  EXPECT_TRUE(agent[0].pressed);
  EXPECT_FALSE(agent[1].pressed);
  EXPECT_GE(agent[1].time - agent[0].time, kStep / 4);
}

TEST_F(Guard, ForbiddenControlsAreNeverSent) {
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

TEST_F(Guard, FloodIsRefusedAndTheGuardGoesOn) {
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
  guard.schedule(chunk(5000, MonotonicClock::now() + kStep, {action}));
  const auto done = reports(guard, 1);
  ASSERT_FALSE(done.empty());
  EXPECT_EQ(done.back().result, StepResult::kDone);
  EXPECT_EQ(done.back().action.dx, 100);
}

TEST_F(Guard, PersonTakesOverWithinAStepAndBothOriginsAreTold) {
  tests::Person person(xvfb_.display());
  GuardClient guard(settings());
  const Timestamp start = MonotonicClock::now() + kStep;
  guard.schedule(chunk(0, start, std::vector<Action>(50, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  const Timestamp pressed = MonotonicClock::now();
  person.press(control_named("a"));
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kHuman; }));
  EXPECT_LT(guard.status().since - pressed, kActionStep);
  EXPECT_EQ(guard.status().reason, "a");
  ASSERT_TRUE(eventually([&] { return down().empty() || down() == std::vector<std::string>{"a"}; }, kActionStep));
  person.move(9, -3);
  person.wheel(2);
  person.release(control_named("a"));
  // Chunks are refused until the session asks for control again.
  guard.schedule(chunk(100, MonotonicClock::now(), std::vector<Action>(5, holding({"d"}))));
  ASSERT_TRUE(eventually([&] { return guard.status().counts.chunks_refused == 1; }));
  guard.rearm();
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kArmed; }));
  guard.schedule(chunk(200, MonotonicClock::now() + kStep, {holding({"d"})}));
  ASSERT_TRUE(eventually([&] { return guard.status().counts.chunk_ends >= 1 && watcher_.is_clear(); }));
  std::vector<std::string> told;
  Timestamp last;
  for (const InputEvent& event : guard.events()) {
    EXPECT_GE(event.time, last);
    last = event.time;
    std::string text = std::string(to_string(event.origin)) + " ";
    if (event.kind == InputKind::kControl) {
      text += (event.pressed ? "+" : "-") + std::string(info_of(event.control).name);
    } else {
      text += fmt::format("{} {}", event.dx, event.dy);
    }
    told.push_back(text);
  }
  EXPECT_THAT(told, ElementsAre("agent +w", "human +a", "agent -w", "human 9 -3", "human 0 1", "human 0 1", "human -a",
                                "agent +d", "agent -d"));
}

TEST_F(Guard, PersonWhoSharesTheAgentsDeviceIsStillAPerson) {
  const auto remote_desktop = create_x11_sink({.display = xvfb_.display()});  // XTest, as the guard's own
  GuardClient guard(settings());
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, std::vector<Action>(50, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  InputEvent press;
  press.control = control_named("s");
  press.pressed = true;
  remote_desktop->send({&press, 1});
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kHuman; }));
  std::vector<InputEvent> told;
  ASSERT_TRUE(eventually([&] {
    for (const InputEvent& event : guard.events()) told.push_back(event);
    return told.size() >= 3;
  }));
  EXPECT_EQ(told[0].origin, Origin::kAgent);
  EXPECT_EQ(told[1].origin, Origin::kHuman);
  EXPECT_EQ(told[1].control, control_named("s"));
  EXPECT_EQ(told[2].origin, Origin::kAgent) << "the release of w";
}

TEST_F(Guard, ClicksBesideOrThroughTheWindowAreLeftOut) {
  GuardSettings pages = settings();
  pages.allow_pointer = true;
  GuardClient guard(pages);
  tests::TestWindow note(xvfb_.display(), {520, 270, 60, 60});  // lies on top of the window
  window_.focus();
  std::uint64_t step = 0;
  const auto click_at = [&](int x, int y) {
    Action action = holding({"mouse_left"});
    action.pointer = PointerPosition{x, y};
    guard.schedule(chunk(step++, MonotonicClock::now(), {action}));
    const std::uint64_t ends = step;
    EXPECT_TRUE(eventually([&] { return guard.status().counts.chunk_ends == ends; }));
  };
  click_at(-20, 100);  // beside it
  click_at(30, 30);    // on the note
  EXPECT_EQ(guard.status().counts.clicks_outside, 2U);
  click_at(200, 200);
  EXPECT_EQ(guard.status().counts.clicks_outside, 2U);
  ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  EXPECT_EQ(window_.received().size(), 2U) << "one press, one release";
  EXPECT_TRUE(note.received().empty());
}

TEST_F(Guard, ControlComesBackAfterThePersonIsIdle) {
  tests::Person person(xvfb_.display());
  GuardSettings patient = settings();
  patient.human_idle = milliseconds(150);
  GuardClient guard(patient);
  const Timestamp before = MonotonicClock::now();
  person.press(control_named("a"));
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kHuman; }));
  SystemClock().sleep_until(before + milliseconds(300));
  EXPECT_EQ(guard.status().state, GuardState::kHuman) << "a key that is held is not idleness";
  const Timestamp released = MonotonicClock::now();
  person.release(control_named("a"));
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kArmed; }));
  EXPECT_GE(guard.status().since - released, milliseconds(140));
}

TEST_F(Guard, KillKeyEndsInjectionUntilRearmedWhereverTheFocusIs) {
  tests::Person person(xvfb_.display());
  GuardSettings steady = settings();
  steady.human_takeover = false;
  steady.require_focus = false;
  GuardClient guard(steady);
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, std::vector<Action>(50, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  person.move(2, 2);
  window_.drop_focus();
  person.press(control_named("f12"));
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kKilled; }));
  person.release(control_named("f12"));
  ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  guard.schedule(chunk(60, MonotonicClock::now(), std::vector<Action>(5, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return guard.status().counts.chunks_refused == 1; }));
  EXPECT_TRUE(watcher_.is_clear());
  guard.rearm();
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kArmed; }));
}

TEST_F(Guard, LosesAndRegainsControlWithTheFocus) {
  tests::TestWindow other(xvfb_.display(), {600, 100, 200, 200});
  tests::Person person(xvfb_.display());
  GuardClient guard(settings());
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, std::vector<Action>(50, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  (void)guard.events();
  other.focus();
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kUnfocused; }));
  ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  EXPECT_TRUE(other.received().size() <= 1) << "at most the release of w";
  person.press(control_named("p"));  // a password, typed into another window
  person.release(control_named("p"));
  window_.focus();
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kArmed; }));
  for (const InputEvent& event : guard.events()) EXPECT_EQ(event.origin, Origin::kAgent);
  std::vector<GuardState> states;
  for (const StateChange& change : guard.poll_changes()) states.push_back(change.state);
  EXPECT_THAT(states,
              ElementsAre(GuardState::kUnfocused, GuardState::kArmed, GuardState::kUnfocused, GuardState::kArmed));
}

TEST_F(Guard, StopReleasesAtOnceAndStepsMayRestart) {
  GuardClient guard(settings());
  guard.schedule(chunk(1000, MonotonicClock::now(), std::vector<Action>(60, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  guard.stop();
  ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }, milliseconds(500)));
  guard.schedule(chunk(0, MonotonicClock::now(), std::vector<Action>(4, holding({"s"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"s"}; }));
}

TEST_F(Guard, PointerPositionsAreSetWhereAllowed) {
  GuardSettings pages = settings();
  pages.allow_pointer = true;
  GuardClient guard(pages);
  Action action;
  action.pointer = PointerPosition{399, 299};
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, {action}));
  EXPECT_TRUE(eventually([&] { return watcher_.pointer() == PointerPosition{899, 549}; }));
  std::vector<InputEvent> told;
  ASSERT_TRUE(eventually([&] { return !(told = guard.events()).empty(); }));
  EXPECT_EQ(told[0].kind, InputKind::kAbsoluteMotion);
  EXPECT_EQ(told[0].origin, Origin::kAgent);
  EXPECT_EQ(told[0].dx, 399);
}

TEST_F(Guard, ClosingTheWindowEndsInjection) {
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

TEST_F(Guard, HungGuardIsRelievedByItsTwin) {
  GuardClient guard(settings());
  const Timestamp start = MonotonicClock::now();
  guard.schedule(chunk(0, start, std::vector<Action>(10, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  kill(guard.pid(), SIGSTOP);
  EXPECT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  EXPECT_LT(MonotonicClock::now(), start + 10 * kStep + milliseconds(150));
  kill(guard.pid(), SIGCONT);
}

TEST_F(Guard, DeadGuardIsReported) {
  GuardClient guard(settings());
  kill(guard.pid(), SIGKILL);
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kLost; }));
  EXPECT_THROW(guard.schedule(chunk(0, MonotonicClock::now(), {Action{}})), Error);
}

TEST_F(Guard, WrongSettingsAreNamedAllAtOnce) {
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
