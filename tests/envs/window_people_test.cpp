// What Playhouse's window has for people, without a window: keys, the help page, the strip, sizes.
#include "core/error.h"
#include "core/files.h"
#include "envs/desktop/playhouse_window/draw_plan.h"
#include "envs/desktop/playhouse_window/help_page.h"
#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/desktop/playhouse_window/strip.h"
#include "envs/desktop/playhouse_window/view_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace atl::envs::desktop {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Control key(std::string_view name) { return control_named(name); }

WindowInput pressing(std::initializer_list<std::string_view> names) {
  WindowInput input;
  for (const std::string_view name : names) {
    input.pressed.push_back(key(name));
    input.held.set(static_cast<std::size_t>(index_of(key(name))));
  }
  return input;
}

TEST(KeyBindings, UsualKeysAreTheWorlds) {
  const KeyBindings keys;
  for (int i = 0; i < playhouse::kNumKeyBits; ++i) {
    const auto bit = static_cast<playhouse::KeyBit>(1 << i);
    EXPECT_EQ(keys.control_of(static_cast<KeyUse>(i)), playhouse::control_of(bit));
    WindowInput input = pressing({playhouse::kKeyNames[static_cast<std::size_t>(i)]});
    input.wheel = -2;
    EXPECT_EQ(keys.tick_input(input),
              (playhouse::TickInput{
                  .wheel = -2, .held = static_cast<std::uint16_t>(bit), .pressed = static_cast<std::uint16_t>(bit)}));
  }
  std::set<Control> different;
  for (int i = 0; i < kNumKeyUses; ++i) different.insert(keys.control_of(static_cast<KeyUse>(i)));
  EXPECT_EQ(different.size(), static_cast<std::size_t>(kNumKeyUses));
}

TEST(KeyBindings, ATapThatIsOverCountsAsPressedOnly) {
  WindowInput input;
  input.pressed = {key("e"), key("p")};
  EXPECT_EQ(KeyBindings().tick_input(input), playhouse::TickInput{.pressed = playhouse::kTake});
}

TEST(KeyBindings, ANewKeyIsSwappedWithItsOldUse) {
  KeyBindings keys;
  keys.bind(KeyUse::kForward, key("up"));
  EXPECT_EQ(keys.tick_input(pressing({"w"})), playhouse::TickInput{});
  keys.bind(KeyUse::kUse, key("e"));
  EXPECT_EQ(keys.name_of(KeyUse::kTake), "f");
  EXPECT_EQ(keys.tick_input(pressing({"up", "e"})).held, playhouse::kForward | playhouse::kUse);
}

TEST(KeyBindings, WhatIsRecordedIsToldInTheUsualKeys) {
  KeyBindings keys;
  keys.bind(KeyUse::kForward, key("up"));
  keys.bind(KeyUse::kUse, key("e"));  // and f takes
  const auto event = [](std::string_view name) {
    InputEvent press;
    press.control = key(name);
    press.pressed = true;
    return press;
  };
  InputEvent motion;
  motion.kind = InputKind::kRelativeMotion;
  motion.dx = 3;
  const std::vector<InputEvent> told =
      keys.to_usual({event("up"), event("w"), event("e"), event("f"), event("p"), event("mouse_left"), motion});
  EXPECT_EQ(told,
            (std::vector<InputEvent>{event("w"), event("f"), event("e"), event("p"), event("mouse_left"), motion}))
      << "w does nothing any more; p never did";
  EXPECT_EQ(KeyBindings().to_usual({event("w")}), (std::vector<InputEvent>{event("w")}));
}

TEST(KeyBindings, HintsCallTheKeysByTheirNames) {
  EXPECT_EQ(KeyBindings().hint_keys().menu, "esc");
  KeyBindings keys;
  keys.bind(KeyUse::kTake, key("mouse_right"));
  EXPECT_EQ(keys.hint_keys().take, "mouse right");
  EXPECT_EQ(keys.hint_keys().walk, "w a s d");
}

TEST(KeyBindings, ComeBackFromTheirFile) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "new" / "keys.toml";
  EXPECT_EQ(load_key_bindings(path), KeyBindings()) << "there is no file yet";
  KeyBindings keys;
  keys.bind(KeyUse::kForward, key("up"));
  keys.bind(KeyUse::kTake, key("mouse_right"));
  keys.bind(KeyUse::kNextTask, key("keypad_enter"));
  save_key_bindings(keys, path);
  EXPECT_EQ(load_key_bindings(path), keys);
}

std::string problem_of_file(std::string_view text) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "keys.toml";
  write_file_atomically(path, text);
  try {
    static_cast<void>(load_key_bindings(path));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(KeyBindings, WhatAFileLeavesOutIsUsual) { EXPECT_EQ(problem_of_file("jump = \"j\"\n"), "no error"); }

TEST(KeyBindings, AUseThatIsNewerThanTheFileGivesWay) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "keys.toml";
  write_file_atomically(path, std::string_view("forward = \"t\"\n"));
  const KeyBindings keys = load_key_bindings(path);
  EXPECT_EQ(keys.name_of(KeyUse::kForward), "t");
  EXPECT_EQ(keys.name_of(KeyUse::kAsk), "w");
}

