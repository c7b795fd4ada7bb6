#include "input/action_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::input {
namespace {

GuardSettings settings_with(std::vector<std::string> allowed) {
  GuardSettings settings;
  settings.allowed = controls_named(allowed);
  settings.max_counts_per_step = 50;
  settings.max_wheel_per_step = 2;
  return settings;
}

TEST(ActionFilter, TakesOutWhatIsNotAllowed) {
  Action action;
  hold(action, control_named("w"), {});
  hold(action, control_named("left_alt"), {});
  tap(action, control_named("f4"));
  const FilteredAction filtered = filter_action(action, settings_with({"w", "s"}));
  EXPECT_THAT(names_of(filtered.action.held), testing::ElementsAre("w"));
  EXPECT_EQ(filtered.action.num_presses(control_named("f4")), 0);
  EXPECT_EQ(filtered.action.num_presses(control_named("w")), 1);
  EXPECT_THAT(names_of(filtered.forbidden), testing::UnorderedElementsAre("left_alt", "f4"));
  EXPECT_FALSE(filtered.motion_cut);
}

TEST(ActionFilter, CutsMotionWheelAndPosition) {
  Action action;
  action.dx = 51;
  action.dy = -1000;
  action.wheel = -3;
  action.pointer = PointerPosition{1, 2};
  const FilteredAction filtered = filter_action(action, settings_with({}));
  EXPECT_EQ(filtered.action.dx, 50);
  EXPECT_EQ(filtered.action.dy, -50);
  EXPECT_EQ(filtered.action.wheel, -2);
  EXPECT_FALSE(filtered.action.pointer);
  EXPECT_TRUE(filtered.motion_cut);
}

TEST(ActionFilter, LeavesAllowedActionsAlone) {
  Action action;
  hold(action, control_named("s"), {});
  action.dx = 50;
  action.dy = -50;
  const FilteredAction filtered = filter_action(action, settings_with({"w", "s"}));
  EXPECT_EQ(filtered.action, action);
  EXPECT_TRUE(filtered.forbidden.none());
  EXPECT_FALSE(filtered.motion_cut);
}

TEST(GuardSettings, NothingIsAllowedUnlessNamed) {
  GuardSettings settings;
  EXPECT_TRUE(settings.allowed.none());
  settings.window = 1;
  EXPECT_TRUE(problems_of(settings).empty()) << "the defaults fit once the window is known";
}

TEST(GuardSettings, WhatTheKernelsDevicesCannotDoIsNamed) {
  GuardSettings settings;
  settings.sink = GuardSink::kUinput;
  settings.allow_pointer = true;
  settings.allowed = controls_named(std::vector<std::string>{"left_alt", "left_ctrl", "delete"});
  const auto problems = problems_of(settings);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_NE(problems[0].find("require_focus"), std::string::npos);
  EXPECT_NE(problems[1].find("size of the screen"), std::string::npos);
  EXPECT_NE(problems[2].find("take alt away"), std::string::npos);
  settings.require_focus = false;
  settings.area.screen_width_px = settings.area.screen_height_px = 100;
  settings.allowed = controls_named(std::vector<std::string>{"left_ctrl", "delete", "f1"});
  EXPECT_TRUE(problems_of(settings).empty());
  settings.allowed = controls_named(std::vector<std::string>{"right_alt", "f1"});
  EXPECT_EQ(problems_of(settings).size(), 1U);
  settings.sink = GuardSink::kX11;
  EXPECT_TRUE(problems_of(settings).empty());
}

}  // namespace
}  // namespace atl::input
