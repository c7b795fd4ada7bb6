#include "core/action.h"

#include "core/error.h"
#include "core/random.h"

#include <gtest/gtest.h>

#include <limits>

namespace atl {
namespace {

const Control kW = control_named("w");
const Control kShift = control_named("left_shift");
const Control kLeft = control_named("mouse_left");

ControlSet random_set(Random& random) {
  ControlSet set;
  for (std::size_t i = 0; i < kNumControls; ++i) set.set(i, random.chance(1, 6));
  return set;
}

// Any action at all, possible or not.
Action random_action(Random& random) {
  Action action;
  action.held = random_set(random);
  for (std::uint8_t& presses : action.presses)
    presses = static_cast<std::uint8_t>(random.chance(1, 4) ? random.below(6) : 0);
  if (random.chance(1, 2)) action.dx = random.between(-1000, 1000);
  if (random.chance(1, 2)) action.dy = random.between(-1000, 1000);
  if (random.chance(1, 4)) action.wheel = random.between(-3, 3);
  if (random.chance(1, 4)) action.pointer = PointerPosition{random.between(-5, 2000), random.between(-5, 2000)};
  return action;
}

std::vector<InputEvent> random_events(Random& random, int count) {
  std::vector<InputEvent> events;
  for (int i = 0; i < count; ++i) {
    InputEvent event;
    event.kind = static_cast<InputKind>(random.below(4));
    event.control = control_at(static_cast<int>(random.below(4)));  // few, so that presses repeat
    event.pressed = random.chance(1, 2);
    event.dx = random.between(-50, 50);
    event.dy = random.between(-50, 50);
    events.push_back(event);
  }
  return events;
}

TEST(Action, ExpandedAndSummarisedItIsTheSameIfNormalised) {
  Random random(1);
  ControlSet held;
  for (int i = 0; i < 3000; ++i) {
    const Action action = normalise(random_action(random), held);
    const std::vector<InputEvent> events = expand(action, held, from_ns(i), Origin::kAgent);
    ASSERT_EQ(summarise(events, held), action) << "step " << i;
    for (const InputEvent& event : events) {
      ASSERT_EQ(event.time, from_ns(i));
      ASSERT_EQ(event.origin, Origin::kAgent);
    }
    held = action.held;
  }
}

TEST(Action, NormalisingTwiceChangesNothingMore) {
  Random random(2);
  for (int i = 0; i < 1000; ++i) {
    const ControlSet held = random_set(random);
    const Action once = normalise(random_action(random), held);
    ASSERT_EQ(normalise(once, held), once);
  }
}

TEST(Action, SummariesOfRealEventsAreNormal) {
  Random random(3);
  ControlSet held;
  for (int i = 0; i < 1000; ++i) {
    const Action action = summarise(random_events(random, 12), held);
    ASSERT_EQ(normalise(action, held), action);
    held = action.held;
  }
}

// A control's events must alternate, or the receiver would not see a press.
TEST(Action, ExpandsToAlternatingChangesOfEachControl) {
  Random random(4);
  ControlSet held;
  for (int i = 0; i < 1000; ++i) {
    const Action action = normalise(random_action(random), held);
    ControlSet down = held;
    for (const InputEvent& event : expand(action, held, {}, Origin::kAgent)) {
      if (event.kind != InputKind::kControl) continue;
      const auto index = static_cast<std::size_t>(index_of(event.control));
      ASSERT_NE(down.test(index), event.pressed) << info_of(event.control).name;
      down.set(index, event.pressed);
    }
    ASSERT_EQ(down, action.held);
    held = action.held;
  }
}

TEST(Action, JoinedStepsAreTheSummaryOfTheirEvents) {
  Random random(5);
  for (int i = 0; i < 500; ++i) {
    const ControlSet start = random_set(random);
    ControlSet held = start;
    std::vector<Action> steps;
    std::vector<InputEvent> all;
    for (std::uint32_t step = 0; step <= random.below(5); ++step) {
      const std::vector<InputEvent> events = random_events(random, 8);
      steps.push_back(summarise(events, held));
      held = steps.back().held;
      all.insert(all.end(), events.begin(), events.end());
    }
    ASSERT_EQ(join(steps), summarise(all, start));
  }
  EXPECT_THROW(static_cast<void>(join({})), Error);
}

TEST(Action, CutsPressesAtThree) {
  Action action;
  for (int i = 0; i < 5; ++i) tap(action, kW);
  EXPECT_EQ(action.num_presses(kW), kMaxPresses);
  EXPECT_FALSE(action.is_held(kW));
  action.presses[static_cast<std::size_t>(index_of(kW))] = 200;
  EXPECT_EQ(normalise(action, {}).num_presses(kW), kMaxPresses);
}

TEST(Action, SumsStopAtTheEndOfTheirRange) {
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
  std::vector<InputEvent> events(3);
  for (InputEvent& event : events) {
    event.kind = InputKind::kRelativeMotion;
    event.dx = kMost;
    event.dy = kLeast;
  }
  const Action action = summarise(events, {});
  EXPECT_EQ(action.dx, kMost);
  EXPECT_EQ(action.dy, kLeast);
  const Action joined = join(std::vector<Action>{action, action});
  EXPECT_EQ(joined.dx, kMost);
  EXPECT_EQ(joined.dy, kLeast);
}

// Corners stay corners, and a position that was scaled up comes back.
TEST(PointerPosition, ScaledItShowsTheSamePlace) {
  for (const FrameSize to : {FrameSize{160, 210}, FrameSize{161, 300}, FrameSize{1920, 1080}, FrameSize{2560, 1440}}) {
    const FrameSize from{160, 210};
    for (int x = 0; x < from.width_px; ++x)
      EXPECT_EQ(scaled(scaled({x, x}, from, to), to, from), (PointerPosition{x, x})) << to.width_px;
    EXPECT_EQ(scaled({0, 0}, to, from), (PointerPosition{0, 0}));
    EXPECT_EQ(scaled({to.width_px - 1, to.height_px - 1}, to, from), (PointerPosition{159, 209}));
    EXPECT_LT(scaled({-1, 0}, to, from).x_px, 0) << "outside stays outside";
    EXPECT_GE(scaled({to.width_px, 0}, to, from).x_px, 160);
  }
}

TEST(Action, HoldingWhatIsHeldIsNoPress) {
  ControlSet held;
  held.set(static_cast<std::size_t>(index_of(kW)));
  Action action;
  hold(action, kW, held);
  EXPECT_TRUE(action.is_held(kW));
  EXPECT_EQ(action.num_presses(kW), 0);
  EXPECT_TRUE(expand(action, held, {}, Origin::kAgent).empty());

  Action fresh;
  hold(fresh, kW, {});
  hold(fresh, kW, {});
  EXPECT_EQ(fresh.num_presses(kW), 1);
}

TEST(Action, TapOfAHeldControlReleasesItFirst) {
  ControlSet held;
  held.set(static_cast<std::size_t>(index_of(kLeft)));
  Action action;
  tap(action, kLeft);
  const std::vector<InputEvent> events = expand(action, held, {}, Origin::kHuman);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_FALSE(events[0].pressed);
  EXPECT_TRUE(events[1].pressed);
  EXPECT_FALSE(events[2].pressed);
}

TEST(Action, MotionComesFirstAndModifiersEncloseTheOtherKeys) {
  Action action;
  tap(action, kW);
  tap(action, kShift);
  tap(action, kLeft);
  action.dx = 3;
  action.wheel = -1;
  action.pointer = PointerPosition{4, 5};
  const std::vector<InputEvent> events = expand(action, {}, {}, Origin::kAgent);
  ASSERT_EQ(events.size(), 9U);
  EXPECT_EQ(events[0].kind, InputKind::kRelativeMotion);
  EXPECT_EQ(events[1].kind, InputKind::kAbsoluteMotion);
  EXPECT_EQ(events[2].kind, InputKind::kWheel);
  // shift down, w down, w up, button down, button up, shift up: a tapped Shift+W is still one.
  EXPECT_EQ(events[3].control, kShift);
  EXPECT_TRUE(events[3].pressed);
  for (std::size_t i = 4; i < 8; ++i) EXPECT_NE(events[i].control, kShift);
  EXPECT_EQ(events[8].control, kShift);
  EXPECT_FALSE(events[8].pressed);
  EXPECT_EQ(summarise(events, {}), action);
}

}  // namespace
}  // namespace atl