TEST(KeyBindings, BadFilesAreNamedWithTheNearestWord) {
  EXPECT_THAT(problem_of_file("forwad = \"w\"\n"),
              AllOf(HasSubstr("keys.toml"), HasSubstr("forwad"), HasSubstr("nearest known key is \"forward\"")));
  EXPECT_THAT(problem_of_file("jump = \"spce\"\nbag = \"tabb\"\n"),
              AllOf(HasSubstr("jump: unknown key or button \"spce\"; the nearest known one is \"space\""),
                    HasSubstr("bag: unknown key or button \"tabb\"")));
  EXPECT_THAT(problem_of_file("jump = \"w\"\n"), HasSubstr("jump: \"w\" is the key of forward already"));
}

TEST(HelpPage, GivesTheChosenRowTheNextKey) {
  KeyBindings keys;
  HelpPage page(keys, "keys.toml");
  EXPECT_EQ(page.press(key("down")), HelpPage::Reply::kNothing);
  EXPECT_EQ(page.press(key("enter")), HelpPage::Reply::kNothing);
  EXPECT_EQ(page.press(key("left")), HelpPage::Reply::kChanged);
  EXPECT_EQ(keys.name_of(KeyUse::kLeft), "left");
  EXPECT_EQ(page.press(key("up")), HelpPage::Reply::kNothing);
  EXPECT_EQ(page.press(key("up")), HelpPage::Reply::kNothing);  // from the first row to the last
  EXPECT_EQ(page.press(key("enter")), HelpPage::Reply::kNothing);
  EXPECT_EQ(page.press(key("escape")), HelpPage::Reply::kChanged) << "while it waits, any key is the new one";
  EXPECT_EQ(keys.name_of(KeyUse::kAsk), "escape");
  EXPECT_EQ(keys.name_of(KeyUse::kMenu), "t");
  EXPECT_EQ(page.press(key("backspace")), HelpPage::Reply::kChanged);
  EXPECT_EQ(keys, KeyBindings());
  EXPECT_EQ(page.press(key("backspace")), HelpPage::Reply::kNothing);
  EXPECT_EQ(page.press(key("f1")), HelpPage::Reply::kClose);
  EXPECT_EQ(page.press(key("escape")), HelpPage::Reply::kClose);
}

// A picture of its own.
struct Canvas {
  explicit Canvas(FrameSize size)
      : pixels(static_cast<std::size_t>(size.width_px * size.height_px), 0xff123456u),
        picture{pixels.data(), size.width_px, size.height_px} {}
  [[nodiscard]] int count(std::uint32_t rgb, int top = 0) const {
    return static_cast<int>(
        std::count(pixels.begin() + std::ptrdiff_t{top} * picture.width, pixels.end(), 0xff000000u | rgb));
  }
  std::vector<std::uint32_t> pixels;
  Picture picture;
};

TEST(HelpPage, ShowsWhichRowIsChosenAndWaits) {
  KeyBindings keys;
  HelpPage page(keys, "");
  const auto drawn = [&] {
    Canvas canvas({640, 480});
    page.draw(canvas.picture);
    EXPECT_EQ(canvas.count(0x123456), 0) << "covers everything";
    return canvas.pixels;
  };
  const auto first = drawn();
  static_cast<void>(page.press(key("down")));
  const auto second = drawn();
  EXPECT_NE(first, second);
  static_cast<void>(page.press(key("enter")));
  EXPECT_NE(drawn(), second);
  static_cast<void>(page.press(key("k")));
  EXPECT_NE(drawn(), second) << "another key is written there";
}

