// Injection and listening over a real display, each with its own connection.
#include "core/random.h"
#include "input/sink.h"
#include "input/source.h"
#include "tests/display/person.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"
#include "tests/input_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace atl::input {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::control_event;
using tests::motion;

// Random events that all have an effect: no press of what is down, no motion by nothing.
std::vector<InputEvent> random_events(Random& random, int count) {
  std::vector<InputEvent> events;
  ControlSet down;
  for (int i = 0; i < count; ++i) {
    const auto what = random.below(10);
    if (what < 6) {
      const auto index = random.below(kNumControls);
      events.push_back(control_event(control_at(static_cast<int>(index)), !down.test(index)));
      down.flip(index);
    } else if (what < 9) {
      events.push_back(motion(InputKind::kRelativeMotion, random.between(1, 300), random.between(-300, 300)));
    } else {
      events.push_back(motion(InputKind::kWheel, 0, random.chance(1, 2) ? 1 : -1));
    }
  }
  for (std::size_t i = 0; i < kNumControls; ++i) {
    if (down.test(i)) events.push_back(control_event(control_at(static_cast<int>(i)), false));
  }
  return events;
}

void strip_times(std::vector<InputEvent>& events) {
  for (InputEvent& event : events) event.time = {};
}

class X11Input : public testing::Test {
 protected:
  static Timestamp in(Duration d) { return MonotonicClock::now() + d; }

  // Waits for `count` events and a moment longer, so that one too many would show.
  static std::vector<InputEvent> read(InputSource& source, std::size_t count) {
    std::vector<InputEvent> events;
    const Timestamp deadline = in(seconds(20));
    while (events.size() < count && MonotonicClock::now() < deadline) source.wait_events(deadline, events);
    source.wait_events(in(milliseconds(30)), events);
    return events;
  }

  tests::Xvfb xvfb_;
};

// Printed for the study that runs these tests.
void print_figure(const char* name, double value, const char* unit, std::size_t n) {
  std::printf("FIGURE {\"name\":\"%s\",\"value\":%.9g,\"unit\":\"%s\",\"n\":%zu}\n", name, value, unit, n);
}

TEST_F(X11Input, RandomEventsArriveOnceAndInOrder) {
  const char* asked = std::getenv("ATOLL_INPUT_EVENTS");
  const int count = asked != nullptr ? std::atoi(asked) : 10'000;
  const auto source = create_x11_source({.display = xvfb_.display()});
  const auto sink = create_x11_sink({.display = xvfb_.display()});
  Random random(7);
  const std::vector<InputEvent> sent = random_events(random, count);
  const Timestamp before = MonotonicClock::now();
  std::vector<InputEvent> received;
  for (std::size_t i = 0; i < sent.size(); i += 100) {
    sink->send(std::span(sent).subspan(i, std::min<std::size_t>(100, sent.size() - i)));
    source->poll_events(received);
  }
  const auto rest = read(*source, sent.size() - received.size());
  received.insert(received.end(), rest.begin(), rest.end());
  ASSERT_EQ(received.size(), sent.size());
  for (std::size_t i = 1; i < received.size(); ++i) ASSERT_LE(received[i - 1].time, received[i].time);
  EXPECT_GE(received.front().time, before - milliseconds(1));
  EXPECT_LE(received.back().time, MonotonicClock::now());
  strip_times(received);
  for (std::size_t i = 0; i < sent.size(); ++i) ASSERT_EQ(received[i], sent[i]) << "event " << i;
  print_figure("events that came back through XTest and XI2, equal and in order", static_cast<double>(sent.size()),
               "events", sent.size());
}

TEST_F(X11Input, ASingleEventIsThereWithinAMoment) {
  constexpr std::size_t kTimes = 1000;
  const auto source = create_x11_source({.display = xvfb_.display()});
  const auto sink = create_x11_sink({.display = xvfb_.display()});
  std::vector<double> ms;
  for (std::size_t i = 0; i < kTimes; ++i) {
    const InputEvent event = control_event(control_named("w"), i % 2 == 0);
    const Timestamp before = MonotonicClock::now();
    sink->send({&event, 1});
    std::vector<InputEvent> received;
    source->wait_events(in(seconds(20)), received);
    ms.push_back(to_ms(MonotonicClock::now() - before));
    ASSERT_EQ(received.size(), 1U);
  }
  std::sort(ms.begin(), ms.end());
  print_figure("XTest to XI2, from send to read, p50", ms[kTimes / 2], "ms", kTimes);
  print_figure("XTest to XI2, from send to read, p99", ms[kTimes * 99 / 100], "ms", kTimes);
  EXPECT_LT(ms[kTimes / 2], 50.0);
}

