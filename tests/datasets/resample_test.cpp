#include "datasets/resample.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace atl::datasets {
namespace {

using ::testing::HasSubstr;

// Rates as fractions of a hertz's half, third and so on: what the reference reckons with, written by hand.
struct Rate {
  double hz;
  std::int64_t up;
  std::int64_t down;
};
constexpr std::array<Rate, 9> kRates{{{15, 15, 1},
                                      {17.5, 35, 2},
                                      {20, 20, 1},
                                      {29.97, 2997, 100},
                                      {30000.0 / 1001.0, 30000, 1001},
                                      {30, 30, 1},
                                      {35, 35, 1},
                                      {59.94, 2997, 50},
                                      {60, 60, 1}}};

std::vector<RecordedAction> draw_actions(std::size_t count, double rate_hz, Random& random) {
  std::vector<RecordedAction> actions(count);
  ControlSet held;
  for (std::size_t k = 0; k < count; ++k) {
    RecordedAction& recorded = actions[k];
    recorded.step = k;
    recorded.time = from_ns(5'000'000) + period_of(rate_hz) * static_cast<std::int64_t>(k);
    Action& action = recorded.action;
    action.dx = static_cast<int>(random.below(2001)) - 1000;
    action.dy = static_cast<int>(random.below(2001)) - 1000;
    action.wheel = static_cast<int>(random.below(3)) - 1;
    for (std::size_t i = 0; i < 6; ++i) {
      action.held.set(i, random.chance(1, 2));
      action.presses[i] = static_cast<std::uint8_t>(random.below(3));
    }
    if (random.chance(1, 5)) action.pointer = PointerPosition{static_cast<int>(k), 1};
    action = normalise(action, held);
    held = action.held;
  }
  return actions;
}

// Step by step and action by action: action k begins at k/f, and belongs to the step whose span holds that moment.
struct Reference {
  std::vector<Action> steps;

  Reference(const std::vector<RecordedAction>& actions, const Rate& recorded, const Rate& contract) {
    using Wide = __int128;
    const auto count = static_cast<Wide>(actions.size());
    // All times in units of 1 / (recorded.up * contract.up) seconds.
    const Wide action_length = Wide{recorded.down} * contract.up;
    const Wide step_length = Wide{contract.down} * recorded.up;
    for (Wide begin = 0; begin + step_length <= count * action_length; begin += step_length) {
      Action step;
      for (std::size_t k = 0; k < actions.size(); ++k) {
        const Wide at = static_cast<Wide>(k) * action_length;
        if (at < begin || at >= begin + step_length) continue;
        const Action& action = actions[k].action;
        step.dx += action.dx;
        step.dy += action.dy;
        step.wheel += action.wheel;
        step.held = action.held;
        if (action.pointer) step.pointer = action.pointer;
        for (std::size_t i = 0; i < kNumControls; ++i)
          step.presses[i] = static_cast<std::uint8_t>(std::min(kMaxPresses, step.presses[i] + action.presses[i]));
      }
      steps.push_back(step);
    }
  }
};

TEST(Resample, IsWhatASlowReferenceSaysForAllRates) {
  Random random(7);
  for (int trial = 0; trial < 12; ++trial) {
    for (const Rate& recorded : kRates) {
      for (const Rate& contract : kRates) {
        if (recorded.hz < contract.hz) continue;
        const std::vector<RecordedAction> actions = draw_actions(random.below(140), recorded.hz, random);
        const Reference reference(actions, recorded, contract);
        const auto steps = resample(actions, {recorded.hz, contract.hz, "r"});
        ASSERT_EQ(steps.size(), reference.steps.size()) << recorded.hz << " to " << contract.hz;
        for (std::size_t i = 0; i < steps.size(); ++i)
          ASSERT_EQ(steps[i].action, reference.steps[i]) << recorded.hz << " to " << contract.hz << ", step " << i;
      }
    }
  }
}

TEST(Resample, AWholeRatioJoinsSoManyActionsEach) {
  Random random(3);
  const std::vector<RecordedAction> actions = draw_actions(71, 35, random);
  const auto steps = resample(actions, {35, 17.5, "r"});
  ASSERT_EQ(steps.size(), 35U);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].action, join(std::vector<Action>{actions[2 * i].action, actions[2 * i + 1].action}));
    EXPECT_EQ(steps[i].begin, actions[2 * i].time);
  }
  const auto same = resample(actions, {35, 35, "r"});
  ASSERT_EQ(same.size(), actions.size());
  for (std::size_t i = 0; i < same.size(); ++i) EXPECT_EQ(same[i].action, actions[i].action);
}

TEST(Resample, LosesNoMotionAndDoesNotDriftInAnHour) {
  for (const double recorded_hz : {17.5, 20.0, 35.0, 60.0}) {
    Random random(11);
    const auto count = static_cast<std::size_t>(recorded_hz * 3600);
    const std::vector<RecordedAction> actions = draw_actions(count, recorded_hz, random);
    const auto steps = resample(actions, {recorded_hz, 15, "r"});
    ASSERT_EQ(steps.size(), 15U * 3600U);
    std::int64_t recorded = 0;
    std::int64_t kept = 0;
    for (const RecordedAction& action : actions) recorded += action.action.dx;
    for (const ResampledStep& step : steps) kept += step.action.dx;
    EXPECT_EQ(kept, recorded);
    // Recorded steps last a whole number of nanoseconds: less than half a one off each.
    const double begin_s = to_seconds(steps.back().begin - steps.front().begin);
    EXPECT_NEAR(begin_s, 3600.0 - 1.0 / 15, 0.5e-9 * static_cast<double>(count) + 1e-8);
    for (std::size_t i = 0; i < steps.size(); i += 997) {
      const RecordedAction& first = steps[i].from.front();
      EXPECT_GE(first.time, steps[i].begin);
      EXPECT_LT(to_seconds(first.time - steps[i].begin), 1.0 / recorded_hz);
    }
  }
}

TEST(Resample, WhatBeginsInAStepBelongsToItAlsoWhereItEndsInTheNext) {
  std::vector<RecordedAction> actions(7);
  for (std::size_t k = 0; k < actions.size(); ++k) {
    actions[k].time = from_ns(1'000 * static_cast<std::int64_t>(k));
    actions[k].action.dx = 1 << k;
  }
  const Resampling resampling(35, 15, "r");
  EXPECT_EQ(resampling.words(), "35 Hz to 15 Hz, 7 recorded steps in 3");
  const auto steps = resample(actions, resampling);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].action.dx, 0b0000111) << "the third begins at 2/35 s, before 1/15 s";
  EXPECT_EQ(steps[1].action.dx, 0b0011000);
  EXPECT_EQ(steps[2].action.dx, 0b1100000);
  EXPECT_EQ(steps[1].begin, from_ns(2'333));
  EXPECT_EQ(resampling.seen_at(1), 2U);
  EXPECT_EQ(resampling.begin_of(3, actions), from_ns(6'000) + period_of(35));
}

TEST(Resample, ASlowerRecordingIsRefusedWithBothRates) {
  try {
    static_cast<void>(Resampling(10, 15, "out/minetest"));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kContract);
    EXPECT_THAT(error.what(), HasSubstr("action_rate_hz: 15 (contract) and 10 (recording out/minetest)"));
  }
}

}  // namespace
}  // namespace atl::datasets
