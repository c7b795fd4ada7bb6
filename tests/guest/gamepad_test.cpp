// Gamepads: emulated ones as SDL2 sees them, and those of others as Atoll sees them.
#include "core/error.h"
#include "input/evdev_reader.h"
#include "input/source.h"
#include "input/uinput_sink.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"
#include "tests/guest/raw_device.h"

#include <SDL2/SDL.h>
#include <gtest/gtest.h>

#include <memory>

namespace atl::input {
namespace {

using tests::in;
using tests::without_times;

InputEvent button(std::string_view name, bool pressed, std::uint8_t pad = 0) {
  InputEvent event;
  event.kind = InputKind::kPadButton;
  event.pad = pad;
  event.pad_button = find_pad_button(name).value();
  event.pressed = pressed;
  return event;
}

InputEvent axis(std::string_view name, std::int32_t value, std::uint8_t pad = 0) {
  InputEvent event;
  event.kind = InputKind::kPadAxis;
  event.pad = pad;
  event.pad_axis = find_pad_axis(name).value();
  event.dx = value;
  return event;
}

// SDL as a game uses it.
class Sdl {
 public:
  Sdl() {
    SDL_SetHint(SDL_HINT_JOYSTICK_ALLOW_BACKGROUND_EVENTS, "1");
    SDL_SetHint("SDL_JOYSTICK_DISABLE_UDEV", "1");  // none runs in the guest
    ATOLL_CHECK(SDL_Init(SDL_INIT_GAMECONTROLLER) == 0, "SDL: {}", SDL_GetError());
  }
  ~Sdl() { SDL_Quit(); }
  Sdl(const Sdl&) = delete;
  Sdl& operator=(const Sdl&) = delete;

