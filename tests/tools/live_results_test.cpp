// What `atoll play --suite --results` leaves, read by the evaluation's own readers and by `atoll eval --compare`.
#include "core/files.h"
#include "evaluation/compare.h"
#include "evaluation/suite.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

// Two rows in Playhouse's window, played by the expert, who needs no training.
class LiveResults : public testing::Test {
 protected:
  LiveResults() {
    write_file_atomically(suite_,
                          std::string_view("version = 1\nname = \"two\"\nworld = \"playhouse\"\n"
                                           "[[task]]\nname = \"go\"\ncategory = \"moving\"\nfamily = \"go to\"\n"
                                           "[[task]]\nname = \"take\"\ncategory = \"hands\"\n"
                                           "family = \"pick up\"\n"));
  }

  [[nodiscard]] std::string path(const char* name) const { return (folder_.path() / name).string(); }

  [[nodiscard]] std::vector<std::string> call(const char* results, std::vector<std::string> more) const {
    std::vector<std::string> all{"play",  "playhouse-window",      "--policy",  "expert",     "--set", "expert.noise=0",
                                 "--set", "world.display=virtual", "--results", path(results)};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TemporaryFolder folder_;
  std::string suite_ = path("two.toml");
};

TEST_F(LiveResults, ArePutSideBySideByCompare) {
  const ProgramResult played = run_atoll(call("told", {"--suite", suite_, "--seed", "3", "--episodes", "4", "--json"}));
  ASSERT_EQ(played.exit_code, 0) << played.err;
  const auto episodes = nlohmann::json::parse(played.out).at("episodes");
  const evaluation::Evaluation found = evaluation::load_evaluation(path("told"), "instructed");
  EXPECT_EQ(found.suite, "two");
  EXPECT_EQ(found.world, "playhouse-window");
  EXPECT_EQ(found.policy, "expert");
  EXPECT_EQ(found.seeds, "held_out");
  ASSERT_EQ(found.episodes.size(), 4U);
  const evaluation::Suite suite = evaluation::load_suite(suite_);
  for (std::size_t i = 0; i < 4; ++i) {
    const evaluation::EpisodeRecord& record = found.episodes[i];
    EXPECT_EQ(record.task, i % 2 == 0 ? "go" : "take");
    EXPECT_EQ(record.index, 3 + i / 2);
    EXPECT_EQ(record.seed, evaluation::start_seed(suite, i % 2, 3 + i / 2));
    EXPECT_EQ(record.told, episodes[i].at("instruction"));
    EXPECT_EQ(record.verdict, episodes[i].at("verdict"));
    EXPECT_EQ(record.success, record.verdict == "success");
    EXPECT_FALSE(record.target.empty()) << "the task as the world drew it";
  }
  EXPECT_THAT(read_text_file(folder_.path() / "told" / "report.html"), HasSubstr("two: expert"));

  // Its script is the same whatever it is told: the same starts are pairs.
  const ProgramResult blank =
      run_atoll(call("blank", {"--suite", suite_, "--seed", "3", "--episodes", "4", "--told", ""}));
  ASSERT_EQ(blank.exit_code, 0) << blank.err;
  const ProgramResult compared = run_atoll({"eval", "--compare", path("told"), path("blank") + ":blank", "--json"});
  ASSERT_EQ(compared.exit_code, 0) << compared.err;
  const auto comparison = nlohmann::json::parse(compared.out);
  EXPECT_EQ(comparison.at("agents").at(1).at("name"), "expert, blank");
  const auto row = comparison.at("rows").at(0);
  EXPECT_EQ(row.at("level"), "world");
  EXPECT_EQ(row.at("cells").at(0).at("n"), 4);
  EXPECT_EQ(row.at("cells").at(0).at("successes"), nlohmann::json::parse(played.out).at("successes"));
  EXPECT_EQ(row.at("differences").at(0).at("pairs"), 4);

  // The same, with names for both and no folder beside them.
  const ProgramResult named = run_atoll({"eval", "--compare", "--as", "a=" + path("told"), "--as",
                                         "b=" + path("blank") + ":blank", "--baseline", "a", "--json"});
  ASSERT_EQ(named.exit_code, 0) << named.err;
  const auto cells = nlohmann::json::parse(named.out).at("rows").at(0).at("cells");
  EXPECT_EQ(cells.at(0).at("agent"), "a");
  EXPECT_EQ(cells.at(1).at("agent"), "b");
  EXPECT_EQ(cells.at(1).at("successes"), row.at("cells").at(1).at("successes"));
}

TEST_F(LiveResults, AreRefusedWhereTheyWouldNotBeThoseOfTheSuite) {
  const auto refused = [&](std::vector<std::string> more) {
    const ProgramResult result = run_atoll(call("out", std::move(more)));
    EXPECT_NE(result.exit_code, 0);
    EXPECT_FALSE(std::filesystem::exists(path("out")));
    return result.err;
  };
  EXPECT_THAT(refused({}), HasSubstr("without --suite"));
  EXPECT_THAT(refused({"--suite", suite_, "--instruction", "go to the red ball"}), HasSubstr("--told changes"));
  EXPECT_THAT(refused({"--suite", suite_, "--target", "go to the red ball"}), HasSubstr("--told changes"));
  std::filesystem::create_directory(path("full"));
  write_file_atomically(path("full") + "/results.json", std::string_view("{}"));
  const ProgramResult full = run_atoll(call("full", {"--suite", suite_}));
  EXPECT_NE(full.exit_code, 0);
  EXPECT_THAT(full.err, HasSubstr("is not empty"));
  EXPECT_EQ(read_text_file(path("full") + "/results.json"), "{}");
}

TEST_F(LiveResults, KeepWhatWasPlayedButAreNoneWhenInterrupted) {
  Program program(call("out", {"--suite", suite_, "--episodes", "1000"}));
  ASSERT_TRUE(program.wait_for_stderr("episodes/s", 90.0));
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("of 1000 episodes"));
  EXPECT_FALSE(std::filesystem::exists(path("out") + "/results.json"));
  EXPECT_FALSE(evaluation::read_episodes(path("out") + "/episodes.jsonl").empty());
}

}  // namespace
}  // namespace atl::tools_test