TEST(Strip, WrapsAtBlanksAndCutsWhatIsTooLong) {
  EXPECT_THAT(wrap("go to the red ball", 40, 2), ElementsAre("go to the red ball"));
  EXPECT_THAT(wrap("go to the red ball", 9, 3), ElementsAre("go to the", "red ball"));
  EXPECT_THAT(wrap("go to the red ball", 10, 3), ElementsAre("go to the", "red ball"));
  EXPECT_THAT(wrap("go to the red ball", 6, 2), ElementsAre("go to", "the.."));
  EXPECT_THAT(wrap("abcdefghij", 4, 5), ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(wrap("", 4, 2), ElementsAre());
}

TEST(Strip, IsGreenForSuccessAndRedForFailure) {
  const auto ground_of = [](StripTone tone) {
    Canvas canvas({320, 200});
    draw_strip(canvas.picture, 200 - kStripDots, 1,
               {.instruction = "go to the red ball", .time = "12 s", .below = "done", .tone = tone});
    EXPECT_EQ(canvas.count(0x123456), 320 * (200 - kStripDots)) << "only the strip is drawn";
    return canvas.pixels.back();
  };
  const auto channel = [](std::uint32_t pixel, int shift) { return static_cast<int>(pixel >> shift & 255); };
  const std::uint32_t good = ground_of(StripTone::kGood);
  const std::uint32_t bad = ground_of(StripTone::kBad);
  EXPECT_GT(channel(good, 8), channel(good, 16) + 40);
  EXPECT_GT(channel(bad, 16), channel(bad, 8) + 40);
  const std::uint32_t running = ground_of(StripTone::kRunning);
  EXPECT_LT(std::abs(channel(running, 8) - channel(running, 16)), 10);
}

TEST(ViewLayout, AWindowAroundAViewHasItWhole) {
  for (const FrameSize view : {FrameSize{96, 72}, {672, 504}, {960, 720}, {1280, 720}, {1920, 1080}, {3000, 2200}}) {
    const FrameSize window = window_around(view, true);
    const ViewLayout layout = lay_out(window, true, FrameSize{view.width_px / 8, view.height_px / 8});
    EXPECT_EQ(layout.view, (WindowGeometry{0, 0, view.width_px, view.height_px}));
    EXPECT_EQ(layout.strip_top, view.height_px);
    EXPECT_EQ(layout.strip_top + layout.strip_height, window.height_px);
    EXPECT_EQ(lay_out(view, false, view).view, (WindowGeometry{0, 0, view.width_px, view.height_px}));
  }
}

TEST(Strip, LongWordsAreReadToTheirEnd) {
  // The longest of many in the full house, in the window of --player human; it would be cut in two lines.
  const std::string text =
      "push the large green book in the living room until it is next to the small red rubber duck in the living room "
      "and lay the small orange cube in the lounge on the table in the living ";
  for (const FrameSize size : {FrameSize{672, 580}, FrameSize{640, 480}, FrameSize{1920, 1080}}) {
    const auto drawn = [&](const std::string& instruction, const std::string& below) {
      Canvas canvas(size);
      draw_strip(canvas.picture, size.height_px - strip_height(size), text_scale(size),
                 {.instruction = instruction, .time = "45 s", .below = below});
      return canvas.pixels;
    };
    EXPECT_NE(drawn(text + "room", ""), drawn(text + "roof", "")) << size.width_px;
    const std::string reason = "picked up the small green rubber duck, asked to put the big purple book on the ";
    EXPECT_NE(drawn("", reason + "bed"), drawn("", reason + "box")) << size.width_px;
    EXPECT_EQ(text_scale(size), size.height_px > 1000 ? 3 : 2);
  }
}

TEST(ViewLayout, AFreeViewFillsTheWindowAndAFixedOneKeepsItsShape) {
  const ViewLayout free = lay_out({1920, 1080}, true, std::nullopt);
  EXPECT_EQ(free.view.width_px, 1920);
  EXPECT_EQ(free.view.height_px, free.strip_top);
  const ViewLayout fixed = lay_out({1920, 1080}, true, FrameSize{96, 72});
  EXPECT_EQ(fixed.view.height_px, fixed.strip_top);
  EXPECT_NEAR(3 * fixed.view.width_px, 4 * fixed.view.height_px, 4);
  EXPECT_NEAR(2 * fixed.view.x_px + fixed.view.width_px, 1920, 2);
  const ViewLayout tall = lay_out({400, 1000}, false, FrameSize{96, 72});
  EXPECT_EQ(tall.view.width_px, 400);
  EXPECT_EQ(tall.view.height_px, 300);
}

TEST(DrawPlan, TakesTheFinestThatFits) {
  const Duration budget = std::chrono::milliseconds(10);
  EXPECT_EQ(plan_drawing({672, 504}, 6.0, budget), (DrawPlan{true, 1}));
  EXPECT_EQ(plan_drawing({1280, 720}, 6.0, budget), (DrawPlan{false, 1}));
  EXPECT_EQ(plan_drawing({3840, 2160}, 6.0, budget), (DrawPlan{false, 3}));
  EXPECT_EQ(plan_drawing({3840, 2160}, 1e6, budget), (DrawPlan{false, 6})) << "the coarsest, whatever it takes";
}

TEST(DrawPlan, FollowsWhatDrawingCostsAndThenStays) {
  DrawPace pace({672, 504});
  EXPECT_EQ(pace.plan(), (DrawPlan{true, 1}));
  // A machine that is three times slower than usual.
  const auto draw = [&](double pixel_ns) {
    const double pixels = 672.0 * 504 / (pace.plan().divisor * pace.plan().divisor) * (pace.plan().smooth ? 4 : 1);
    return pace.note(Duration(static_cast<std::int64_t>(pixels * pixel_ns)));
  };
  int changes = 0;
  for (int i = 0; i < 600; ++i) changes += draw(18.0) ? 1 : 0;
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(pace.plan(), (DrawPlan{false, 1}));
  for (int i = 0; i < 600; ++i) changes += draw(4.0) ? 1 : 0;
  EXPECT_EQ(changes, 2);
  EXPECT_EQ(pace.plan(), (DrawPlan{true, 1}));
}

}  // namespace
}  // namespace atl::envs::desktop
