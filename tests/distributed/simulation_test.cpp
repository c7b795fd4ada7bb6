// Virtual time against what can be reckoned by hand, and large runs in little time.
#include "distributed/simulation.h"

#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace atl::distributed {
namespace {

using testing::HasSubstr;

// Four islands, a step a second, a window of 100: a delta of int8 is about 1 byte a parameter.
Scenario four(double parameters, double mbit) {
  Scenario scenario{.parameters = parameters, .seconds = 20'000};
  scenario.sync.steps = 100;
  scenario.sync.reply = "mean";
  scenario.syncer.sum_gb_s = 1e4;
  scenario.islands = {
      {.name = "a", .count = 4, .step_s = 1, .tokens_per_step = 10, .up_mbit = mbit, .down_mbit = mbit}};
  return scenario;
}

TEST(Simulation, OfFastLinksLosesNothing) {
  const Simulated found = simulate(four(1e6, 0));
  EXPECT_NEAR(found.utilisation, 1.0, 1e-3);
  EXPECT_EQ(found.commits, 199) << "the last is still on its way";
  EXPECT_EQ(found.deltas, 4 * 199);
  EXPECT_NEAR(found.tokens, 199 * 100 * 4 * 10, 1);
  EXPECT_DOUBLE_EQ(found.staleness, 0);
}

// 10^8 values, 260 bytes for each 256, at 80 Mbit/s take 10.16 s up and as long down: each window takes 120.3 s.
TEST(Simulation, WaitsForLinks) {
  const Simulated found = simulate(four(1e8, 80));
  EXPECT_NEAR(found.utilisation, 100.0 / 120.3, 0.003);
  EXPECT_NEAR(static_cast<double>(found.commits), 20'000.0 / 120.3, 1);
  EXPECT_NEAR(found.peak_mbit, 4 * 80, 1);
  EXPECT_NEAR(found.bytes_up / static_cast<double>(found.deltas), 1e8 * 260 / 256, 1e6);
}

TEST(Simulation, OverlapHidesLinks) {
  Scenario scenario = four(1e8, 80);
  scenario.sync.overlap_steps = 30;
  EXPECT_GT(simulate(scenario).utilisation, 0.995);
  scenario.sync.overlap_steps = 10;  // half of what it takes
  EXPECT_NEAR(simulate(scenario).utilisation, 100.0 / 110.3, 0.003);
}

TEST(Simulation, StreamingLowersThePeak) {
  Scenario scenario = four(1e8, 800);
  scenario.sync.overlap_steps = 10;
  const Simulated whole = simulate(scenario);
  scenario.sync.fragments.count = 10;
  const Simulated parts = simulate(scenario);
  EXPECT_NEAR(parts.mean_mbit, whole.mean_mbit, 0.1 * whole.mean_mbit) << "the same bytes";
  EXPECT_LT(parts.peak_mbit, 0.5 * whole.peak_mbit);
}

TEST(Simulation, AsynchronousIslandsWaitForNobody) {
  Scenario scenario = four(1e6, 0);
  scenario.islands = {{.name = "a", .step_s = 1},
                      {.name = "b", .step_s = 0.5},
                      {.name = "c", .step_s = 0.25},
                      {.name = "d", .step_s = 1.0 / 6}};
  const Simulated sync = simulate(scenario);
  EXPECT_NEAR(sync.goodput, 4.0 / 13, 0.01) << "all at the speed of the slowest";
  scenario.sync.reply = "deltas";
  scenario.sync.rounds = {.quorum = 1, .apply = "each"};
  scenario.sync.outer.kind = "delayed_nesterov";
  const Simulated async = simulate(scenario);
  EXPECT_GT(async.goodput / sync.goodput, 2.2);
  EXPECT_GT(async.staleness, 1);
}

TEST(Simulation, RoundsGoOnWithoutTheDead) {
  Scenario scenario = four(1e7, 100);
  scenario.islands[0].count = 8;
  scenario.islands[0].failure_hours = 1;
  scenario.islands[0].back_s = 120;
  scenario.seconds = 50'000;
  const Simulated found = simulate(scenario);
  EXPECT_GT(found.failures, 50);
  EXPECT_EQ(found.joins, 8 + found.failures - 0) << "all come back but those that are down at the end";
  EXPECT_GT(found.goodput, 0.75);
  EXPECT_LT(found.goodput, 0.97);
}

TEST(Simulation, TakesJoinersIn) {
  Scenario scenario = four(1e6, 0);
  scenario.islands.push_back({.name = "b", .count = 4, .step_s = 1, .tokens_per_step = 10, .joins_s = 10'000});
  const Simulated found = simulate(scenario);
  // From 10,000 s on there are eight, but for the window in which the new ones follow.
  EXPECT_NEAR(found.tokens, (20'000.0 * 4 + 9'850.0 * 4) * 10, 0.02 * found.tokens);
}

TEST(Simulation, EndsWhenEnoughIsLearned) {
  Scenario scenario = four(1e6, 0);
  scenario.seconds = 0;
  scenario.tokens = 50'000;
  const Simulated found = simulate(scenario);
  EXPECT_NEAR(found.seconds, 1300, 1) << "4,000 tokens a window of 100 s";
}

TEST(Simulation, IsTheSameForASeed) {
  Scenario scenario = four(1e7, 100);
  scenario.islands[0].failure_hours = 1;
  scenario.islands[0].step_spread = 0.2;
  const Simulated a = simulate(scenario);
  EXPECT_EQ(a.tokens, simulate(scenario).tokens);
  scenario.seed = 2;
  EXPECT_NE(a.bytes_up, simulate(scenario).bytes_up);
}

TEST(Simulation, OfTenThousandIslands) {
  Scenario scenario = four(1e6, 1000);
  scenario.islands[0].count = 10'000;
  scenario.seconds = 350;
  const Simulated found = simulate(scenario);
  EXPECT_EQ(found.deltas % 10'000, 0);
  EXPECT_GE(found.commits, 2);
}

TEST(Simulation, TellsEveryProblem) {
  Scenario scenario;
  scenario.sync.overlap_steps = 100;
  const std::string error = tests::error_of([&] { static_cast<void>(simulate(scenario)); });
  EXPECT_THAT(error, HasSubstr("add an [[islands]]"));
  EXPECT_THAT(error, HasSubstr("say when it ends"));
  EXPECT_THAT(error, HasSubstr("sync.overlap_steps is 100"));
}

TEST(Simulation, ShippedScenariosRun) {
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs/islands/scenarios")) {
    Scenario scenario;
    ConfigDocument::from_file(entry.path()).read(scenario);
    scenario.seconds = std::min(scenario.seconds, 50'000.0);
    EXPECT_GT(simulate(scenario).goodput, 0.8) << entry.path();
    ++found;
  }
  EXPECT_GE(found, 2);
}

}  // namespace
}  // namespace atl::distributed
