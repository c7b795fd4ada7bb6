#include "core/controls.h"

#include "core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace atl {
namespace {

using testing::HasSubstr;

TEST(Controls, Are96KeysAnd5ButtonsWithNamesAndCodesOfTheirOwn) {
  std::set<std::string_view> names;
  std::set<std::uint16_t> codes;
  for (int i = 0; i < kNumControls; ++i) {
    const ControlInfo& info = info_of(control_at(i));
    EXPECT_FALSE(info.name.empty()) << i;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(codes.insert(info.evdev_code).second) << info.name;
    for (const char c : info.name)
      EXPECT_TRUE((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') << info.name;
    // BTN_MOUSE is 0x110: keys lie below, mouse buttons from there on.
    EXPECT_EQ(is_button(control_at(i)), info.evdev_code >= 0x110) << info.name;
    EXPECT_EQ(is_button(control_at(i)), info.name.starts_with("mouse_")) << info.name;
  }
  EXPECT_EQ(names.size(), 101U);
  EXPECT_EQ(kNumKeys, 96);
  EXPECT_EQ(kNumButtons, 5);
}

// Numbers of the Linux kernel's ABI (include/uapi/linux/input-event-codes.h), written out: they are in every recording.
TEST(Controls, HaveTheCodesOfTheLinuxKernel) {
  const std::map<std::string, int> codes{{"escape", 1},
                                         {"1", 2},
                                         {"0", 11},
                                         {"minus", 12},
                                         {"equal", 13},
                                         {"backspace", 14},
                                         {"tab", 15},
                                         {"q", 16},
                                         {"p", 25},
                                         {"left_bracket", 26},
                                         {"enter", 28},
                                         {"left_ctrl", 29},
                                         {"a", 30},
                                         {"semicolon", 39},
                                         {"apostrophe", 40},
                                         {"grave", 41},
                                         {"left_shift", 42},
                                         {"backslash", 43},
                                         {"z", 44},
                                         {"m", 50},
                                         {"comma", 51},
                                         {"period", 52},
                                         {"slash", 53},
                                         {"right_shift", 54},
                                         {"left_alt", 56},
                                         {"space", 57},
                                         {"caps_lock", 58},
                                         {"f1", 59},
                                         {"f10", 68},
                                         {"keypad_7", 71},
                                         {"keypad_minus", 74},
                                         {"keypad_plus", 78},
                                         {"keypad_0", 82},
                                         {"f11", 87},
                                         {"f12", 88},
                                         {"keypad_enter", 96},
                                         {"right_ctrl", 97},
                                         {"right_alt", 100},
                                         {"home", 102},
                                         {"up", 103},
                                         {"page_up", 104},
                                         {"left", 105},
                                         {"right", 106},
                                         {"end", 107},
                                         {"down", 108},
                                         {"page_down", 109},
                                         {"insert", 110},
                                         {"delete", 111},
                                         {"left_meta", 125},
                                         {"right_meta", 126},
                                         {"mouse_left", 0x110},
                                         {"mouse_right", 0x111},
                                         {"mouse_middle", 0x112},
                                         {"mouse_side", 0x113},
                                         {"mouse_extra", 0x114}};
  for (const auto& [name, code] : codes) EXPECT_EQ(info_of(control_named(name)).evdev_code, code) << name;
}

// The order is part of every file format.
TEST(Controls, KeepTheirPlaces) {
  EXPECT_EQ(index_of(control_named("a")), 0);
  EXPECT_EQ(index_of(control_named("z")), 25);
  EXPECT_EQ(index_of(control_named("0")), 26);
  EXPECT_EQ(index_of(control_named("f12")), 47);
  EXPECT_EQ(index_of(control_named("up")), 48);
  EXPECT_EQ(index_of(control_named("left_shift")), 52);
  EXPECT_EQ(index_of(control_named("space")), 60);
  EXPECT_EQ(index_of(control_named("caps_lock")), 71);
  EXPECT_EQ(index_of(control_named("grave")), 72);
  EXPECT_EQ(index_of(control_named("slash")), 82);
  EXPECT_EQ(index_of(control_named("keypad_enter")), 95);
  EXPECT_EQ(index_of(control_named("mouse_left")), 96);
  EXPECT_EQ(index_of(control_named("mouse_extra")), 100);
}

TEST(Controls, AreFoundByNameAndByCode) {
  for (int i = 0; i < kNumControls; ++i) {
    const ControlInfo& info = info_of(control_at(i));
    EXPECT_EQ(find_control(info.name), control_at(i));
    EXPECT_EQ(control_of_evdev(info.evdev_code), control_at(i));
  }
  EXPECT_EQ(find_control("W"), std::nullopt);
  EXPECT_EQ(find_control(""), std::nullopt);
  EXPECT_EQ(control_of_evdev(0), std::nullopt);
  EXPECT_EQ(control_of_evdev(0x14a), std::nullopt);  // a finger on a touchpad
}

TEST(Controls, EightOfThemAreModifiers) {
  int count = 0;
  for (const ControlInfo& info : control_table()) {
    const std::string_view name = info.name;
    const bool expected =
        name.ends_with("_shift") || name.ends_with("_ctrl") || name.ends_with("_alt") || name.ends_with("_meta");
    EXPECT_EQ(info.is_modifier, expected) << name;
    count += info.is_modifier ? 1 : 0;
  }
  EXPECT_EQ(count, 8);
}

TEST(Controls, AnUnknownNameIsAnErrorThatNamesTheNearest) {
  try {
    static_cast<void>(control_named("spcae"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_THAT(error.what(), HasSubstr("\"spcae\""));
    EXPECT_THAT(error.what(), HasSubstr("\"space\""));
  }
  EXPECT_THROW(static_cast<void>(info_of(control_at(kNumControls))), Error);
}

TEST(Controls, SetsAndNamesAgree) {
  const std::vector<std::string> names{"d", "w", "left_shift", "mouse_right"};
  EXPECT_EQ(names_of(controls_named(names)), names);  // already in index order
  EXPECT_TRUE(names_of({}).empty());
  EXPECT_EQ(names_of(ControlSet{}.set()).size(), 101U);
  EXPECT_THROW(static_cast<void>(controls_named(std::vector<std::string>{"w", "shift"})), Error);
}

}  // namespace
}  // namespace atl
