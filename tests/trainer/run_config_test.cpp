#include "core/error.h"
#include "support.h"
#include "tests/error_of.h"
#include "trainer/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

namespace atl::trainer {
namespace {

using ::testing::HasSubstr;
using testing::small_config;

// Live it would look back at states that it never saw in training.
TEST(RunConfig, MemoryWithoutWindowsIsRefused) {
  RunConfig config = small_config();
  config.model.memory_steps = 8;
  try {
    validate(config);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("agent.model.memory_steps = 8 with trainer.data.window = 1"));
  }
}

// The labels of relabelled chunks begin where what is on its way ends: a policy has to see all of that, or nothing.
TEST(RunConfig, SeeingLessThanIsOnItsWayIsRefused) {
  RunConfig config = small_config();
  config.contract.delay_steps = 2;
  config.trainer.data.jitter_steps = 1;
  for (const int past_actions : {0, 3, 4}) {
    config.model.past_actions = past_actions;
    EXPECT_NO_THROW(validate(config)) << past_actions;
  }
  config.model.past_actions = 2;
  EXPECT_THAT(tests::error_of([&] { validate(config); }),
              HasSubstr("agent.model.past_actions = 2, fewer than the 3 that are on their way"));
}

TEST(RunConfig, ShippedSizesAreValidOverARecipe) {
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs/sizes")) {
    SCOPED_TRACE(entry.path().string());
    const std::vector<std::filesystem::path> files{"configs/playhouse_house.toml", entry.path()};
    EXPECT_NO_THROW(validate(load_config<RunConfig>(std::span(files), {})));
    ++found;
  }
  EXPECT_EQ(found, 4);
}

TEST(RunConfig, ShippedFilesAreValid) {
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs")) {
    if (entry.path().extension() != ".toml") continue;
    SCOPED_TRACE(entry.path().string());
    EXPECT_NO_THROW(validate(load_config<RunConfig>(entry.path())));
    ++found;
  }
  EXPECT_GT(found, 0);
}

TEST(RunConfig, WrittenAndReadIsTheSame) {
  const RunConfig config = small_config();
  EXPECT_EQ(to_toml(parse_config<RunConfig>(to_toml(config), "again")), to_toml(config));
}

TEST(RunConfig, UnknownKeysAreRefusedWithTheNearest) {
  try {
    static_cast<void>(parse_config<RunConfig>("[trainer]\nstep = 3\n", "run.toml"));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("trainer.step is unknown; the nearest known key is \"steps\""));
  }
}

TEST(RunConfig, AllProblemsOfACombinationAreTold) {
  RunConfig config = small_config();
  config.trainer.minutes = 1;
  config.trainer.data.window = 4;
  config.trainer.sources[0].families.clear();
  try {
    validate(config);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("give one of the two"));
    EXPECT_THAT(error.what(), HasSubstr("memory_steps"));
    EXPECT_THAT(error.what(), HasSubstr("without families"));
  }
}

}  // namespace
}  // namespace atl::trainer
