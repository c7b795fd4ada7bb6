// The guard's fault table, a few times each at random moments; tools/studies/guard.sh takes it 50 times each.
#include "tests/input/fault_round.h"

#include <gtest/gtest.h>

namespace atl::input {
namespace {

constexpr int kRounds = 5;  // a person takes over in five ways

class GuardFault : public testing::TestWithParam<Fault> {};

TEST_P(GuardFault, LeavesNoKeyDownAndNothingTypedElsewhere) {
  const bool is_takeover = GetParam() == Fault::kTakeover || GetParam() == Fault::kTakeoverInFlood;
  const int num_rounds = is_takeover ? kRounds : 2;
  for (int round = 0; round < num_rounds; ++round) {
    SCOPED_TRACE(round);
    const FaultRound result = run_fault_round(GetParam(), 11, round);
    EXPECT_EQ(result.problem, "");
    if (result.overdue) {
      EXPECT_LE(*result.overdue, kReleaseBar);
    }
    EXPECT_EQ(result.typed_elsewhere, 0);
    EXPECT_EQ(result.forbidden_seen, 0);
    EXPECT_EQ(result.presses_after, 0);
    EXPECT_EQ(result.processes_left, 0);
    EXPECT_TRUE(result.are_origins_right) << result.origins;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, GuardFault, testing::ValuesIn(kAllFaults),
                         [](const auto& made) { return std::string(to_string(made.param)); });

}  // namespace
}  // namespace atl::input
