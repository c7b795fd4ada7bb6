// Who is there: life is told by beats, death by their absence, and the dead do not come back under an old number.
#include "distributed/members.h"

#include "tests/distributed/referee.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::distributed {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr Timestamp at(double seconds) { return from_ns(1'000'000'000) + from_seconds(seconds); }

Beat training(std::int64_t step, double step_s = 0.1) { return {.step = step, .step_s = step_s, .work = "train"}; }

TEST(Members, AreLostWhenSilent) {
  Members members({.beat_s = 0.5, .silence_s = 4});
  members.join("a", 1, at(0));
  members.join("b", 2, at(0));
  EXPECT_EQ(members.next_loss(), at(4));
  for (int i = 1; i <= 6; ++i) EXPECT_EQ(members.beat("a", 1, training(i), at(i)), Standing::kMember);
  EXPECT_THAT(members.remove_lost(at(3.9)), IsEmpty());
  const std::vector<Members::Lost> lost = members.remove_lost(at(4));
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].name, "b");
  EXPECT_THAT(lost[0].reason, HasSubstr("silent for 4.0 s"));
  EXPECT_TRUE(members.has("a"));
  EXPECT_FALSE(members.has("b"));
  EXPECT_EQ(members.next_loss(), at(10));
}

TEST(Members, AreLostWhenAliveWithoutAStep) {
  Members members({.beat_s = 0.5, .silence_s = 4, .stall_s = 9, .stall_steps = 20});
  members.join("a", 1, at(0));
  double time = 0;
  members.beat("a", 1, training(5), at(time));
  for (; time < 8.9; time += 0.5) {
    members.beat("a", 1, training(5), at(time));
    EXPECT_THAT(members.remove_lost(at(time)), IsEmpty()) << time;
  }
  members.beat("a", 1, training(5), at(9));
  const std::vector<Members::Lost> lost = members.remove_lost(at(9));
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_THAT(lost[0].reason, HasSubstr("without a step for 9.0 s"));
}

TEST(Members, MayTakeLongForWhatIsNoTraining) {
  Members members({.beat_s = 0.5, .silence_s = 4, .stall_s = 9});
  members.join("a", 1, at(0));
  members.beat("a", 1, training(5), at(1));
  for (double time = 1; time < 100; time += 1) {
    members.beat("a", 1, {.step = 5, .step_s = 0.1, .work = time < 50 ? "other" : "wait"}, at(time));
    EXPECT_THAT(members.remove_lost(at(time)), IsEmpty()) << time;
  }
  // From when it trains again, the time runs anew.
  members.beat("a", 1, training(5), at(100));
  for (double time = 100; time < 109; time += 1) members.beat("a", 1, training(5), at(time));
  EXPECT_THAT(members.remove_lost(at(108.9)), IsEmpty());
  members.beat("a", 1, training(5), at(109));
  EXPECT_EQ(members.remove_lost(at(109)).size(), 1U);
}

TEST(Members, WithSlowStepsHaveTimeForTwenty) {
  Members members({.beat_s = 0.5, .silence_s = 4, .stall_s = 9, .stall_steps = 20});
  members.join("a", 1, at(0));
  for (double time = 0; time < 60; time += 1) {
    members.beat("a", 1, training(5, 3.0), at(time));
    EXPECT_THAT(members.remove_lost(at(time)), IsEmpty()) << time;
  }
  members.beat("a", 1, training(5, 3.0), at(60));
  EXPECT_EQ(members.remove_lost(at(60)).size(), 1U);
}

TEST(Members, ComeBackWithAHigherIncarnation) {
  Members members({.beat_s = 0.5, .silence_s = 4});
  EXPECT_EQ(members.join("a", 7, at(0)), 1U);
  EXPECT_EQ(members.join("a", 7, at(1)), 1U) << "the same process, asking again";
  EXPECT_EQ(members.remove_lost(at(10)).size(), 1U);
  EXPECT_EQ(members.beat("a", 1, training(3), at(10)), Standing::kUnknown) << "given up: it may join again";
  EXPECT_EQ(members.join("a", 7, at(11)), 2U);
  EXPECT_EQ(members.standing("a", 1), Standing::kSuperseded);
  EXPECT_EQ(members.standing("a", 2), Standing::kMember);
}

TEST(Members, AreSupersededByAnotherProcessOfTheirName) {
  Members members({.beat_s = 0.5, .silence_s = 4});
  members.join("a", 7, at(0));
  EXPECT_EQ(members.join("a", 8, at(1)), 2U);
  EXPECT_EQ(members.beat("a", 1, training(3), at(1)), Standing::kSuperseded);
  EXPECT_EQ(members.beat("a", 2, training(3), at(1)), Standing::kMember);
  // Also once the new one is gone.
  members.remove("a");
  EXPECT_EQ(members.standing("a", 1), Standing::kSuperseded);
  EXPECT_EQ(members.standing("a", 2), Standing::kUnknown);
}

TEST(Members, KeepTheirIncarnationsOverARestart) {
  Members before({.beat_s = 0.5, .silence_s = 4});
  before.join("a", 7, at(0));
  before.join("b", 8, at(0));
  before.join("b", 9, at(0));
  before.remove("a");
  Members after({.beat_s = 0.5, .silence_s = 4});
  after.restore(before.kept(), at(100));
  EXPECT_EQ(after.standing("b", 2), Standing::kMember);
  EXPECT_EQ(after.standing("b", 1), Standing::kSuperseded);
  EXPECT_FALSE(after.has("a"));
  EXPECT_THAT(after.remove_lost(at(103.9)), IsEmpty()) << "they have time to find the way back";
  EXPECT_EQ(after.remove_lost(at(104)).size(), 1U);
  EXPECT_EQ(after.join("a", 7, at(104)), 2U);
}

TEST(Members, OfDifferentSpeedsMakeDifferentNumbersOfSteps) {
  Members members({});
  const std::vector<double> speeds{1, 2, 4, 6};
  for (std::size_t i = 0; i < speeds.size(); ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    members.join(name, 1, at(0));
    members.beat(name, 1, training(1, 1 / speeds[i]), at(0));
  }
  const TemporaryFolder folder;
  tests::ask_referee(folder.path(), "write('steps', dynamic_steps([1, 2, 4, 6], 30))");
  const std::vector<float> expected = tests::read_floats(folder.path() / "steps");
  for (std::size_t i = 0; i < speeds.size(); ++i)
    EXPECT_EQ(members.dynamic_steps(std::string(1, static_cast<char>('a' + i)), 30),
              static_cast<std::int64_t>(expected[i]));
  EXPECT_EQ(members.dynamic_steps("unheard", 30), 30);
  EXPECT_DOUBLE_EQ(members.step_s(), 0.5);
}

TEST(Members, AFewFastOnesDoNotSetTheMeasure) {
  Members members({});
  for (int i = 0; i < 20; ++i) {
    const std::string name = fmt::format("{:02}", i);
    members.join(name, 1, at(0));
    members.beat(name, 1, training(1, i == 0 ? 0.001 : 1.0), at(0));
  }
  EXPECT_EQ(members.dynamic_steps("07", 30), 30);
  EXPECT_EQ(members.dynamic_steps("00", 30), 30) << "never more than all";
}

}  // namespace
}  // namespace atl::distributed
