// What evaluations tell of the agent itself: habits and goal head.
#include "core/error.h"
#include "evaluation/goal_head.h"
#include "evaluation/habits.h"
#include "evaluation/report.h"
#include "evaluation/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace atl::evaluation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kCountsPerTurn = 3600.0;  // ten counts a degree

Action action(const char* held, std::int32_t dx = 0) {
  Action a;
  a.dx = dx;
  if (*held != 0) a.held.set(static_cast<std::size_t>(index_of(control_named(held))));
  return a;
}

TEST(Habits, AreCountedInTheTermsOfTheContract) {
  const agent::ActionCodec codec(PolicyContract{}, kCountsPerTurn);
  const std::vector<Action> actions{action("w"), action("w"),   action("w", 1),   action("w", 100),
                                    action("q"), action("", 1), action("", -300), action("")};
  // One count is a tenth of a degree, which no bin tells from nothing; "q" is in no contract.
  const HabitCounts counts = count_habits(actions, codec);
  EXPECT_EQ(counts, (HabitCounts{.steps = 8, .idle = 3, .pairs = 7, .repeats = 3}));
  EXPECT_EQ(count_habits({}, codec), HabitCounts{});
  EXPECT_EQ(count_habits(std::span(actions).first(1), codec),
            (HabitCounts{.steps = 1, .idle = 0, .pairs = 0, .repeats = 0}));
}

TEST(Habits, WheelAndPointerAreMotionToo) {
  PolicyContract contract;
  contract.wheel_max = 1;
  contract.pointer = "patches";
  const agent::ActionCodec codec(contract, kCountsPerTurn, {192, 144});
  std::vector<Action> actions(5);
  actions[1].wheel = 1;
  actions[2].pointer = PointerPosition{10, 10};
  actions[3].pointer = PointerPosition{11, 11};  // the same place of the contract's
  EXPECT_EQ(count_habits(actions, codec), (HabitCounts{.steps = 5, .idle = 2, .pairs = 4, .repeats = 1}));
}

TEST(Habits, OfManyEpisodesWeighEachStep) {
  const std::vector<HabitCounts> episodes{
      {.steps = 10, .idle = 5, .pairs = 9, .repeats = 9}, {.steps = 90, .idle = 0, .pairs = 89, .repeats = 0}, {}};
  const HabitRow row = summarise_habits("somebody", episodes);
  EXPECT_EQ(row.episodes, 3u);
  EXPECT_EQ(row.steps, 100u);
  EXPECT_NEAR(row.idle_rate.value, 0.05, 1e-12);
  EXPECT_NEAR(row.repeat_rate.value, 9.0 / 98, 1e-12);
  EXPECT_EQ(row.repeat_rate.low, 0.0);
  EXPECT_EQ(row.repeat_rate.high, 1.0) << "one of the draws has the first episode alone";
  EXPECT_EQ(summarise_habits("nobody", {}).idle_rate.high, 1.0);
}

EpisodeBeliefs success(double at_start, double before, double at_end) {
  return {{{0, at_start}, {4, at_start}, {8, before}, {10, at_end}}, true};
}

EpisodeBeliefs failure(double belief) { return {{{0, belief}, {4, belief}, {7, belief}}, false}; }

// Pictures less than three steps before a success are unclear: of the success that of step 8, of the failure none.
TEST(GoalHead, LeavesOutWhatIsUnclearAndCountsItApart) {
  const std::vector<EpisodeBeliefs> episodes{success(0.1, 0.9, 0.8), failure(0.2)};
  const std::optional<GoalHead> head = score_goal_head(episodes);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->episodes, 2u);
  EXPECT_EQ(head->clear.pictures, 6u);
  EXPECT_EQ(head->clear.reached, 1u);
  EXPECT_EQ(head->every.pictures, 7u);
  EXPECT_EQ(head->every.reached, 1u);
  EXPECT_EQ(head->clear.auroc.value, 1.0);
  EXPECT_NEAR(head->every.auroc.value, 5.0 / 6, 1e-12);
  EXPECT_NEAR(head->clear.brier.value, (2 * 0.01 + 0.04 + 3 * 0.04) / 6, 1e-12);
  EXPECT_NEAR(head->clear.calibration_error_width, (2 * 0.1 + 3 * 0.2 + 0.2) / 6, 1e-12);
}

