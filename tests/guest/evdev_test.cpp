// The source over evdev, told by devices that the test makes with nothing but uinput's own requests.
#include "core/error.h"
#include "core/random.h"
#include "input/evdev_reader.h"
#include "input/uinput_sink.h"
#include "tests/guest/raw_device.h"
#include "tests/input_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace atl::input {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::ThrowsMessage;
using tests::control_event;
using tests::in;
using tests::motion;
using tests::without_times;

// Waits for `count` events and a moment longer, so that one too many would show.
std::vector<InputEvent> wait(InputSource& source, std::size_t count) {
  std::vector<InputEvent> events;
  const Timestamp deadline = in(tests::kPatience);
  while (events.size() < count && MonotonicClock::now() < deadline) source.wait_events(deadline, events);
  source.wait_events(in(milliseconds(20)), events);
  return events;
}

std::vector<InputEvent> read(EvdevReader& reader, std::size_t count) {
  std::vector<InputEvent> events;
  const Timestamp deadline = in(tests::kPatience);
  while (events.size() < count && MonotonicClock::now() < deadline) reader.read(events);
  return events;
}

// Random events that all have an effect, over keyboard, mouse, absolute pointer and gamepad.
class RandomEvents {
 public:
  explicit RandomEvents(std::uint64_t seed) : random_(seed) {}

  InputEvent next() {
    const auto what = random_.below(20);
    if (what < 10) {
      const auto index = random_.below(kNumControls);
      down_.flip(index);
      return control_event(control_at(static_cast<int>(index)), down_.test(index));
    }
    if (what < 14) return motion(InputKind::kRelativeMotion, random_.between(1, 300), random_.between(-300, 300));
    if (what < 15) return motion(InputKind::kWheel, 0, random_.chance(1, 2) ? 1 : -1);
    if (what < 17) {
      x_ = (x_ + random_.between(1, 1278)) % 1280;
      return motion(InputKind::kAbsoluteMotion, x_, random_.between(0, 719));
    }
    return next_of_pad();
  }

 private:
  InputEvent next_of_pad() {
    InputEvent event;
    if (random_.chance(1, 2)) {
      const auto index = random_.below(kNumPadButtons);
      pad_down_[index] = !pad_down_[index];
      event.kind = InputKind::kPadButton;
      event.pad_button = static_cast<PadButton>(index);
      event.pressed = pad_down_[index];
      return event;
    }
    const auto index = random_.below(4);  // the sticks, which carry every value
    event.kind = InputKind::kPadAxis;
    event.pad_axis = static_cast<PadAxis>(index);
    do {
      event.dx = random_.between(-32768, 32767);
    } while (event.dx == axes_[index]);
    axes_[index] = event.dx;
    return event;
  }

  Random random_;
  ControlSet down_;
  int x_ = 0;
  std::array<bool, kNumPadButtons> pad_down_{};
  std::array<std::int32_t, 4> axes_{};
};

TEST(EvdevSource, RandomEventsComeBackOnceAndInOrderFromAllDevicesTogether) {
  const char* asked = std::getenv("ATOLL_GUEST_EVENTS");
  const std::size_t count = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 30'000;
  constexpr std::size_t kBurst = 12;  // the kernel holds 64 of its own events a device, up to 4 for one of ours
  const PointerArea area{.screen_width_px = 1280, .screen_height_px = 720};
  PressedKeys pressed;
  UinputSink sink({.area = area, .num_gamepads = 1}, pressed);
  const auto source = create_evdev_source({.devices = sink.devices(), .area = area});
  RandomEvents random(11);
  std::size_t done = 0;
  Timestamp last;
  const Timestamp begin = MonotonicClock::now();
  while (done < count) {
    std::vector<InputEvent> sent;
    for (std::size_t i = 0; i < std::min(kBurst, count - done); ++i) sent.push_back(random.next());
    const Timestamp before = MonotonicClock::now();
    sink.send(sent);
    std::vector<InputEvent> got;
    const Timestamp deadline = in(tests::kPatience);
    while (got.size() < sent.size() && MonotonicClock::now() < deadline) source->wait_events(deadline, got);
    ASSERT_EQ(got.size(), sent.size()) << "after " << done;
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_GE(got[i].time, last) << "event " << done + i;
      ASSERT_GE(got[i].time, before - std::chrono::microseconds(1)) << "event " << done + i;
      ASSERT_LE(got[i].time, MonotonicClock::now()) << "event " << done + i;
      last = got[i].time;
      got[i].time = {};
      ASSERT_EQ(got[i], sent[i]) << "event " << done + i;
    }
    done += sent.size();
  }
  tests::print_figure("events that came back through uinput and evdev, equal and in order", static_cast<double>(done),
                      "events", done);
  tests::print_figure("events a second through uinput and evdev, in the guest",
                      static_cast<double>(done) / to_seconds(MonotonicClock::now() - begin), "1/s", done);
  std::vector<InputEvent> more;
  source->wait_events(in(milliseconds(50)), more);
  EXPECT_TRUE(more.empty());
  EXPECT_TRUE(source->take_losses().empty());
}

