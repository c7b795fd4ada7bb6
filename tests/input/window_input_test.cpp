// What reaches a game's window, read by SDL in its own way: layouts, repeats, taps, clicks, wheel, pointer lock, and a
// person and an agent at once.
#include "core/random.h"
#include "input/guard.h"
#include "input/sink.h"
#include "input/source.h"
#include "tests/display/person.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"
#include "tests/input/sdl_window.h"
#include "tests/input_events.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <sstream>
#include <thread>

namespace atl::input {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using tests::control_event;
using tests::motion;

// In words, without time and origin.
std::vector<std::string> texts(const std::vector<InputEvent>& events) {
  std::vector<std::string> words;
  for (const InputEvent& e : events) {
    words.push_back(e.kind == InputKind::kControl ? fmt::format("{}{}", e.pressed ? "+" : "-", info_of(e.control).name)
                                                  : fmt::format("{} {} {}", static_cast<int>(e.kind), e.dx, e.dy));
  }
  return words;
}

// SDL's name of the place on a keyboard, as on one of the United States.
std::string sdl_name(std::string name) {
  static const std::map<std::string, std::string> kNames{{"enter", "Return"},
                                                         {"page_up", "PageUp"},
                                                         {"page_down", "PageDown"},
                                                         {"caps_lock", "CapsLock"},
                                                         {"grave", "`"},
                                                         {"minus", "-"},
                                                         {"equal", "="},
                                                         {"left_bracket", "["},
                                                         {"backslash", "\\"},
                                                         {"right_bracket", "]"},
                                                         {"semicolon", ";"},
                                                         {"apostrophe", "'"},
                                                         {"comma", ","},
                                                         {"period", "."},
                                                         {"slash", "/"},
                                                         {"left_meta", "Left GUI"},
                                                         {"keypad_plus", "Keypad +"},
                                                         {"keypad_minus", "Keypad -"},
                                                         {"right_meta", "Right GUI"}};
  if (const auto known = kNames.find(name); known != kNames.end()) return known->second;
  bool is_first = true;
  for (char& c : name) {
    if (is_first) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    is_first = c == '_';
    if (is_first) c = ' ';
  }
  return name;
}

class WindowInput : public testing::Test {
 protected:
  std::unique_ptr<InputSink> sink(const tests::SdlWindow& window) {
    return create_x11_sink({.display = xvfb_.display(), .window = window.id()});
  }
  GuardSettings settings(const tests::SdlWindow& window) const {
    GuardSettings made;
    made.display = xvfb_.display();
    made.window = window.id();
    made.action_rate_hz = 50.0;
    made.allowed = controls_named(std::vector<std::string>{"w", "a", "s", "space", "mouse_left", "mouse_right"});
    made.allow_pointer = true;
    return made;
  }

