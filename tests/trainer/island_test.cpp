// Runs that are islands of one run: real syncer, real training in Playhouse, parameters equal to the bit.
#include "core/files.h"
#include "distributed/syncer.h"
#include "support.h"
#include "tests/distributed/running_syncer.h"
#include "tests/error_of.h"
#include "trainer/run_folder.h"

#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace atl::trainer {
namespace {

using ::testing::HasSubstr;
using testing::playhouse_services;
using testing::small_config;

class Islands : public ::testing::Test {
 protected:
  [[nodiscard]] RunConfig config_of(const std::string& name, const std::string& address) const {
    RunConfig config = small_config();
    config.trainer.replicas = 1;
    config.island = {.name = name, .syncer = {address}, .keys = "", .sources = {}, .patience_s = 20};
    return config;
  }
  TrainResult train_island(const std::string& name, const RunConfig& config) const {
    TrainOptions options;
    options.out = folder_.path() / name;
    options.services = playhouse_services();
    options.should_stop = [] { return false; };
    return train(config, options);
  }
  [[nodiscard]] TrainingState state_of(const std::string& name) const {
    return RunFolder::open(folder_.path() / name).load_latest()->state;
  }

  TemporaryFolder folder_;
  distributed::SyncerOptions options_{
      .config = {.steps = 4, .rounds = {.start_islands = 2}, .members = {.beat_s = 0.1, .silence_s = 5}},
      .folder = folder_.path() / "sync"};
};

TEST_F(Islands, EndWithTheSameParametersFromDifferentData) {
  const tests::RunningSyncer syncer(options_);
  std::vector<std::thread> threads;
  for (const char* name : {"a", "b"}) {
    threads.emplace_back([&, name] { EXPECT_TRUE(train_island(name, config_of(name, syncer.address())).is_finished); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(tests::wait_for(std::chrono::seconds(5),
                              [&] { return syncer.status().versions == std::vector<std::int64_t>{3}; }));
  const TrainingState a = state_of("a");
  const TrainingState b = state_of("b");
  EXPECT_TRUE(a.parameters.equal(b.parameters));
  EXPECT_FALSE(a.moments.mean.equal(b.moments.mean)) << "each learned from data of its own";
  EXPECT_EQ(syncer.status().tokens, 2 * 12 * 4);
  const std::vector<distributed::LedgerRow> ledger = syncer.status().ledger;
  ASSERT_EQ(ledger.size(), 1U);
  EXPECT_EQ(ledger[0], (distributed::LedgerRow{.drawn = 2 * 12 * 4, .applied = 2 * 12 * 4}));
}

// Stopped in the middle of a window and gone on with: it joins again, takes what is global, and goes by its clock.
TEST_F(Islands, ResumeAndJoinAgain) {
  options_.config.rounds.start_islands = 1;
  const tests::RunningSyncer syncer(options_);
  TrainOptions options;
  options.out = folder_.path() / "a";
  options.services = playhouse_services();
  options.should_stop = [left = 7]() mutable { return left-- == 0; };
  EXPECT_FALSE(train(config_of("a", syncer.address()), options).is_finished);
  EXPECT_TRUE(tests::wait_for(std::chrono::seconds(5), [&] { return syncer.status().islands.empty(); })) << "it left";
  options.should_stop = [] { return false; };
  options.resume = true;
  EXPECT_TRUE(train({}, options).is_finished);
  // One window of four steps before, two after it: its clock went back to the last commit.
  EXPECT_TRUE(tests::wait_for(std::chrono::seconds(5),
                              [&] { return syncer.status().versions == std::vector<std::int64_t>{3}; }));
  EXPECT_EQ(state_of("a").step, 15);
}

TEST_F(Islands, OfAnotherConfigAreRefused) {
  options_.config.rounds.start_islands = 1;
  const tests::RunningSyncer syncer(options_);
  train_island("a", config_of("a", syncer.address()));
  RunConfig other = config_of("b", syncer.address());
  other.contract.delay_steps = 2;
  EXPECT_THAT(tests::error_of([&] { train_island("b", other); }), HasSubstr("has another contract"));
  RunConfig larger = config_of("c", syncer.address());
  larger.model.hidden_width *= 2;
  EXPECT_THAT(tests::error_of([&] { train_island("c", larger); }), HasSubstr("is of another model"));
}

TEST_F(Islands, NeedStepsAndASyncer) {
  RunConfig config = config_of("a", "tcp://127.0.0.1:1");
  config.island.syncer.clear();
  config.trainer.steps = 0;
  config.trainer.minutes = 1;
  const std::string error = tests::error_of([&] { validate(config); });
  EXPECT_THAT(error, HasSubstr("without island.syncer"));
  EXPECT_THAT(error, HasSubstr("islands go by steps that they have in common"));
}

TEST(IslandSeed, IsAnotherForEachIslandAndTheRunsOwnForOneByItself) {
  RunConfig config = small_config();
  EXPECT_EQ(island_seed(config), config.trainer.seed);
  config.island.name = "a";
  const std::uint64_t a = island_seed(config);
  config.island.name = "b";
  EXPECT_NE(island_seed(config), a);
}

TEST(DataLane, IsOneForIslandsThatLearnFromTheSame) {
  RunConfig config = small_config();
  config.island.name = "a";
  const std::string a = data_lane(config);
  config.island.name = "b";
  config.model.hidden_width *= 2;
  EXPECT_EQ(data_lane(config), a);
  RunConfig other = config;
  other.trainer.sources[0].families = {"pick up"};
  EXPECT_NE(data_lane(other), a);
  other = config;
  other.island.sources = {0};
  EXPECT_NE(data_lane(other), a);
  other = config;
  other.trainer.dagger.every = 100;
  EXPECT_NE(data_lane(other), a);
}

}  // namespace
}  // namespace atl::trainer