TEST(EvdevSource, ASingleEventIsThereWithinAMoment) {
  constexpr std::size_t kTimes = 500;
  PressedKeys pressed;
  UinputSink sink({}, pressed);
  const auto source = create_evdev_source({.devices = sink.devices()});
  std::vector<double> ms;
  for (std::size_t i = 0; i < kTimes; ++i) {
    const InputEvent event = control_event(control_named("w"), i % 2 == 0);
    const Timestamp before = MonotonicClock::now();
    sink.send({&event, 1});
    std::vector<InputEvent> got;
    source->wait_events(in(tests::kPatience), got);
    ms.push_back(to_ms(MonotonicClock::now() - before));
    ASSERT_EQ(got.size(), 1U);
  }
  std::sort(ms.begin(), ms.end());
  tests::print_figure("uinput to evdev, from send to read, p50", ms[kTimes / 2], "ms", kTimes);
  tests::print_figure("uinput to evdev, from send to read, p99", ms[kTimes * 99 / 100], "ms", kTimes);
  EXPECT_LT(ms[kTimes / 2], 50.0);
}

TEST(EvdevSource, AutoRepeatIsLeftOut) {
  const UinputDevice keyboard(tests::keyboard_spec());
  tests::RawReader raw(keyboard.path());
  const auto source = create_evdev_source({.devices = {keyboard.path()}});
  keyboard.send({{EV_KEY, KEY_W, 1}});
  ASSERT_GE(raw.wait(EV_KEY, 5).size(), 5U);  // the kernel repeats after 250 ms, each 33 ms
  keyboard.send({{EV_KEY, KEY_W, 0}});
  EXPECT_EQ(without_times(wait(*source, 2)),
            (std::vector{control_event(control_named("w"), true), control_event(control_named("w"), false)}));
}

TEST(EvdevReader, AfterDroppedEventsNothingStaysDownAndTheLossIsTold) {
  const UinputDevice keyboard(tests::keyboard_spec());
  EvdevReader reader({.devices = {keyboard.path()}});
  keyboard.send({{EV_KEY, KEY_W, 1}, {EV_KEY, KEY_LEFTSHIFT, 1}});
  EXPECT_EQ(read(reader, 2).size(), 2U);
  // Far more than the kernel holds, and nobody reads; W's release is among what is lost, D ends held.
  keyboard.send({{EV_KEY, KEY_W, 0}});
  for (int i = 0; i < 500; ++i) keyboard.send({{EV_KEY, KEY_A, i % 2 == 0 ? 1 : 0}});
  keyboard.send({{EV_KEY, KEY_D, 1}});
  std::vector<InputEvent> told = without_times(read(reader, 2));
  std::sort(told.begin(), told.end(), [](const auto& a, const auto& b) { return a.control < b.control; });
  EXPECT_EQ(told, (std::vector{control_event(control_named("d"), true), control_event(control_named("w"), false)}));
  const auto losses = reader.take_losses();
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].device, "some keyboard");
  // And it goes on as before.
  keyboard.send({{EV_KEY, KEY_D, 0}});
  keyboard.send({{EV_KEY, KEY_A, 1}});
  EXPECT_EQ(without_times(read(reader, 2)),
            (std::vector{control_event(control_named("d"), false), control_event(control_named("a"), true)}));
  EXPECT_TRUE(reader.take_losses().empty());
}

