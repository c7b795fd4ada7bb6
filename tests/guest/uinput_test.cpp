// The sink over uinput, read with nothing but read(2).
#include "core/error.h"
#include "input/source.h"
#include "input/uinput_sink.h"
#include "tests/guest/raw_device.h"
#include "tests/input_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace atl::input {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;
using tests::control_event;
using tests::motion;
using tests::RawReader;

// Run before the modules are loaded.
TEST(WithoutUinput, TheSinkSaysWhichModuleToLoad) {
  EXPECT_THAT([] { static_cast<void>(create_uinput_sink({})); },
              ThrowsMessage<Error>(AllOf(HasSubstr("/dev/uinput is missing"), HasSubstr("sudo modprobe uinput"))));
}

TEST(UinputSink, IsRefusedWithAdviceToAUserWhoMayNot) {
  const auto refused = [] {
    try {
      static_cast<void>(create_uinput_sink({}));
    } catch (const Error& error) {
      return std::string(error.what()).find("usermod -aG input") != std::string::npos ? 0 : 1;
    }
    return 2;
  };
  EXPECT_EQ(tests::run_as_nobody(refused), 0);
}

TEST(UinputSink, SettingsThatCannotBeAreNamed) {
  EXPECT_THAT([] { static_cast<void>(create_uinput_sink({.area = {.screen_width_px = 1, .screen_height_px = 5}})); },
              ThrowsMessage<Error>(HasSubstr("the screen is 1x5")));
  EXPECT_THAT([] { static_cast<void>(create_uinput_sink({.num_gamepads = 5})); },
              ThrowsMessage<Error>(HasSubstr("num_gamepads is 5, expected 0 to 4")));
  const auto sink = create_uinput_sink({});
  const InputEvent position = motion(InputKind::kAbsoluteMotion, 1, 2);
  EXPECT_THAT([&] { sink->send({&position, 1}); }, ThrowsMessage<Error>(HasSubstr("size of the screen")));
  InputEvent button = motion(InputKind::kPadButton, 0, 0);
  EXPECT_THAT([&] { sink->send({&button, 1}); }, ThrowsMessage<Error>(HasSubstr("gamepad 0")));
}

// Events that are sent right after the sink was made must arrive: python-evdev#213.
TEST(UinputSink, TheFirstEventIsNotLostAndEveryControlComesAsItself) {
  PressedKeys pressed;
  UinputSink sink({}, pressed);
  RawReader reader(sink.devices().at(0));
  for (int i = 0; i < kNumControls; ++i) {
    const InputEvent tap[] = {control_event(control_at(i), true), control_event(control_at(i), true),
                              control_event(control_at(i), false)};
    sink.send(tap);
    const auto events = reader.wait(EV_KEY, 2);
    ASSERT_EQ(events.size(), 2U) << info_of(control_at(i)).name;
    for (int k = 0; k < 2; ++k) {
      EXPECT_EQ(events[k].code, info_of(control_at(i)).evdev_code);
      EXPECT_EQ(events[k].value, 1 - k);
    }
  }
}

TEST(UinputSink, WheelsTurnInBothResolutions) {
  PressedKeys pressed;
  UinputSink sink({}, pressed);
  RawReader reader(sink.devices().at(0));
  const InputEvent turn = motion(InputKind::kWheel, 0, -3);
  sink.send({&turn, 1});
  const auto events = reader.wait(EV_REL, 2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].code, REL_WHEEL);
  EXPECT_EQ(events[0].value, -3);
  EXPECT_EQ(events[1].code, REL_WHEEL_HI_RES);
  EXPECT_EQ(events[1].value, -360);
}

// Both ways in which readers scale an axis to a screen.
int by_number_of_values(const input_absinfo& axis, int width) {
  return static_cast<int>((std::int64_t{axis.value} - axis.minimum) * width /
                          (std::int64_t{axis.maximum} - axis.minimum + 1));
}
int by_distance(const input_absinfo& axis, int width) {
  return static_cast<int>(double(axis.value - axis.minimum) / (axis.maximum - axis.minimum) * (width - 1) + 0.5);
}

TEST(UinputSink, PositionsReachAllFourCornersOfEveryScreen) {
  for (const auto& [width, height] : {std::pair{2, 2},
                                      {640, 480},
                                      {1280, 720},
                                      {1366, 768},
                                      {1920, 1080},
                                      {2560, 1440},
                                      {3440, 1440},
                                      {3840, 2160},
                                      {7680, 4320},
                                      {65536, 3}}) {
    PressedKeys pressed;
    UinputSink sink({.area = {.screen_width_px = width, .screen_height_px = height}}, pressed);
    RawReader reader(sink.devices().at(1));
    for (const auto& [x, y] :
         {std::pair{width - 1, 0}, {0, height - 1}, {width - 1, height - 1}, {0, 0}, {width / 2, height / 3}}) {
      const InputEvent position = motion(InputKind::kAbsoluteMotion, x, y);
      sink.send({&position, 1});
      ASSERT_FALSE(reader.wait(EV_ABS, 1).empty());
      for (const auto scale : {by_number_of_values, by_distance}) {
        EXPECT_EQ(scale(reader.axis(ABS_X), width), x) << width << "x" << height;
        EXPECT_EQ(scale(reader.axis(ABS_Y), height), y) << width << "x" << height;
      }
    }
  }
}

