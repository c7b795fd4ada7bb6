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

}  // namespace
}  // namespace atl::input