TEST(EvdevReader, AKeyIsUpWhenItIsUpOnAllKeyboards) {
  const UinputDevice left(tests::keyboard_spec("left"));
  const UinputDevice right(tests::keyboard_spec("right"));
  EvdevReader reader({.devices = {left.path(), right.path()}});
  left.send({{EV_KEY, KEY_W, 1}});
  right.send({{EV_KEY, KEY_W, 1}});
  left.send({{EV_KEY, KEY_W, 0}});
  left.send({{EV_KEY, KEY_Q, 1}});
  right.send({{EV_KEY, KEY_W, 0}});
  EXPECT_EQ(without_times(read(reader, 3)),
            (std::vector{control_event(control_named("w"), true), control_event(control_named("q"), true),
                         control_event(control_named("w"), false)}));
}

TEST(EvdevReader, AFineWheelGivesWholeDetents) {
  const UinputDevice mouse(tests::mouse_spec());
  EvdevReader reader({.devices = {mouse.path()}});
  for (int i = 0; i < 7; ++i) mouse.send({{EV_REL, REL_WHEEL_HI_RES, 40}});  // two detents and a third
  mouse.send({{EV_REL, REL_WHEEL_HI_RES, -80}});                             // turned back: the third is forgotten
  mouse.send({{EV_REL, REL_WHEEL_HI_RES, -40}});
  mouse.send({{EV_REL, REL_WHEEL, 1}, {EV_REL, REL_WHEEL_HI_RES, 120}});  // both ways of saying one detent
  mouse.send({{EV_REL, REL_WHEEL, 2}});                                   // a program that knows only the old way
  EXPECT_EQ(
      without_times(read(reader, 5)),
      (std::vector{motion(InputKind::kWheel, 0, 1), motion(InputKind::kWheel, 0, 1), motion(InputKind::kWheel, 0, -1),
                   motion(InputKind::kWheel, 0, 1), motion(InputKind::kWheel, 0, 2)}));
}

TEST(EvdevReader, AMousePacketIsOneMotionBeforeItsButton) {
  const UinputDevice mouse(tests::mouse_spec());
  EvdevReader reader({.devices = {mouse.path()}});
  mouse.send({{EV_KEY, BTN_SIDE, 1}, {EV_REL, REL_X, 5}, {EV_REL, REL_Y, -6}});
  EXPECT_EQ(without_times(read(reader, 2)),
            (std::vector{motion(InputKind::kRelativeMotion, 5, -6), control_event(control_named("mouse_side"), true)}));
}

// With at least as many values as the screen has pixels; a coarser one cannot point at each.
TEST(EvdevReader, AbsoluteDevicesReachAllFourCornersOfEveryScreen) {
  for (const int high : {1919, 4095, 32767, 65535}) {
    const UinputDevice tablet(tests::tablet_spec(high));
    for (const auto& [width, height] : {std::pair{640, 480}, {1366, 768}, {1920, 1080}, {2560, 1440}, {7680, 4320}}) {
      if (width > high + 1) continue;
      EvdevReader reader({.devices = {tablet.path()}, .area = {.screen_width_px = width, .screen_height_px = height}});
      for (const auto& [x, y] : {std::pair{1, 1}, {high, 0}, {0, high}, {high, high}, {0, 0}}) {
        tablet.send({{EV_ABS, ABS_X, x}, {EV_ABS, ABS_Y, y}});
        const auto told = read(reader, 1);
        ASSERT_EQ(told.size(), 1U);
        EXPECT_EQ(told[0].kind, InputKind::kAbsoluteMotion);
        if (x == 1) continue;  // only so that the corner that follows is a change
        EXPECT_EQ(told[0].dx, x == 0 ? 0 : width - 1) << width << " of " << high;
        EXPECT_EQ(told[0].dy, y == 0 ? 0 : height - 1) << height << " of " << high;
      }
    }
  }
}