TEST(UinputSink, PositionsAreThoseOfTheWindowAndStayOnTheScreen) {
  PressedKeys pressed;
  UinputSink sink({.area = {.screen_width_px = 1000, .screen_height_px = 500, .x_px = 200, .y_px = -20}}, pressed);
  RawReader reader(sink.devices().at(1));
  for (const auto& [x, y, at_x, at_y] : {std::tuple{0, 20, 200, 0}, {799, 519, 999, 499}, {5000, -5000, 999, 0}}) {
    const InputEvent position = motion(InputKind::kAbsoluteMotion, x, y);
    sink.send({&position, 1});
    ASSERT_FALSE(reader.wait(EV_ABS, 1).empty());
    EXPECT_EQ(reader.axis(ABS_X).value, at_x);
    EXPECT_EQ(reader.axis(ABS_Y).value, at_y);
  }
}

// The kernel leaves out a position that the device has already; meanwhile the mouse may have moved the pointer away.
TEST(UinputSink, APositionIsSentAgainAfterTheMouseMoved) {
  PressedKeys pressed;
  UinputSink sink({.area = {.screen_width_px = 800, .screen_height_px = 600}}, pressed);
  RawReader reader(sink.devices().at(1));
  const InputEvent position = motion(InputKind::kAbsoluteMotion, 10, 20);
  const InputEvent away = motion(InputKind::kRelativeMotion, 50, 50);
  sink.send({&position, 1});
  ASSERT_FALSE(reader.wait(EV_ABS, 2).empty());
  sink.send({&away, 1});
  sink.send({&position, 1});
  ASSERT_FALSE(reader.wait(EV_ABS, 1).empty());
  EXPECT_EQ(reader.axis(ABS_X).value, 10);
  EXPECT_EQ(reader.axis(ABS_Y).value, 20);
}

TEST(UinputSink, AClickGoesThroughTheDeviceThatMovedThePointer) {
  PressedKeys pressed;
  UinputSink sink({.area = {.screen_width_px = 800, .screen_height_px = 600}}, pressed);
  RawReader mouse(sink.devices().at(0));
  RawReader pointer(sink.devices().at(1));
  const Control left = control_named("mouse_left");
  sink.send(
      std::vector{motion(InputKind::kAbsoluteMotion, 1, 1), control_event(left, true), control_event(left, false)});
  EXPECT_EQ(pointer.wait(EV_KEY, 2).size(), 2U);
  sink.send(
      std::vector{motion(InputKind::kRelativeMotion, 1, 1), control_event(left, true), control_event(left, false)});
  EXPECT_EQ(mouse.wait(EV_KEY, 2).size(), 2U);
}

// The kernel's own console is the witness: who reads a device that goes away may be told nothing more than that.
TEST(UinputSink, TheKernelReleasesWhatWasHeldWhenItIsGone) {
  PressedKeys pressed;
  auto sink = std::make_unique<UinputSink>(UinputSinkConfig{}, pressed);
  RawReader reader(sink->devices().at(0));
  sink->send(std::vector{control_event(control_named("left_shift"), true)});
  EXPECT_TRUE(tests::wait_console_shift(true));
  sink.reset();
  EXPECT_TRUE(tests::wait_console_shift(false));
  static_cast<void>(reader.wait(EV_KEY, 3));
  EXPECT_TRUE(reader.is_gone());
}

// A process of its own that holds keys until it is killed; its first device by path.
class Holder {
 public:
  Holder() {
    int ends[2];
    ATOLL_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "errno {}", errno);
    pid_ = fork();
    if (pid_ == 0) hold(ends[1]);
    close(ends[1]);
    end_ = ends[0];
    char path[64] = {};
    ATOLL_CHECK(read(end_, path, sizeof path) > 0, "the holder said nothing");
    path_ = path;
  }
  ~Holder() {
    if (pid_ > 0) end();
    close(end_);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  void press() const { ATOLL_CHECK(write(end_, "g", 1) == 1, "the holder is gone"); }
  void end() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  [[noreturn]] static void hold(int end) {
    PressedKeys pressed;
    UinputSink sink({}, pressed);
    const std::string path = sink.devices().at(0);
    char go = 0;
    if (write(end, path.c_str(), path.size() + 1) < 0 || read(end, &go, 1) != 1) _exit(1);
    sink.send(std::vector{control_event(control_named("w"), true), control_event(control_named("left_shift"), true)});
    while (true) pause();
  }
  pid_t pid_ = 0;
  int end_ = -1;
  std::string path_;
};

TEST(UinputSink, NothingStaysDownAfterItsProcessWasKilled) {
  const char* asked = std::getenv("ATOLL_GUEST_KILLS");
  const int times = asked != nullptr ? std::atoi(asked) : 5;
  for (int i = 0; i < times; ++i) {
    Holder holder;
    const auto source = create_evdev_source({.devices = {holder.path()}});
    holder.press();
    ASSERT_TRUE(tests::wait_console_shift(true));
    std::vector<InputEvent> told;
    const Timestamp deadline = tests::in(tests::kPatience);
    while (told.size() < 2 && MonotonicClock::now() < deadline) source->wait_events(deadline, told);
    ASSERT_EQ(told.size(), 2U);
    holder.end();
    EXPECT_TRUE(tests::wait_console_shift(false));
    while (told.size() < 4 && MonotonicClock::now() < deadline) source->wait_events(deadline, told);
    ASSERT_EQ(told.size(), 4U);
    EXPECT_FALSE(told[2].pressed || told[3].pressed);
  }
  tests::print_figure("processes that held keys through uinput and were killed, nothing left down", times, "kills",
                      static_cast<std::size_t>(times));
}

}  // namespace
}  // namespace atl::input
