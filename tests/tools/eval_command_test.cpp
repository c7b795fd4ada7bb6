// `atoll eval` of a suite as a user meets it: with the expert, which needs no training, and interrupted.
#include "core/clock.h"
#include "core/files.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <thread>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

class EvalCommand : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path out() const { return folder_.path() / "out"; }

  // `atoll eval --out OUT` with `arguments`.
  [[nodiscard]] std::vector<std::string> call(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"eval", "--out", out().string()});
    return arguments;
  }

  [[nodiscard]] nlohmann::json results() const { return nlohmann::json::parse(read_text_file(out() / "results.json")); }

  TemporaryFolder folder_;
};

TEST_F(EvalCommand, ExpertsEvaluationHasResultsReportAndALinePerEpisode) {
  const std::string suite = (folder_.path() / "one.toml").string();
  write_file_atomically(suite,
                        std::string_view("version = 1\nname = \"one\"\nworld = \"playhouse\"\n"
                                         "[[tasks]]\nname = \"go\"\ncategory = \"moving\"\nfamily = \"go to\"\n"));
  const ProgramResult result =
      run_atoll(call({"--suite", suite, "--policy", "expert", "--episodes", "5", "--seeds", "development"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(results().at("suite"), "one");
  EXPECT_EQ(results().at("policy"), "expert");
  EXPECT_EQ(results().at("seeds"), "development");
  const std::string lines = read_text_file(out() / "episodes.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 5);
  const std::string page = read_text_file(out() / "report.html");
  const bool can_film = run_atoll({"show", "--help"}).exit_code == 0;
  EXPECT_EQ(page.find("data:video/mp4") != std::string::npos, can_film);
}

TEST_F(EvalCommand, APolicyThatCannotBeHadLeavesNoFolder) {
  const std::string missing = (folder_.path() / "no-such-run").string();
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--policy", missing}, {"--policy", missing, "--no-controls"}}) {
    const ProgramResult result = run_atoll(call(arguments));
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.err, HasSubstr("no-such-run"));
    EXPECT_FALSE(std::filesystem::exists(out())) << "the corrected call needs it";
  }
}

TEST_F(EvalCommand, InterruptedPlayKeepsItsEpisodesAndFails) {
  Program program(call({"--policy", "expert", "--episodes", "1000000"}));
  ASSERT_TRUE(program.wait_for_stderr("episodes, ", 60.0));
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("stopped after "));
  EXPECT_FALSE(read_text_file(out() / "episodes.jsonl").empty());
}

TEST_F(EvalCommand, InterruptedFilmsCostNoResults) {
  if (run_atoll({"show", "--help"}).exit_code != 0) GTEST_SKIP() << "this build has no video";
  Program program(call({"--policy", "expert", "--episodes", "70"}));
  const auto is_filming = [&] {
    return std::filesystem::exists(out() / "videos") && !std::filesystem::is_empty(out() / "videos");
  };
  const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(60);
  while (!is_filming() && MonotonicClock::now() < deadline) std::this_thread::yield();
  ASSERT_TRUE(is_filming());
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("report: "));
  EXPECT_EQ(results().at("policy"), "expert");
  EXPECT_THAT(read_text_file(out() / "report.html"), HasSubstr("</html>"));
}

}  // namespace
}  // namespace atl::tools_test
