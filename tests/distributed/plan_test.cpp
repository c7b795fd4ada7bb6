// What is recommended fits the question, and the expectation is the simulator's.
#include "distributed/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::distributed {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Plan, OfAFastLinkIsTheSimplest) {
  const Plan plan = make_plan({.parameters = 1e7, .islands = 4, .step_s = 1, .up_mbit = 1000, .down_mbit = 1000});
  EXPECT_TRUE(plan.is_met);
  EXPECT_EQ(plan.config.steps, 30);
  EXPECT_EQ(plan.config.overlap_steps, 0);
  EXPECT_EQ(plan.config.codec.kind, "int8");
  EXPECT_EQ(plan.config.fragments.count, 1);
}

TEST(Plan, OfASlowLinkSendsFragmentsInTurn) {
  const Plan plan =
      make_plan({.parameters = 1e9, .layers = 24, .islands = 4, .step_s = 2, .up_mbit = 200, .down_mbit = 200});
  EXPECT_TRUE(plan.is_met);
  EXPECT_GT(plan.config.overlap_steps, 0);
  EXPECT_GT(plan.config.fragments.count, 1);
  EXPECT_GE(plan.expected.utilisation, 0.95);
  EXPECT_GT(plan.simple_mbit, 20 * plan.expected.mean_mbit / 4) << "an all-reduce at each step carries far more";
}

TEST(Plan, OfUnlikeSpeedsWaitsForNobody) {
  const Plan plan =
      make_plan({.parameters = 1e7, .islands = 4, .step_s = 1, .slowest = 6, .up_mbit = 1000, .down_mbit = 1000});
  EXPECT_EQ(plan.config.rounds.apply, "each");
  EXPECT_EQ(plan.config.outer.kind, "delayed_nesterov");
  EXPECT_TRUE(plan.config.dynamic_steps);
  EXPECT_THAT(plan.why, Contains(HasSubstr("6 times as long")));
}

TEST(Plan, OfFailingIslandsDoesWithSome) {
  const Plan plan = make_plan({.parameters = 1e8,
                               .islands = 8,
                               .step_s = 1,
                               .up_mbit = 500,
                               .down_mbit = 500,
                               .failure_hours = 2,
                               .back_s = 300});
  EXPECT_EQ(plan.config.rounds.quorum, 6);
  EXPECT_THAT(plan.why, Contains(HasSubstr("rounds close with 6 of 8")));
}

TEST(Plan, SaysWhenThereIsNone) {
  const Plan plan = make_plan({.parameters = 1e12, .islands = 4, .step_s = 0.1, .up_mbit = 1, .down_mbit = 1});
  EXPECT_FALSE(plan.is_met);
  EXPECT_THAT(plan.why, Contains(HasSubstr("No way was found")));
}

TEST(Plan, GivesAConfigThatFitsTogether) {
  for (const double mbit : {1.0, 10.0, 100.0, 10'000.0}) {
    for (const double slowest : {1.0, 4.0}) {
      for (const double failures : {0.0, 1.0}) {
        const Plan plan = make_plan({.parameters = 1e8,
                                     .islands = 4,
                                     .step_s = 0.5,
                                     .slowest = slowest,
                                     .up_mbit = mbit,
                                     .down_mbit = mbit,
                                     .failure_hours = failures});
        EXPECT_THAT(problems_of(plan.config), IsEmpty()) << mbit << " " << slowest << " " << failures;
        EXPECT_FALSE(plan.why.empty());
      }
    }
  }
}

}  // namespace
}  // namespace atl::distributed
