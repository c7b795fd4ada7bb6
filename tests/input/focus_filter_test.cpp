#include "input/focus_filter.h"

#include <gtest/gtest.h>

namespace atl::input {
namespace {

InputEvent key(const char* name, bool pressed) {
  InputEvent event;
  event.control = control_named(name);
  event.pressed = pressed;
  return event;
}

TEST(FocusFilter, TellsNothingWithoutFocus) {
  FocusFilter filter;
  std::vector<InputEvent> told;
  filter.apply(key("p", true), told);
  filter.apply(key("p", false), told);
  EXPECT_TRUE(told.empty());
}

TEST(FocusFilter, ReleasesWhatIsHeldWhenTheFocusLeaves) {
  FocusFilter filter;
  std::vector<InputEvent> told;
  filter.set_focused(true, Timestamp{}, told);
  filter.apply(key("w", true), told);
  filter.apply(key("space", true), told);
  filter.apply(key("space", false), told);
  told.clear();
  filter.set_focused(false, from_ns(77), told);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].control, control_named("w"));
  EXPECT_FALSE(told[0].pressed);
  EXPECT_EQ(told[0].time, from_ns(77));
  filter.set_focused(true, from_ns(78), told);
  filter.apply(key("w", false), told);
  EXPECT_EQ(told.size(), 1U) << "the release was told already";
}

TEST(FocusFilter, KeyThatTwoDevicesHoldIsToldAsOftenAsItIsReleased) {
  FocusFilter filter;
  std::vector<InputEvent> told;
  filter.set_focused(true, Timestamp{}, told);
  for (const bool pressed : {true, true, false, false, false}) filter.apply(key("w", pressed), told);
  EXPECT_EQ(told.size(), 4U);
}

TEST(FocusFilter, ReleaseOfAKeyThatWasPressedElsewhereIsNotTold) {
  FocusFilter filter;
  std::vector<InputEvent> told;
  filter.apply(key("p", true), told);
  filter.set_focused(true, Timestamp{}, told);
  filter.apply(key("p", false), told);
  EXPECT_TRUE(told.empty());
}

TEST(FocusFilter, AGamepadIsLetGoWhenTheFocusLeaves) {
  FocusFilter filter;
  std::vector<InputEvent> told;
  InputEvent button;
  button.kind = InputKind::kPadButton;
  button.pressed = true;
  InputEvent stick;
  stick.kind = InputKind::kPadAxis;
  filter.apply(button, told);
  EXPECT_TRUE(told.empty());
  filter.set_focused(true, Timestamp{}, told);
  for (const int value : {500, 7}) {
    stick.dx = value;
    filter.apply(stick, told);
  }
  filter.apply(button, told);
  button.pad = 1;
  filter.apply(button, told);
  button.pressed = false;
  filter.apply(button, told);
  ASSERT_EQ(told.size(), 5U);
  told.clear();
  filter.set_focused(false, from_ns(77), told);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, InputKind::kPadAxis);
  EXPECT_EQ(told[0].dx, 0);
  EXPECT_EQ(told[1].kind, InputKind::kPadButton);
  EXPECT_EQ(told[1].pad, 0);
  EXPECT_FALSE(told[1].pressed);
  filter.set_focused(true, from_ns(78), told);
  filter.apply(button, told);
  EXPECT_EQ(told.size(), 2U) << "it is up already";
}

}  // namespace
}  // namespace atl::input
