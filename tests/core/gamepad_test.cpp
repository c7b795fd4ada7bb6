#include "core/gamepad.h"

#include "core/action.h"
#include "core/error.h"

#include <gtest/gtest.h>

#include <set>

namespace atl {
namespace {

TEST(Gamepad, NamesAndCodesLeadBackToTheSameControl) {
  std::set<std::string_view> names;
  std::set<std::uint16_t> codes;
  for (int i = 0; i < kNumPadButtons; ++i) {
    const PadButtonInfo& info = info_of(static_cast<PadButton>(i));
    EXPECT_EQ(find_pad_button(info.name), static_cast<PadButton>(i));
    EXPECT_EQ(pad_button_of_evdev(info.evdev_code), static_cast<PadButton>(i));
    EXPECT_TRUE(names.insert(info.name).second && codes.insert(info.evdev_code).second) << info.name;
  }
  codes.clear();  // axes have codes of their own
  for (int i = 0; i < kNumPadAxes; ++i) {
    const PadAxisInfo& info = info_of(static_cast<PadAxis>(i));
    EXPECT_EQ(find_pad_axis(info.name), static_cast<PadAxis>(i));
    EXPECT_EQ(pad_axis_of_evdev(info.evdev_code), static_cast<PadAxis>(i));
    EXPECT_TRUE(names.insert(info.name).second && codes.insert(info.evdev_code).second) << info.name;
    EXPECT_LE(info.low, 0);
    EXPECT_GT(info.high, 0);
  }
}

TEST(Gamepad, WhatIsUnknownIsNothingOrRefused) {
  EXPECT_FALSE(find_pad_button("w"));
  EXPECT_FALSE(find_pad_axis("throttle"));
  EXPECT_FALSE(pad_button_of_evdev(30));  // KEY_A, a key of the keyboard
  EXPECT_THROW(static_cast<void>(info_of(static_cast<PadButton>(kNumPadButtons))), Error);
  EXPECT_THROW(static_cast<void>(info_of(static_cast<PadAxis>(kNumPadAxes))), Error);
}

TEST(Gamepad, ItsEventsLeaveActionsAsTheyAre) {
  InputEvent button;
  button.kind = InputKind::kPadButton;
  button.pressed = true;
  InputEvent axis;
  axis.kind = InputKind::kPadAxis;
  axis.dx = 32767;
  EXPECT_EQ(summarise(std::vector<InputEvent>{button, axis}, {}), Action{});
}

}  // namespace
}  // namespace atl