TEST(EvdevReader, WhatIsDownBeforeItIsOpenedIsNotTold) {
  const UinputDevice keyboard(tests::keyboard_spec());
  keyboard.send({{EV_KEY, KEY_W, 1}});
  EvdevReader reader({.devices = {keyboard.path()}});
  keyboard.send({{EV_KEY, KEY_W, 0}});
  keyboard.send({{EV_KEY, KEY_A, 1}});
  EXPECT_EQ(without_times(read(reader, 1)), std::vector{control_event(control_named("a"), true)});
}

TEST(EvdevSource, DevicesComeAndGoWhileItListens) {
  const UinputDevice mouse(tests::mouse_spec());
  const UinputDevice touchpad(tests::touchpad_spec());
  PressedKeys pressed;
  UinputSink of_atoll({.area = {.screen_width_px = 64, .screen_height_px = 64}}, pressed);
  const auto source = create_evdev_source({});
  mouse.send({{EV_REL, REL_X, 1}});
  EXPECT_EQ(wait(*source, 1).size(), 1U);
  // Neither is a person's keyboard, mouse or pointer.
  touchpad.send({{EV_ABS, ABS_X, 500}, {EV_ABS, ABS_Y, 300}});
  of_atoll.send(std::vector{control_event(control_named("w"), true), motion(InputKind::kAbsoluteMotion, 3, 4)});
  auto keyboard = std::make_unique<UinputDevice>(tests::keyboard_spec());
  // What a device says before it is opened is lost; a tap now and then shows when it is.
  std::vector<InputEvent> told;
  const Timestamp deadline = in(tests::kPatience);
  while (told.empty() && MonotonicClock::now() < deadline) {
    keyboard->send({{EV_KEY, KEY_A, 1}});
    keyboard->send({{EV_KEY, KEY_A, 0}});
    source->wait_events(in(milliseconds(10)), told);
  }
  source->wait_events(in(milliseconds(50)), told);
  for (const InputEvent& event : told) EXPECT_EQ(info_of(event.control).name, "a");
  keyboard->send({{EV_KEY, KEY_W, 1}});
  EXPECT_EQ(without_times(wait(*source, 1)), std::vector{control_event(control_named("w"), true)});
  keyboard.reset();
  EXPECT_EQ(without_times(wait(*source, 1)), std::vector{control_event(control_named("w"), false)});
  mouse.send({{EV_REL, REL_X, 2}});
  EXPECT_EQ(wait(*source, 1).size(), 1U);
}

TEST(EvdevSource, WhatCannotBeReadIsSaidWithAdvice) {
  EXPECT_THAT([] { static_cast<void>(create_evdev_source({.devices = {"/dev/input/event999"}})); },
              ThrowsMessage<Error>(HasSubstr("/dev/input/event999: No such file")));
  EXPECT_THAT([] { static_cast<void>(create_evdev_source({.devices = {"/dev/null"}})); },
              ThrowsMessage<Error>(HasSubstr("/dev/null is no input device")));
  const UinputDevice touchpad(tests::touchpad_spec());
  EXPECT_THAT([&] { static_cast<void>(create_evdev_source({.devices = {touchpad.path()}})); },
              ThrowsMessage<Error>(HasSubstr("\"some touchpad\") is no keyboard, mouse, pointer or gamepad")));
  const UinputDevice keyboard(tests::keyboard_spec());
  const auto refused = [] {
    try {
      static_cast<void>(create_evdev_source({}));
    } catch (const Error& error) {
      return std::string(error.what()).find("add the user to group input") != std::string::npos ? 0 : 1;
    }
    return 2;
  };
  EXPECT_EQ(tests::run_as_nobody(refused), 0);
}

// Run before the modules are loaded.
TEST(WithoutUinput, TheSourceSaysThatThereAreNoDevices) {
  EXPECT_THAT([] { static_cast<void>(create_evdev_source({})); }, ThrowsMessage<Error>(HasSubstr("/dev/input")));
}

}  // namespace
}  // namespace atl::input
