#include "evaluation/evaluator.h"

#include "core/error.h"
#include "envs/playhouse/playhouse.h"
#include "session/expert_player.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace atl::evaluation {
namespace {

EvaluationPlan small_plan(int threads) {
  EvaluationPlan plan;
  plan.suite = load_suite("playhouse-basics");
  plan.episodes_per_task = 4;
  plan.threads = threads;
  plan.create_world = [] { return envs::create_playhouse({}); };
  return plan;
}

Contestant expert(std::string condition) {
  Contestant contestant;
  contestant.condition = std::move(condition);
  contestant.create_player = [](envs::SteppedEnvironment& world) {
    return std::make_unique<session::ExpertPlayer>(world, envs::ExpertStyle{});
  };
  return contestant;
}

// Presses nothing, ever.
class IdlePlayer final : public session::Player {
 public:
  [[nodiscard]] std::string name() const override { return "idle"; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] session::PlayerTiming timing() const override { return {}; }
  void begin(std::uint64_t /*seed*/) override {}
  [[nodiscard]] std::vector<Action> act(const envs::Observation& /*observation*/, const ControlSet& /*held*/) override {
    return {Action{}};
  }
};

std::map<std::string, int> successes_of(std::span<const EpisodeRecord> records) {
  std::map<std::string, int> successes;
  for (const EpisodeRecord& record : records) successes[record.condition] += record.success ? 1 : 0;
  return successes;
}

const auto kIgnore = [](std::span<const EpisodeRecord>) {};

TEST(Evaluator, GivesEqualRecordsWhateverTheNumberOfThreads) {
  const std::vector contestants{expert("instructed"), expert("swapped")};
  std::vector<EpisodeRecord> one = run_evaluation(small_plan(1), contestants, kIgnore);
  std::vector<EpisodeRecord> two = run_evaluation(small_plan(2), contestants, kIgnore);
  ASSERT_EQ(one.size(), two.size());
  ASSERT_EQ(one.size(), 7u * 4u * 3u);  // tasks, starts, and instructed + swapped + swapped_named
  for (std::size_t i = 0; i < one.size(); ++i) {
    one[i].answer_ms = two[i].answer_ms = 0.0;  // the only field that time decides
    EXPECT_EQ(to_json_line(one[i]), to_json_line(two[i])) << i;
  }
}

TEST(Evaluator, RunsEveryConditionOnTheSameStarts) {
  const std::vector contestants{expert("instructed"), expert("blank"), expert("swapped")};
  std::map<std::pair<std::string, std::uint64_t>, std::string> start_hashes;
  for (const EpisodeRecord& record : run_evaluation(small_plan(2), contestants, kIgnore)) {
    const auto [it, is_new] = start_hashes.insert({{record.task, record.index}, record.start_hash});
    EXPECT_EQ(it->second, record.start_hash) << record.task << " " << record.index << " " << record.condition;
    if (record.condition == "blank")
      EXPECT_EQ(record.told, "");
    else
      EXPECT_NE(record.told, "");
  }
  EXPECT_EQ(start_hashes.size(), 7u * 4u);
}

// Whoever does what he is told succeeds at the told thing and never at the asked one.
TEST(Evaluator, JudgesASwappedInstructionByBothThings) {
  const std::vector contestants{expert("swapped")};
  std::vector<EpisodeRecord> records = run_evaluation(small_plan(2), contestants, kIgnore);
  const std::map<std::string, int> successes = successes_of(records);
  EXPECT_EQ(successes.at("swapped"), 0);
  EXPECT_GE(successes.at("swapped_named"), 27);
  for (std::size_t i = 0; i + 1 < records.size(); i += 2) EXPECT_NE(records[i].target, records[i + 1].target);
}

// The other half of the rule: a player that goes to the asked thing although told another one.
TEST(Evaluator, CountsTheAskedThingWhenThePlayerIgnoresTheSwap) {
  EvaluationPlan plan = small_plan(1);
  plan.suite.tasks.resize(1);
  const std::unique_ptr<envs::SteppedEnvironment> teacher_world = plan.create_world();
  // Replays what the expert does at the asked task, whatever it is told now.
  class Stubborn final : public session::Player {
   public:
    explicit Stubborn(std::vector<Action> actions) : actions_(std::move(actions)) {}
    [[nodiscard]] std::string name() const override { return "stubborn"; }
    [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
    [[nodiscard]] session::PlayerTiming timing() const override { return {}; }
    void begin(std::uint64_t /*seed*/) override {}
    [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet& /*held*/) override {
      return {observation.step < actions_.size() ? actions_[observation.step] : Action{}};
    }

   private:
    std::vector<Action> actions_;
  };
  envs::SteppedEnvironment& world = *teacher_world;
  envs::Observation seen = world.reset(start_seed(plan.suite, 0, 0), make_task(plan.suite.tasks[0]));
  session::ExpertPlayer teacher(world, {});
  teacher.begin(1);
  std::vector<Action> actions;
  while (!world.outcome().is_over()) {
    actions.push_back(teacher.act(seen, actions.empty() ? ControlSet{} : actions.back().held).front());
    seen = world.step(actions.back());
  }
  ASSERT_EQ(world.outcome().verdict, envs::Verdict::kSuccess);

  Contestant swapped = expert("swapped");
  Stubborn player(actions);
  const std::vector<EpisodeRecord> records = play_job(plan, swapped, {0, 0, 0}, *teacher_world, player);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_TRUE(records[0].success) << records[0].reason;
  EXPECT_FALSE(records[1].success) << records[1].reason;
}

TEST(Evaluator, AFailingThreadEndsTheRunWithItsError) {
  Contestant broken = expert("instructed");
  broken.create_player = [](envs::SteppedEnvironment&) -> std::unique_ptr<session::Player> {
    fail(ErrorKind::kDevice, "no such player");
  };
  EXPECT_THROW(static_cast<void>(run_evaluation(small_plan(2), std::vector{broken}, kIgnore)), Error);
}

TEST(Evaluator, AnIdlePlayerTimesOut) {
  EvaluationPlan plan = small_plan(2);
  Contestant idle = expert("random");
  idle.create_player = [](envs::SteppedEnvironment&) { return std::make_unique<IdlePlayer>(); };
  for (const EpisodeRecord& record : run_evaluation(plan, std::vector{idle}, kIgnore)) {
    EXPECT_FALSE(record.success) << record.task << ": " << record.reason;
    EXPECT_EQ(record.verdict, "timeout") << record.reason;
  }
}

}  // namespace
}  // namespace atl::evaluation
