// Who has control: a person at a second pair of master devices, the kill key, the focus.
#include "input/sink.h"
#include "tests/display/person.h"
#include "tests/input/guard_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::input {
namespace {

using GuardTakeover = Guard;
using std::chrono::milliseconds;
using testing::ElementsAre;

TEST_F(GuardTakeover, PersonTakesOverAndBothOriginsAreTold) {
  tests::Person person(xvfb_.display());
  GuardClient guard(settings());
  const Timestamp start = MonotonicClock::now() + kStep;
  guard.schedule(chunk(0, start, std::vector<Action>(50, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  const Timestamp pressed = MonotonicClock::now();
  person.press(control_named("a"));
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kHuman; }));
  EXPECT_LT(guard.status().since - pressed, kSoon);
  EXPECT_EQ(guard.status().reason, "a");
  ASSERT_TRUE(eventually([&] { return down().empty() || down() == std::vector<std::string>{"a"}; }, kSoon));
  person.move(9, -3);
  person.wheel(2);
  person.release(control_named("a"));
  // Chunks are refused until the session asks for control again.
  guard.schedule(chunk(100, MonotonicClock::now(), std::vector<Action>(5, holding({"d"}))));
  ASSERT_TRUE(eventually([&] { return guard.status().counts.chunks_refused == 1; }));
  guard.rearm();
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kArmed; }));
  guard.schedule(chunk(200, MonotonicClock::now() + kStep, std::vector<Action>(4, holding({"d"}))));
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

TEST_F(GuardTakeover, PersonWhoSharesTheAgentsDeviceIsStillAPerson) {
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

TEST_F(GuardTakeover, ControlComesBackAfterThePersonIsIdle) {
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

TEST_F(GuardTakeover, KillKeyEndsInjectionUntilRearmedWhereverTheFocusIs) {
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

TEST_F(GuardTakeover, LosesAndRegainsControlWithTheFocus) {
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

}  // namespace
}  // namespace atl::input