  // Whether `is_so` comes true before patience ends.
  template <class IsSo>
  static bool wait(const IsSo& is_so) {
    const Timestamp deadline = in(tests::kPatience);
    do {
      SDL_GameControllerUpdate();
      if (is_so()) return true;
      SDL_Delay(1);
    } while (MonotonicClock::now() < deadline);
    return false;
  }
};

using Controller = std::unique_ptr<SDL_GameController, decltype(&SDL_GameControllerClose)>;

TEST(Gamepad, SdlKnowsItAsAnXboxPadAndReadsEveryControl) {
  PressedKeys pressed;
  UinputSink sink({.num_gamepads = 1}, pressed);
  const Sdl sdl;
  ASSERT_TRUE(Sdl::wait([] { return SDL_NumJoysticks() == 1; })) << SDL_NumJoysticks();
  ASSERT_TRUE(SDL_IsGameController(0));
  EXPECT_EQ(SDL_GameControllerTypeForIndex(0), SDL_CONTROLLER_TYPE_XBOX360);
  const Controller pad(SDL_GameControllerOpen(0), SDL_GameControllerClose);
  ASSERT_NE(pad, nullptr) << SDL_GetError();

  const std::pair<const char*, SDL_GameControllerButton> buttons[] = {
      {"a", SDL_CONTROLLER_BUTTON_A},
      {"b", SDL_CONTROLLER_BUTTON_B},
      {"x", SDL_CONTROLLER_BUTTON_X},
      {"y", SDL_CONTROLLER_BUTTON_Y},
      {"left_shoulder", SDL_CONTROLLER_BUTTON_LEFTSHOULDER},
      {"right_shoulder", SDL_CONTROLLER_BUTTON_RIGHTSHOULDER},
      {"back", SDL_CONTROLLER_BUTTON_BACK},
      {"start", SDL_CONTROLLER_BUTTON_START},
      {"guide", SDL_CONTROLLER_BUTTON_GUIDE},
      {"left_stick", SDL_CONTROLLER_BUTTON_LEFTSTICK},
      {"right_stick", SDL_CONTROLLER_BUTTON_RIGHTSTICK}};
  static_assert(std::size(buttons) == kNumPadButtons);
  for (const auto& [name, code] : buttons) {
    for (const bool down : {true, false}) {
      sink.send(std::vector{button(name, down)});
      EXPECT_TRUE(Sdl::wait([&, code = code] {
        int num_down = 0;
        for (int i = 0; i < SDL_CONTROLLER_BUTTON_MAX; ++i) {
          num_down += SDL_GameControllerGetButton(pad.get(), static_cast<SDL_GameControllerButton>(i));
        }
        return num_down == (down ? 1 : 0) && SDL_GameControllerGetButton(pad.get(), code) == (down ? 1 : 0);
      })) << name;
    }
  }

  const std::pair<const char*, SDL_GameControllerAxis> axes[] = {{"left_x", SDL_CONTROLLER_AXIS_LEFTX},
                                                                 {"left_y", SDL_CONTROLLER_AXIS_LEFTY},
                                                                 {"right_x", SDL_CONTROLLER_AXIS_RIGHTX},
                                                                 {"right_y", SDL_CONTROLLER_AXIS_RIGHTY},
                                                                 {"left_trigger", SDL_CONTROLLER_AXIS_TRIGGERLEFT},
                                                                 {"right_trigger", SDL_CONTROLLER_AXIS_TRIGGERRIGHT}};
  for (const auto& [name, code] : axes) {
    const PadAxisInfo& info = info_of(find_pad_axis(name).value());
    const int tolerance = info.low == 0 ? 200 : 1;  // triggers have 256 values, and SDL scales them twice
    for (const std::int32_t value : {info.high, info.high / 2, info.low / 2, info.low, 0}) {
      sink.send(std::vector{axis(name, value)});
      EXPECT_TRUE(Sdl::wait([&, code = code] {
        return std::abs(SDL_GameControllerGetAxis(pad.get(), code) - value) <= tolerance;
      })) << name
          << " " << value << ", SDL says " << SDL_GameControllerGetAxis(pad.get(), code);
    }
  }

  const std::tuple<const char*, int, SDL_GameControllerButton> hats[] = {{"hat_x", -1, SDL_CONTROLLER_BUTTON_DPAD_LEFT},
                                                                         {"hat_x", 1, SDL_CONTROLLER_BUTTON_DPAD_RIGHT},
                                                                         {"hat_y", -1, SDL_CONTROLLER_BUTTON_DPAD_UP},
                                                                         {"hat_y", 1, SDL_CONTROLLER_BUTTON_DPAD_DOWN}};
  for (const auto& [name, value, code] : hats) {
    sink.send(std::vector{axis(name, value)});
    EXPECT_TRUE(Sdl::wait([&, code = code] { return SDL_GameControllerGetButton(pad.get(), code) == 1; })) << name;
    sink.send(std::vector{axis(name, 0)});
    EXPECT_TRUE(Sdl::wait([&, code = code] { return SDL_GameControllerGetButton(pad.get(), code) == 0; })) << name;
  }
  constexpr auto kControls = std::size(buttons) + std::size(axes) + std::size(hats);
  tests::print_figure("controls of the emulated gamepad that SDL2 reads", HasFailure() ? 0.0 : double{kControls},
                      "controls", kControls);
}

TEST(Gamepad, SdlSeesSeveralAndTheirEnd) {
  PressedKeys pressed;
  auto sink = std::make_unique<UinputSink>(UinputSinkConfig{.num_gamepads = 3}, pressed);
  const Sdl sdl;
  ASSERT_TRUE(Sdl::wait([] { return SDL_NumJoysticks() == 3; }));
  const Controller pad(SDL_GameControllerOpen(0), SDL_GameControllerClose);
  sink->send(std::vector{button("a", true, 0), axis("left_x", 20000, 0)});
  ASSERT_TRUE(Sdl::wait([&] { return SDL_GameControllerGetButton(pad.get(), SDL_CONTROLLER_BUTTON_A) == 1; }));
  sink->release_all();
  EXPECT_TRUE(Sdl::wait([&] {
    return SDL_GameControllerGetButton(pad.get(), SDL_CONTROLLER_BUTTON_A) == 0 &&
           SDL_GameControllerGetAxis(pad.get(), SDL_CONTROLLER_AXIS_LEFTX) == 0;
  }));
  sink.reset();
  EXPECT_TRUE(Sdl::wait([&] { return SDL_NumJoysticks() == 0; }));
}

TEST(Gamepad, PadsAreToldApartWithAllTheirAxes) {
  PressedKeys pressed;
  UinputSink sink({.num_gamepads = 2}, pressed);
  const auto devices = sink.devices();
  EvdevReader reader({.devices = {devices[1], devices[2]}});
  std::vector<InputEvent> sent{button("x", true, 1)};
  for (int i = 0; i < kNumPadAxes; ++i) {
    const PadAxisInfo& info = info_of(static_cast<PadAxis>(i));
    for (const std::int32_t value : {info.high, info.low}) {
      // A trigger stands at 0 already; of it this is the next value that a pad with 256 of them tells.
      sent.push_back(axis(info.name, value == 0 ? 32767 / 255 : value, i % 2));
    }
  }
  sent.push_back(button("x", false, 1));
  std::vector<InputEvent> told;
  const Timestamp deadline = in(tests::kPatience);
  for (const InputEvent& event : sent) {
    sink.send({&event, 1});
    const std::size_t before = told.size();
    while (told.size() == before && MonotonicClock::now() < deadline) reader.read(told);
  }
  told = without_times(told);
  ASSERT_EQ(told.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(told[i], sent[i]) << i;
  // What was told is sent again as the same: recordings of this pad replay exactly.
}

// A pad with a byte for each stick, buttons for the cross and for the triggers.
TEST(Gamepad, OtherPadsAreToldInTheSameTerms) {
  const UinputDevice pad(
      {.name = "other pad",
       .physical = "test/pad",
       .keys = {BTN_SOUTH, BTN_EAST, BTN_TL2, BTN_TR2, BTN_DPAD_UP, BTN_DPAD_DOWN, BTN_DPAD_LEFT, BTN_DPAD_RIGHT},
       .axes = {{ABS_X, 0, 255}, {ABS_Y, 0, 255}}});
  EvdevReader reader({.keyboards_and_mice = false});
  EXPECT_EQ(reader.devices(), std::vector{pad.path()});
  pad.send({{EV_ABS, ABS_X, 255}});
  pad.send({{EV_ABS, ABS_X, 0}});
  pad.send({{EV_KEY, BTN_DPAD_UP, 1}});
  pad.send({{EV_KEY, BTN_DPAD_UP, 0}, {EV_KEY, BTN_DPAD_DOWN, 1}});
  pad.send({{EV_KEY, BTN_TR2, 1}});
  pad.send({{EV_KEY, BTN_TR2, 0}});
  pad.send({{EV_KEY, BTN_EAST, 1}});
  std::vector<InputEvent> told;
  const Timestamp deadline = in(tests::kPatience);
  while (told.size() < 8 && MonotonicClock::now() < deadline) reader.read(told);
  EXPECT_EQ(without_times(told),
            (std::vector{axis("left_x", 32767), axis("left_x", -32768), axis("hat_y", -1), axis("hat_y", 0),
                         axis("hat_y", 1), axis("right_trigger", 32767), axis("right_trigger", 0), button("b", true)}));
}

// As a recorder of a window hears it.
TEST(Gamepad, IsHeardBesideADisplayWhileTheWindowHasTheFocus) {
  const UinputDevice pad({.name = "other pad",
                          .physical = "test/pad",
                          .keys = {BTN_SOUTH, BTN_EAST, BTN_TL2, BTN_TR2},
                          .axes = {{ABS_X, 0, 255}, {ABS_Y, 0, 255}}});
  const tests::Xvfb xvfb;
  tests::TestWindow window(xvfb.display(), {500, 250, 400, 300});
  tests::TestWindow other(xvfb.display(), {0, 0, 200, 200});
  window.focus();
  const auto source = create_x11_source({.display = xvfb.display(), .window = window.id(), .gamepads = true});
  std::vector<InputEvent> told;
  const auto wait_told = [&](std::size_t count) {
    for (const Timestamp deadline = in(tests::kPatience); told.size() < count && MonotonicClock::now() < deadline;)
      source->wait_events(in(std::chrono::milliseconds(100)), told);
  };
  pad.send({{EV_KEY, BTN_EAST, 1}});
  wait_told(1);
  other.focus();
  wait_told(2);  // what was held is let go
  pad.send({{EV_KEY, BTN_EAST, 0}});
  pad.send({{EV_KEY, BTN_SOUTH, 1}});
  pad.send({{EV_KEY, BTN_SOUTH, 0}});
  source->wait_events(in(std::chrono::milliseconds(500)), told);
  window.focus();
  source->wait_events(in(std::chrono::milliseconds(500)), told);
  pad.send({{EV_ABS, ABS_X, 255}});
  wait_told(3);
  EXPECT_EQ(without_times(told), (std::vector{button("b", true), button("b", false), axis("left_x", 32767)}));
}

}  // namespace
}  // namespace atl::input
