#include "agent/action_codec.h"

#include "core/error.h"
#include "core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace atl::agent {
namespace {

constexpr double kCountsPerTurn = 3600.0;

Control control(const char* name) { return control_named(name); }

TEST(MouseScale, HasTheValuesOfVpt) {
  const MouseScale scale(10.0, 11, 10.0);
  const double expected[] = {-10, -5.809, -3.215, -1.609, -.615, 0, .615, 1.609, 3.215, 5.809, 10};
  for (int bin = 0; bin < 11; ++bin) EXPECT_NEAR(scale.value_of(bin), expected[bin], 1e-3) << bin;
}

TEST(MouseScale, MiddleIsExactlyZeroAndCentresComeBack) {
  for (const int bins : {3, 5, 11, 21, 101}) {
    const MouseScale scale(30.0, bins, 10.0);
    EXPECT_EQ(scale.value_of(bins / 2), 0.0);
    EXPECT_EQ(scale.value_of(0), -scale.value_of(bins - 1));
    for (int bin = 0; bin < bins; ++bin) EXPECT_EQ(scale.bin_of(scale.value_of(bin)), bin) << bins;
  }
}

TEST(MouseScale, IsMonotoneAndCutAtTheEnds) {
  const MouseScale scale(30.0, 11, 10.0);
  int last = 0;
  for (double value = -40.0; value <= 40.0; value += 0.01) {
    const int bin = scale.bin_of(value);
    EXPECT_GE(bin, last);
    last = bin;
  }
  EXPECT_EQ(last, 10);
  EXPECT_EQ(scale.bin_of(-1e9), 0);
}

TEST(MouseScale, RefusesEvenBins) {
  try {
    MouseScale(30.0, 10, 10.0);
    FAIL() << "10 bins were accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kContract);
    EXPECT_THAT(error.what(), testing::HasSubstr("mouse_bins = 10, expected an odd number"));
  }
}

TEST(ActionCodec, EveryTargetComesBackAsItself) {
  const ActionCodec codec(PolicyContract{}, kCountsPerTurn);
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    std::vector<ActionParts> steps(8);
    for (ActionParts& parts : steps) {
      for (int c = 0; c < codec.num_controls(); ++c)
        parts.controls.set(static_cast<std::size_t>(c), random.chance(1, 3));
      parts.mouse_x = static_cast<int>(random.below(11));
      parts.mouse_y = static_cast<int>(random.below(11));
    }
    const std::vector<Action> actions = codec.decode(steps, {});
    for (std::size_t s = 0; s < steps.size(); ++s) EXPECT_EQ(codec.encode(actions[s]), steps[s]);
  }
}

TEST(ActionCodec, PressesWhatWasNotHeldBefore) {
  const ActionCodec codec(PolicyContract{}, kCountsPerTurn);  // w a s d e
  std::vector<ActionParts> steps(3);
  for (ActionParts& parts : steps) parts.mouse_x = parts.mouse_y = codec.mouse().middle();
  steps[0].controls.set(0);
  steps[1].controls.set(0);
  steps[1].controls.set(4);
  ControlSet before;
  before.set(static_cast<std::size_t>(index_of(control("w"))));
  before.set(static_cast<std::size_t>(index_of(control("space"))));
  const std::vector<Action> actions = codec.decode(steps, before);
  EXPECT_EQ(actions[0].num_presses(control("w")), 0);  // it was held already
  EXPECT_TRUE(actions[0].is_held(control("w")));
  EXPECT_FALSE(actions[0].is_held(control("space")));  // outside the contract: let go
  EXPECT_EQ(actions[1].num_presses(control("e")), 1);
  EXPECT_TRUE(actions[2].held.none());
  EXPECT_EQ(actions[2].dx, 0);
  ControlSet held = before;
  for (const Action& action : actions) {
    EXPECT_EQ(normalise(action, held), action);
    held = action.held;
  }
}

TEST(ActionCodec, ATapInsideAStepIsSeen) {
  const ActionCodec codec(PolicyContract{}, kCountsPerTurn);
  Action action;
  tap(action, control("e"));
  EXPECT_TRUE(codec.encode(action).controls.test(4));
}

TEST(ActionCodec, TapsInEveryStepBecomePressesThatDecodingKeepsApart) {
  const ActionCodec codec({}, kCountsPerTurn);
  std::vector<Action> taps(5);
  for (Action& action : taps) tap(action, control("e"));
  std::vector<ActionParts> parts(5);
  codec.encode_steps(taps, parts);
  int presses = 0;
  for (const Action& action : codec.decode(parts, {})) presses += action.num_presses(control("e"));
  EXPECT_EQ(presses, 3);

  std::vector<Action> held(3);
  hold(held[0], control("w"), {});
  hold(held[1], control("w"), held[0].held);
  hold(held[2], control("w"), held[1].held);
  codec.encode_steps(held, std::span(parts).first(3));
  EXPECT_EQ(codec.decode(std::span(parts).first(3), {}), held) << "what is held stays held";
}

TEST(ActionCodec, TurnsDegreesIntoCounts) {
  std::vector<ActionParts> steps(1);
  steps[0].mouse_x = 10;  // 30 degrees right
  steps[0].mouse_y = 0;   // 30 degrees up
  const Action degrees = ActionCodec(PolicyContract{}, kCountsPerTurn).decode(steps, {})[0];
  EXPECT_EQ(degrees.dx, 300);
  EXPECT_EQ(degrees.dy, -300);
  PolicyContract in_counts;
  in_counts.mouse_unit = "counts";
  in_counts.mouse_max = 250;
  EXPECT_EQ(ActionCodec(in_counts, 0.0).decode(steps, {})[0].dx, 250);
}

TEST(ActionCodec, RefusesAnUnknownOrTooCoarseMouse) {
  const auto message = [](double counts_per_turn) -> std::string {
    try {
      const ActionCodec codec(PolicyContract{}, counts_per_turn);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kContract);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message(0.0), testing::HasSubstr("counts_per_turn is 0"));
  EXPECT_THAT(message(30.0), testing::HasSubstr("another bin: use fewer bins"));
}

TEST(ActionCodec, RefusesAControlNamedTwice) {
  PolicyContract contract;
  contract.controls = {"w", "a", "w"};
  try {
    const ActionCodec codec(contract, kCountsPerTurn);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("the control w twice"));
  }
}

}  // namespace
}  // namespace atl::agent