TEST_F(X11Input, KeyboardLayoutDoesNotMatter) {
  Random random(8);
  for (const char* layout : {"us", "de", "fr", "us -variant dvorak", "ru"}) {
    const std::string command = "setxkbmap -display " + xvfb_.display() + " -layout " + layout + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    const auto source = create_x11_source({.display = xvfb_.display()});
    const auto sink = create_x11_sink({.display = xvfb_.display()});
    const std::vector<InputEvent> sent = random_events(random, 300);
    sink->send(sent);
    auto received = read(*source, sent.size());
    strip_times(received);
    EXPECT_EQ(received, sent) << layout;
  }
}

TEST_F(X11Input, EveryControlReachesTheWindowAsItself) {
  tests::TestWindow window(xvfb_.display(), {0, 0, 400, 300});
  window.focus();
  const auto sink = create_x11_sink({.display = xvfb_.display(), .window = window.id()});
  const InputEvent to_middle = motion(InputKind::kAbsoluteMotion, 200, 150);
  sink->send({&to_middle, 1});
  for (int i = 0; i < kNumControls; ++i) {
    const InputEvent tap[] = {control_event(control_at(i), true), control_event(control_at(i), false)};
    sink->send(tap);
    std::vector<InputEvent> received;
    const Timestamp deadline = in(seconds(5));
    while (received.size() < 2 && MonotonicClock::now() < deadline) {
      for (const InputEvent& event : window.received()) received.push_back(event);
    }
    strip_times(received);
    ASSERT_EQ(received.size(), 2U) << info_of(control_at(i)).name;
    EXPECT_EQ(received[0], tap[0]) << info_of(control_at(i)).name;
    EXPECT_EQ(received[1], tap[1]) << info_of(control_at(i)).name;
  }
}

TEST_F(X11Input, AbsolutePositionsReachAllCornersAndMakeNoRelativeMotion) {
  for (const WindowGeometry place : {WindowGeometry{0, 0, 1280, 720}, {100, 50, 641, 333}, {-50, -20, 320, 240}}) {
    tests::TestWindow window(xvfb_.display(), place);
    const auto source = create_x11_source({.display = xvfb_.display()});
    const auto sink = create_x11_sink({.display = xvfb_.display(), .window = window.id()});
    tests::KeyWatcher watcher(xvfb_.display());
    for (const auto& [x, y] : {std::pair{0, 0},
                               {place.width_px - 1, 0},
                               {0, place.height_px - 1},
                               {place.width_px - 1, place.height_px - 1}}) {
      if (place.x_px + x < 0 || place.y_px + y < 0) continue;  // not on the screen
      const InputEvent position = motion(InputKind::kAbsoluteMotion, x, y);
      sink->send({&position, 1});
      const Timestamp deadline = in(seconds(5));
      while (watcher.pointer() != PointerPosition{place.x_px + x, place.y_px + y} && MonotonicClock::now() < deadline) {
      }
      EXPECT_EQ(watcher.pointer(), (PointerPosition{place.x_px + x, place.y_px + y}));
    }
    std::vector<InputEvent> told;
    source->wait_events(in(milliseconds(20)), told);
    EXPECT_TRUE(told.empty());
  }
}

TEST_F(X11Input, HeldKeysAreToldOnceAndReleasedWithTheSink) {
  const auto source = create_x11_source({.display = xvfb_.display()});
  tests::KeyWatcher watcher(xvfb_.display());
  auto sink = create_x11_sink({.display = xvfb_.display()});
  const InputEvent presses[] = {control_event(control_named("w"), true), control_event(control_named("w"), true),
                                control_event(control_named("mouse_left"), true)};
  sink->send(presses);
  std::vector<InputEvent> told;
  const Timestamp end = in(milliseconds(900));  // beyond the server's delay of auto-repeat, 660 ms
  while (MonotonicClock::now() < end) source->wait_events(end, told);
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(names_of(watcher.down()), (std::vector<std::string>{"w", "mouse_left"}));
  sink.reset();
  EXPECT_TRUE(watcher.is_clear());
}

TEST_F(X11Input, OnlyTheWindowsOwnFocusIsTold) {
  tests::TestWindow game(xvfb_.display(), {0, 0, 300, 300});
  tests::TestWindow mail(xvfb_.display(), {400, 0, 300, 300});
  mail.focus();
  tests::Person person(xvfb_.display());
  const auto source = create_x11_source({.display = xvfb_.display(), .window = game.id()});
  std::vector<InputEvent> told;
  person.press(control_named("p"));
  person.release(control_named("p"));
  person.move(5, 5);
  source->wait_events(in(milliseconds(30)), told);
  EXPECT_TRUE(told.empty());
  game.focus();
  person.press(control_named("w"));
  mail.focus();
  person.press(control_named("q"));
  person.release(control_named("w"));
  person.release(control_named("q"));
  game.focus();
  person.move(3, -4);
  told = read(*source, 3);
  strip_times(told);
  EXPECT_EQ(told, (std::vector<InputEvent>{control_event(control_named("w"), true),
                                           control_event(control_named("w"), false),  // the focus left
                                           motion(InputKind::kRelativeMotion, 3, -4)}));
}

}  // namespace
}  // namespace atl::input
