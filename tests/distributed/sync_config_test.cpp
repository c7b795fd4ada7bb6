// What does not fit together is told, all of it at once.
#include "distributed/sync_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace atl::distributed {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SyncConfig, FitsTogetherByDefault) { EXPECT_THAT(problems_of({}), IsEmpty()); }

TEST(SyncConfig, OfAsynchronousRunsFitsTogether) {
  SyncConfig config{.dynamic_steps = true};
  config.rounds = {.quorum = 1, .apply = "each"};
  config.outer.kind = "delayed_nesterov";
  EXPECT_THAT(problems_of(config), IsEmpty());
}

TEST(SyncConfig, TellsEveryProblem) {
  SyncConfig config{.steps = 10, .overlap_steps = 10, .dynamic_steps = true};
  config.fragments.count = 11;
  config.codec.block = 3;
  EXPECT_THAT(problems_of(config),
              ElementsAre(HasSubstr("sync.codec: block is 3"), HasSubstr("sync.overlap_steps is 10"),
                          HasSubstr("sync.fragments.count is 11"), HasSubstr("sync.dynamic_steps")));
}

TEST(SyncConfig, RefusesMomentumOnLateDeltas) {
  SyncConfig config;
  config.rounds = {.quorum = 1, .apply = "each"};
  EXPECT_THAT(problems_of(config), Contains(HasSubstr("runs away")));
}

TEST(SyncConfig, RefusesToMixWhatIsNotThere) {
  EXPECT_THAT(problems_of({.mix = 0.5}), Contains(HasSubstr("sync.mix is 0.5")));
  EXPECT_THAT(problems_of({.eager = true}), Contains(HasSubstr("sync.eager")));
}

TEST(SyncConfig, IsReadAndWrittenWhole) {
  SyncConfig config{.steps = 30, .overlap_steps = 2, .mix = 0.5};
  config.fragments.modules = {{.prefix = "a.", .islands = {"x", "y"}}};
  SyncConfig again;
  ConfigDocument::from_text(to_toml(config), "sync").read(again);
  EXPECT_EQ(to_toml(again), to_toml(config));
}

// The tables of `atoll sync --config` that islands agree on.
struct Shipped {
  SyncConfig sync;
};
void describe(ConfigVisitor& v, Shipped& file) { v.table("sync", file.sync); }

TEST(SyncConfig, OfEveryShippedFileFitsTogether) {
  int num_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs/islands")) {
    if (!entry.is_regular_file()) continue;
    Shipped file;
    ConfigDocument::from_file(entry.path()).read(file);
    EXPECT_THAT(problems_of(file.sync), IsEmpty()) << entry.path();
    ++num_files;
  }
  EXPECT_GE(num_files, 5);
}

}  // namespace
}  // namespace atl::distributed
