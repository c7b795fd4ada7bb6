#include "session/chunk_plan.h"

#include "core/error.h"

#include <gtest/gtest.h>

namespace atl::session {
namespace {

std::vector<Action> moves(std::initializer_list<int> dx) {
  std::vector<Action> actions;
  for (const int value : dx) actions.emplace_back().dx = value;
  return actions;
}

TEST(ChunkPlan, DoesNothingUntilTheFirstAnswerStarts) {
  ChunkPlan plan;
  plan.replace_from(2, moves({7, 8}), {});
  EXPECT_FALSE(plan.take().note.has_value());
  EXPECT_EQ(plan.take().action, Action{});
  EXPECT_EQ(plan.take().action.dx, 7);
  EXPECT_EQ(plan.take().action.dx, 8);
  EXPECT_FALSE(plan.take().note.has_value());
}

TEST(ChunkPlan, NewerAnswerReplacesWhatIsLeftAndKeepsWhatComesBefore) {
  ChunkPlan plan;
  plan.replace_from(0, moves({1, 2, 3, 4, 5}), {.question = 0});
  plan.replace_from(2, moves({10, 11}), {.question = 1});
  EXPECT_EQ(plan.take().action.dx, 1);
  EXPECT_EQ(plan.take().action.dx, 2);
  const PlannedAction newer = plan.take();
  EXPECT_EQ(newer.action.dx, 10);
  ASSERT_TRUE(newer.note.has_value());
  EXPECT_EQ(newer.note->question, 1u);
  EXPECT_EQ(plan.take().action.dx, 11);
  EXPECT_FALSE(plan.take().note.has_value()) << "the older answer's last actions must not come back";
}

TEST(ChunkPlan, LateAnswerLosesTheStepsThatHavePassed) {
  ChunkPlan plan;
  static_cast<void>(plan.take());
  static_cast<void>(plan.take());
  plan.replace_from(0, moves({1, 2, 3}), {});
  EXPECT_EQ(plan.take().action.dx, 3);
  plan.replace_from(0, moves({1, 2, 3}), {});
  EXPECT_FALSE(plan.take().note.has_value()) << "an answer that is too late altogether leaves nothing";
}

TEST(ChunkPlan, TellsWhatIsHeldBeforeEachPlannedStep) {
  const Control a = control_named("a");
  std::vector<Action> actions(3);
  actions[1].held.set(static_cast<std::size_t>(index_of(a)));
  ChunkPlan plan;
  plan.replace_from(1, actions, {});
  const auto holds_a = [&](std::uint64_t step) {
    return plan.held_before(step).test(static_cast<std::size_t>(index_of(a)));
  };
  EXPECT_FALSE(holds_a(0));
  EXPECT_FALSE(holds_a(2));
  EXPECT_TRUE(holds_a(3));
  EXPECT_FALSE(holds_a(9));
  for (int i = 0; i < 3; ++i) static_cast<void>(plan.take());
  EXPECT_TRUE(holds_a(3));
  EXPECT_THROW(static_cast<void>(plan.held_before(2)), Error);
}

TEST(ChunkPlan, HeldControlThatWasNotHeldBeforeGainsItsPress) {
  const Control a = control_named("a");
  std::vector<Action> actions(2);
  for (Action& action : actions) action.held.set(static_cast<std::size_t>(index_of(a)));
  ChunkPlan plan;
  plan.replace_from(0, actions, {});
  EXPECT_EQ(plan.take().action.num_presses(a), 1);
  EXPECT_EQ(plan.take().action.num_presses(a), 0);
}

}  // namespace
}  // namespace atl::session
