#include "core/error.h"
#include "core/random.h"
#include "trainer/markov_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace atl::trainer {
namespace {

agent::ActionParts action(int controls, int mouse_x, int mouse_y) {
  agent::ActionParts parts;
  for (std::size_t bit = 0; bit < 8; ++bit) parts.controls.set(bit, (controls >> bit & 1) != 0);
  parts.mouse_x = mouse_x;
  parts.mouse_y = mouse_y;
  return parts;
}

std::vector<agent::ActionParts> all_actions(ActionShape shape) {
  std::vector<agent::ActionParts> all;
  for (int controls = 0; controls < 1 << shape.num_controls; ++controls) {
    for (int x = 0; x < shape.num_bins; ++x) {
      for (int y = 0; y < shape.num_bins; ++y) all.push_back(action(controls, x, y));
    }
  }
  return all;
}

// Actions whose mouse follows the last one's controls and whose controls are drawn anew: the parts depend on each
// other.
ActionSequence random_sequence(std::size_t length, std::uint64_t seed) {
  Random random(seed);
  ActionSequence sequence{action(0, 0, 0)};
  while (sequence.size() < length) {
    const int held = static_cast<int>(sequence.back().controls.to_ulong());
    const int next = random.chance(2, 3) ? held : static_cast<int>(random.below(4));
    sequence.push_back(action(next, held % 3, random.chance(1, 4) ? 1 : 0));
  }
  return sequence;
}

// By hand: A then B, twice.
TEST(MarkovModel, ProbabilitiesAreThoseCountedByHand) {
  const agent::ActionParts a = action(0, 1, 1);
  const agent::ActionParts b = action(1, 2, 1);
  MarkovModel model({1, 3});
  model.add(ActionSequence{a, b, a, b});
  model.set_smoothing({.parts = 2.0, .joint = 0.5});
  const MarkovScore score = model.score(b, a);
  EXPECT_NEAR(std::exp(score.unconditional), 3.0 / 5 * 3.0 / 6 * 4.0 / 6, 1e-12);
  const double factorised = (2 + 2 * 0.6) / 4 * ((2 + 2 * 0.5) / 4) * ((3 + 2 * 4.0 / 6) / 5);
  EXPECT_NEAR(std::exp(score.factorised), factorised, 1e-12);
  EXPECT_NEAR(std::exp(score.joint), (2 + 0.5 * factorised) / 2.5, 1e-12);
  // What never followed A backs off to the parts; after an action that was never seen the joint is the factorised one.
  const MarkovScore unseen = model.score(action(1, 0, 1), a);
  EXPECT_NEAR(std::exp(unseen.joint), 0.5 * std::exp(unseen.factorised) / 2.5, 1e-12);
  const MarkovScore after_unseen = model.score(b, action(1, 0, 0));
  EXPECT_NEAR(after_unseen.joint, after_unseen.factorised, 1e-12);
}

// Over all values of wheel and pointer too, of which few are ever seen.
TEST(MarkovModel, CountsWheelAndPointer) {
  const ActionShape shape{.num_controls = 1, .num_bins = 3, .num_wheel = 3, .num_places = 5};
  Random random(5);
  ActionSequence sequence;
  while (sequence.size() < 100) {
    sequence.push_back(action(static_cast<int>(random.below(2)), 1, 1));
    sequence.back().wheel = random.between(-1, 1);
    sequence.back().pointer = static_cast<int>(random.below(3));
  }
  MarkovModel model(shape);
  model.add(sequence);
  MarkovScore sum;
  for (const agent::ActionParts& parts : all_actions({1, 3})) {
    for (int wheel = -1; wheel <= 1; ++wheel) {
      for (int place = 0; place < 5; ++place) {
        agent::ActionParts next = parts;
        next.wheel = wheel;
        next.pointer = place;
        const MarkovScore score = model.score(next, sequence[7]);
        sum.unconditional += std::exp(score.unconditional);
        sum.factorised += std::exp(score.factorised);
        sum.joint += std::exp(score.joint);
      }
    }
  }
  EXPECT_NEAR(sum.unconditional, 1.0, 1e-9);
  EXPECT_NEAR(sum.factorised, 1.0, 1e-9);
  EXPECT_NEAR(sum.joint, 1.0, 1e-9);
}

TEST(MarkovModel, ProbabilitiesSumToOne) {
  const ActionShape shape{2, 3};
  MarkovModel model(shape);
  model.add(random_sequence(300, 1));
  for (const MarkovSmoothing smoothing : {MarkovSmoothing{1.0, 1.0}, MarkovSmoothing{0.01, 100.0}}) {
    model.set_smoothing(smoothing);
    for (const agent::ActionParts& previous : all_actions(shape)) {
      MarkovScore sum;
      for (const agent::ActionParts& next : all_actions(shape)) {
        const MarkovScore score = model.score(next, previous);
        sum.unconditional += std::exp(score.unconditional);
        sum.factorised += std::exp(score.factorised);
        sum.joint += std::exp(score.joint);
      }
      EXPECT_NEAR(sum.unconditional, 1.0, 1e-9);
      EXPECT_NEAR(sum.factorised, 1.0, 1e-9);
      EXPECT_NEAR(sum.joint, 1.0, 1e-9);
    }
  }
}

TEST(MarkovModel, AgreesWithCountingAnew) {
  const ActionSequence data = random_sequence(500, 2);
  MarkovModel model({2, 3});
  model.add(std::span(data).first(200));
  model.add(std::span(data).subspan(200));  // the pair across the gap is none
  model.set_smoothing({.parts = 3.0, .joint = 7.0});
  const auto count = [&](const auto& matches) {
    double number = 0;
    for (std::size_t i = 1; i < data.size(); ++i) number += i != 200 && matches(data[i - 1], data[i]) ? 1 : 0;
    return number;
  };
  for (const agent::ActionParts& previous : {data[3], data[77], data[400]}) {
    for (const agent::ActionParts& next : {data[5], data[90], data[410]}) {
      double factorised = 1.0;
      const auto part = [&](const auto& value, int size) {
        const double alone = (count([&](auto&, auto& to) { return value(to) == value(next); }) + 1) / (498.0 + size);
        const double row = count([&](auto& from, auto&) { return value(from) == value(previous); });
        const double pair =
            count([&](auto& from, auto& to) { return value(from) == value(previous) && value(to) == value(next); });
        factorised *= (pair + 3.0 * alone) / (row + 3.0);
      };
      part([](const agent::ActionParts& p) { return p.controls.test(0) ? 1 : 0; }, 2);
      part([](const agent::ActionParts& p) { return p.controls.test(1) ? 1 : 0; }, 2);
      part([](const agent::ActionParts& p) { return p.mouse_x; }, 3);
      part([](const agent::ActionParts& p) { return p.mouse_y; }, 3);
      const double row = count([&](auto& from, auto&) { return from == previous; });
      const double pair = count([&](auto& from, auto& to) { return from == previous && to == next; });
      const MarkovScore score = model.score(next, previous);
      EXPECT_NEAR(score.factorised, std::log(factorised), 1e-9);
      EXPECT_NEAR(score.joint, std::log((pair + 7.0 * factorised) / (row + 7.0)), 1e-9);
    }
  }
}

TEST(FitMarkov, TakesTheJointModelWherePartsDependOnEachOther) {
  const MarkovFit fit = fit_markov(std::vector<ActionSequence>{random_sequence(4000, 3)}, {2, 3});
  EXPECT_EQ(fit.num_sequences, 1U);
  EXPECT_EQ(fit.num_steps, 3999U);
  EXPECT_TRUE(fit.is_joint_better(false));
  EXPECT_TRUE(fit.is_joint_better(true));
  EXPECT_GT(fit.validation_all.factorised, fit.validation_all.unconditional + 0.1);
  EXPECT_GT(fit.validation_all.joint, fit.validation_all.factorised + 0.1);
  EXPECT_LT(fit.validation_change.joint, fit.validation_all.joint);
}

// Where nothing depends on what was before, whole actions are too rare to be counted: cross-validation sees it.
TEST(FitMarkov, SmoothsMuchWhereThereIsNothingToLearn) {
  Random random(4);
  std::vector<ActionSequence> sequences(6);
  for (ActionSequence& sequence : sequences) {
    for (int i = 0; i < 60; ++i)
      sequence.push_back(action(static_cast<int>(random.below(16)), static_cast<int>(random.below(9)),
                                static_cast<int>(random.below(9))));
  }
  const MarkovFit fit = fit_markov(sequences, {4, 9});
  EXPECT_EQ(fit.num_sequences, 6U);
  EXPECT_GE(fit.model.smoothing().parts, 100.0);
  EXPECT_GE(fit.model.smoothing().joint, 10.0);
  EXPECT_NEAR(fit.validation_all.factorised, fit.validation_all.unconditional, 0.05);
}

TEST(FitMarkov, RefusesDataWithoutTwoActionsInARow) {
  const std::vector<ActionSequence> sequences{{action(0, 0, 0)}, {}};
  try {
    static_cast<void>(fit_markov(sequences, {1, 3}));
    FAIL() << "fitted on nothing";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("no two actions in a row"));
  }
}

}  // namespace
}  // namespace atl::trainer
