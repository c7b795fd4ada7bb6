// The shipped suites of games ask for what the games' profiles know, each row for a thing of its own.
#include "envs/desktop/game/instructions.h"
#include "envs/playhouse/playhouse.h"
#include "evaluation/suite.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace atl::envs::desktop {
namespace {

TEST(GameSuites, EveryRowIsAnInstructionWithAJudge) {
  int num_suites = 0;
  for (const auto& file : std::filesystem::directory_iterator("evaluation/suites")) {
    const evaluation::Suite suite = evaluation::load_suite(file.path().stem().string());
    if (envs::is_playhouse_name(suite.world)) continue;
    ++num_suites;
    const GameProfile profile = load_profile(suite.world);
    std::set<std::string> asked;
    for (std::size_t row = 0; row < suite.tasks.size(); ++row) {
      const std::uint64_t seed = evaluation::start_seed(suite, row, 0);
      const GameTask task = resolve_task(profile, seed, evaluation::make_task(suite.tasks[row]));
      EXPECT_NE(task.judge.kind, "none") << suite.name << ": " << suite.tasks[row].name;
      EXPECT_EQ(task.task.instruction, suite.tasks[row].instruction) << suite.name;
      EXPECT_TRUE(asked.insert(task.task.instruction).second) << suite.name << ": " << task.task.instruction;
    }
  }
  EXPECT_GE(num_suites, 1);
}

}  // namespace
}  // namespace atl::envs::desktop