TEST(GoalHead, OneThatSaysNothingHasNoScore) {
  EXPECT_FALSE(score_goal_head({}));
  EXPECT_FALSE(score_goal_head(std::vector{failure(0.1), failure(0.3)})) << "no picture is reached";
  EXPECT_FALSE(score_goal_head(std::vector{success(0.0, 0.0, 0.0), failure(0.0)})) << "a policy without beliefs";
}

std::vector<EpisodeBeliefs> overconfident() {
  std::vector<EpisodeBeliefs> episodes;
  for (int i = 0; i < 40; ++i) {
    episodes.push_back(success(i % 4 == 0 ? 0.9 : 0.6, 0.7, i % 5 == 0 ? 0.6 : 0.95));
    episodes.push_back(failure(i % 8 == 0 ? 0.95 : 0.5));
  }
  return episodes;
}

TEST(GoalHead, AFitMakesItsBeliefsMoreLikely) {
  std::vector<EpisodeBeliefs> episodes = overconfident();
  const GoalFit fit = fit_goal_head(episodes);
  EXPECT_EQ(fit.reached, 40u);
  EXPECT_EQ(fit.pictures, 40u * 6);
  EXPECT_LT(fit.log_loss_after, fit.log_loss_before);
  const double before = score_goal_head(episodes)->clear.calibration_error_mass;
  for (EpisodeBeliefs& episode : episodes) {
    for (session::Belief& belief : episode.beliefs) belief.goal_probability = apply(fit.fit, belief.goal_probability);
  }
  const std::optional<GoalHead> after = score_goal_head(episodes);
  EXPECT_LT(after->clear.calibration_error_mass, before / 4);
  EXPECT_NEAR(after->clear.auroc.value, score_goal_head(overconfident())->clear.auroc.value, 1e-12) << "order is kept";
  EXPECT_NEAR(fit_goal_head(episodes).fit.scale, 1.0, 1e-3) << "nothing is left to be fitted";
}

TEST(GoalHead, WhatCannotBeFittedIsSaid) {
  const auto message_of = [](const std::vector<EpisodeBeliefs>& episodes) -> std::string {
    try {
      static_cast<void>(fit_goal_head(episodes));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message_of({failure(0.3)}), HasSubstr("0 of 3 pictures show the goal reached"));
  EXPECT_THAT(message_of({success(0.9, 0.5, 0.1), success(0.8, 0.5, 0.2), failure(0.7)}),
              HasSubstr("believes less in goals that are reached"));
}

// All the way through the files: what an episode's line holds is what the page tells.
TEST(AgentMeasures, GoIntoEpisodesResultsAndReport) {
  std::vector<EpisodeRecord> records;
  for (const EpisodeBeliefs& episode : overconfident()) {
    EpisodeRecord record;
    record.task = "go";
    record.condition = "instructed";
    record.index = records.size();
    record.success = episode.succeeded;
    record.verdict = episode.succeeded ? "success" : "timeout";
    record.habits = HabitCounts{.steps = 10, .idle = 2, .pairs = 9, .repeats = 6};
    record.beliefs = episode.beliefs;
    records.push_back(record);
  }
  EpisodeRecord expert;
  expert.task = "go";
  expert.condition = "expert";
  expert.habits = HabitCounts{.steps = 20, .idle = 1, .pairs = 19, .repeats = 4};
  records.push_back(expert);
  const Results results = summarise(records, std::vector<RowName>{{"go", "navigation"}});
  const auto json = nlohmann::json::parse(to_json(results));
  EXPECT_NEAR(json.at("habits").at("agent").at("repeat_rate").at("value").get<double>(), 6.0 / 9, 1e-12);
  EXPECT_EQ(json.at("habits").at("agent").at("from"), "instructed");
  EXPECT_NEAR(json.at("habits").at("demonstrations").at("idle_rate").at("value").get<double>(), 0.05, 1e-12);
  EXPECT_EQ(json.at("habits").at("demonstrations").at("from"), "expert");
  EXPECT_EQ(json.at("goal_head").at("clear").at("reached"), 40);
  EXPECT_EQ(json.at("goal_head").at("every").at("pictures"), 280);
  EXPECT_FALSE(json.at("goal_head").contains("fit"));
  EXPECT_THAT(to_table(results), HasSubstr("agent          repeats  66.7%"));
  EXPECT_THAT(to_table(results), HasSubstr("AUROC"));
  const std::string html = to_html(results, {}, {});
  EXPECT_THAT(html, HasSubstr("Does it know when it is done?"));
  EXPECT_THAT(html, HasSubstr("reliability curve"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace atl::evaluation