  tests::Xvfb xvfb_;
};

TEST_F(WindowInput, KeysAreTheSamePlacesInEveryLayout) {
  std::vector<InputEvent> taps;
  std::vector<std::string> expected;
  for (int i = 0; i < kNumKeys; ++i) {
    taps.push_back(control_event(control_at(i), true));
    taps.push_back(control_event(control_at(i), false));
    expected.push_back(sdl_name(std::string(info_of(control_at(i)).name)));
  }
  for (const char* layout : {"us", "de", "fr", "us -variant dvorak"}) {
    const std::string command = "setxkbmap -display " + xvfb_.display() + " -layout " + layout + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    tests::SdlWindow window(xvfb_.display(), false);
    const auto source = create_x11_source({.display = xvfb_.display(), .window = window.id()});
    sink(window)->send(taps);
    std::vector<std::string> got;
    for (const std::string& line : window.wait_lines(taps.size())) {
      if (line.starts_with("key 1 0 ")) got.push_back(line.substr(8));
    }
    EXPECT_EQ(got, expected) << layout;
    std::vector<InputEvent> told;
    source->poll_events(told);
    for (InputEvent& event : told) event.time = {};
    EXPECT_EQ(told, taps) << layout;
  }
}

TEST_F(WindowInput, HeldKeyRepeatsForTheWindowAndIsToldOnce) {
  tests::SdlWindow window(xvfb_.display(), false);
  const auto source = create_x11_source({.display = xvfb_.display(), .window = window.id()});
  const auto out = sink(window);
  const InputEvent down = control_event(control_named("w"), true);
  const InputEvent up = control_event(control_named("w"), false);
  out->send({&down, 1});
  const std::vector<std::string> first = window.wait_lines(4);  // the press, and repeats after 660 ms
  out->send({&up, 1});
  const std::vector<std::string> last = window.wait_lines(1);
  ASSERT_GE(first.size(), 4U);
  EXPECT_EQ(first[0], "key 1 0 W");
  EXPECT_EQ(first[1], "key 1 1 W");
  EXPECT_EQ(last.back(), "key 0 0 W");
  std::vector<InputEvent> told;
  source->poll_events(told);
  for (InputEvent& event : told) event.time = {};
  EXPECT_EQ(told, (std::vector<InputEvent>{down, up}));
}

// Press and release in one moment. (One by one: SDL takes a release and a press of one key within 2 ms for repetition.)
TEST_F(WindowInput, TapsShorterThanAnyFrameArriveAll) {
  tests::SdlWindow window(xvfb_.display(), false);
  const auto out = sink(window);
  for (int i = 0; i < 12; ++i) {
    const char* name = i % 3 == 0 ? "space" : "a";
    const InputEvent taps[] = {control_event(control_named(name), true), control_event(control_named(name), false)};
    out->send(taps);
    EXPECT_THAT(window.wait_lines(2), ElementsAre("key 1 0 " + sdl_name(name), "key 0 0 " + sdl_name(name)));
  }
}

TEST_F(WindowInput, StepWithTwoClicksIsADoubleClick) {
  tests::SdlWindow window(xvfb_.display(), false);
  GuardClient guard(settings(window));
  Action action;
  action.pointer = PointerPosition{100, 80};
  tap(action, control_named("mouse_left"));
  tap(action, control_named("mouse_left"));
  guard.schedule({0, MonotonicClock::now() + milliseconds(20), {action}});
  EXPECT_THAT(window.wait_lines(4), ElementsAre("button 1 1 1", "button 1 0 1", "button 1 1 2", "button 1 0 2"));
}

TEST_F(WindowInput, WheelAndSideButtonsArriveAsThemselves) {
  tests::SdlWindow window(xvfb_.display(), false);
  const auto out = sink(window);
  const std::vector<InputEvent> wheel{motion(InputKind::kAbsoluteMotion, 200, 100), motion(InputKind::kWheel, 0, 3),
                                      motion(InputKind::kWheel, 0, -2)};
  out->send(wheel);
  EXPECT_THAT(window.wait_lines(5), ElementsAre("wheel 1", "wheel 1", "wheel 1", "wheel -1", "wheel -1"));
  for (const auto& [name, number] : {std::pair{"mouse_side", 4}, {"mouse_extra", 5}, {"mouse_middle", 2}}) {
    const InputEvent taps[] = {control_event(control_named(name), true), control_event(control_named(name), false)};
    out->send(taps);
    EXPECT_THAT(window.wait_lines(2),
                ElementsAre(fmt::format("button {} 1 1", number), fmt::format("button {} 0 1", number)));
  }
}

// A game that locks the pointer gets the exact sum of all motion, however large, and no spin from positions.
TEST_F(WindowInput, LockedPointerTurnsByExactlyWhatWasSent) {
  tests::SdlWindow window(xvfb_.display(), true);
  const auto out = sink(window);
  Random random(3);
  std::int64_t sent_x = 0, sent_y = 0, got_x = 0, got_y = 0;
  InputEvent event;
  for (int i = 0; i < 2000; ++i) {
    const int range = i % 200 == 0 ? 100'000 : i % 10 == 0 ? 3000 : 40;
    // SDL takes two equal motions of one millisecond for one that was told twice.
    const int before = event.dx;
    do {
      event = motion(InputKind::kRelativeMotion, random.between(1, range), random.between(-range, range));
    } while (event.dx == before);
    sent_x += event.dx;
    sent_y += event.dy;
    out->send({&event, 1});
    if (i % 50 == 0) {
      const InputEvent position = motion(InputKind::kAbsoluteMotion, random.between(0, 479), random.between(0, 319));
      out->send({&position, 1});
    }
  }
  for (const std::string& line : window.wait_lines(2000, seconds(2))) {
    std::istringstream words(line);
    std::string kind;
    int dx = 0, dy = 0;
    words >> kind >> dx >> dy;
    if (kind != "motion") continue;
    got_x += dx;
    got_y += dy;
  }
  EXPECT_EQ(got_x, sent_x);
  EXPECT_EQ(got_y, sent_y);
}

// A person at devices of their own, while the agent goes on.
TEST_F(WindowInput, PersonAndAgentAtOnceAreToldApartAndNothingIsLost) {
  tests::SdlWindow window(xvfb_.display(), true);
  GuardSettings both = settings(window);
  both.human_takeover = false;
  both.max_events_per_s = 1e6;
  tests::Person person(xvfb_.display());
  const auto source = create_x11_source({.display = xvfb_.display(), .window = window.id()});
  GuardClient guard(both);
  std::vector<InputEvent> acted;  // by the person's thread, read after its end
  std::atomic<bool> ends{false};
  std::thread hand([&] {
    Random random(4);
    SystemClock clock;
    while (!ends) {
      // Also the very keys that the agent holds.
      const Control control = control_named(random.chance(1, 2) ? "w" : "e");
      person.press(control);
      acted.push_back(control_event(control, true));
      const int dx = random.between(1, 30), dy = random.between(-30, 30);
      person.move(dx, dy);
      acted.push_back(motion(InputKind::kRelativeMotion, dx, dy));
      person.release(control);
      acted.push_back(control_event(control, false));
      clock.sleep_until(clock.now() + milliseconds(random.below(7)));
    }
  });
  Random random(5);
  SystemClock clock;
  std::vector<InputEvent> told, seen;
  std::vector<StepReport> reports;
  const Timestamp begin = clock.now() + milliseconds(20);
  for (std::uint64_t step = 0; step < 100; step += 4) {
    std::vector<Action> actions(step == 96 ? 4 : 8);
    for (Action& action : actions) {
      for (const char* key : {"w", "a", "s", "mouse_right"}) {
        if (random.chance(1, 2)) action.held.set(static_cast<std::size_t>(index_of(control_named(key))));
      }
      action.dx = random.between(1, 50);
      action.dy = random.between(-50, 50);
    }
    guard.schedule({step, begin + static_cast<std::int64_t>(step) * milliseconds(20), actions});
    clock.sleep_until(begin + static_cast<std::int64_t>(step + 3) * milliseconds(20));
    for (const InputEvent& event : guard.events()) told.push_back(event);
    for (const StepReport& report : guard.poll_reports()) reports.push_back(report);
    source->poll_events(seen);
  }
  ends = true;
  hand.join();
  const Timestamp deadline = clock.now() + seconds(5);
  while (clock.now() < deadline && (told.size() != seen.size() || guard.status().counts.chunk_ends == 0)) {
    source->wait_events(clock.now() + milliseconds(50), seen);
    for (const InputEvent& event : guard.events()) told.push_back(event);
  }
  for (const StepReport& report : guard.poll_reports()) reports.push_back(report);

  std::vector<InputEvent> human;
  std::int64_t agent_x = 0, planned_x = 0;
  for (auto* list : {&told, &seen, &acted}) {
    for (InputEvent& event : *list) event.time = {};
  }
  for (InputEvent& event : told) {
    if (event.origin == Origin::kHuman) {
      human.push_back(event);
    } else {
      EXPECT_EQ(event.origin, Origin::kAgent);
      agent_x += event.dx;
    }
    event.origin = Origin::kHuman;  // as the source, which does not know, tells it
  }
  int num_done = 0;
  for (const StepReport& report : reports) {
    if (report.result == StepResult::kMissed) continue;  // the machine stood still for a step
    planned_x += report.action.dx;
    ++num_done;
  }
  EXPECT_EQ(human, acted) << "the person's part, exactly";
  EXPECT_EQ(agent_x, planned_x) << "the agent's part";
  EXPECT_EQ(texts(told), texts(seen)) << "the whole, as another client saw it";
  EXPECT_GT(acted.size(), 100U);
  EXPECT_GT(num_done, 50);
}

}  // namespace
}  // namespace atl::input
