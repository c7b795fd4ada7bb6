// `atoll eval` of a suite as a user meets it: with the expert, which needs no training, and interrupted.
#include "core/clock.h"
#include "core/files.h"
#include "tests/tools/program.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <set>

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
                                         "[[task]]\nname = \"go\"\ncategory = \"moving\"\nfamily = \"go to\"\n"));
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

TEST_F(EvalCommand, FlagsThatWouldChangeNothingAreRefused) {
  const std::string run = (folder_.path() / "run").string();
  struct BadCall {
    std::vector<std::string> arguments;
    int exit_code;
    std::string message;
  };
  std::vector<BadCall> calls = {
      {{"--policy", "expert", "--set", "live.limit_s=3"}, 1, "live is unknown"},
      {{"--policy", "expert", "--set", "world.display=virtual"}, 1, "world.display is unknown"},
      {{"--policy", "expert", "--fit-goal", "--seeds", "development"}, 2, "--fit-goal fits a trained run"},
      {{"--policy", run, "--fit-goal"}, 2, "add --seeds development"},
      {{"--policy", "random", "--imitation", run}, 2, "--policy random"},
      {{"--policy", "expert", "--imitation", run}, 2, "--policy expert"}};
  for (const std::string flag :
       {"--suite x", "--episodes 5", "--seeds held_out", "--seed 1", "--config x.toml", "--set policy.temperature=1",
        "--no-language x", "--no-controls", "--no-videos", "--demonstrations x", "--fit-goal"}) {
    const std::size_t space = flag.find(' ');
    std::vector<std::string> arguments = {"--policy", run, "--imitation", run, flag.substr(0, space)};
    if (space != std::string::npos) arguments.push_back(flag.substr(space + 1));
    calls.push_back({arguments, 2, flag.substr(0, space)});
  }
  for (const BadCall& bad : calls) {
    const ProgramResult result = run_atoll(call(bad.arguments));
    EXPECT_EQ(result.exit_code, bad.exit_code) << result.err << testing::PrintToString(bad.arguments);
    EXPECT_THAT(result.err + result.out, HasSubstr(bad.message));
    EXPECT_FALSE(std::filesystem::exists(out()));
  }
}

// A transfer study: what was learned in one look, played in another.
TEST_F(EvalCommand, AnotherLookOfTheSuitesWorldIsPlayedAndNamed) {
  const std::vector<std::string> flags = {"--suite", "playhouse-basics", "--policy", "expert", "--episodes",
                                          "7",       "--no-videos",      "--world"};
  const auto with_world = [&](const std::string& world) {
    std::vector<std::string> all = flags;
    all.push_back(world);
    return call(all);
  };
  const ProgramResult result = run_atoll(with_world("playhouse,reskin=3"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(results().at("world"), "playhouse,reskin=3");
  EXPECT_THAT(result.out, HasSubstr("world: playhouse,reskin=3"));
  EXPECT_THAT(read_text_file(out() / "report.html"), HasSubstr("world playhouse,reskin=3"));
  std::filesystem::remove_all(out());
  for (const char* other : {"playhouse/flat", "playhouse/house,reskin=3", "playhouse-window/flat"}) {
    const ProgramResult refused = run_atoll(with_world(other));
    EXPECT_EQ(refused.exit_code, 2) << other;
    EXPECT_THAT(refused.err, HasSubstr("another look of it (playhouse,reskin=N)"));
    EXPECT_FALSE(std::filesystem::exists(out()));
  }
}

// The expert beside recordings of itself: the same habits, but for what it does on other starts. Steps are counted by
// another reader, too: `atoll check`.
TEST_F(EvalCommand, HabitsAreHeldBesideRecordings) {
  const std::string recording = (folder_.path() / "recording").string();
  const ProgramResult record = run_atoll({"record", "playhouse", "--player", "expert", "--episodes", "12", "--set",
                                          "expert.noise=0", "--set", "record.threads=1", "--out", recording});
  ASSERT_EQ(record.exit_code, 0) << record.err;
  const ProgramResult result =
      run_atoll(call({"--policy", "expert", "--episodes", "14", "--no-videos", "--demonstrations", recording}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json habits = results().at("habits");
  const nlohmann::json& shown = habits.at("demonstrations");
  EXPECT_EQ(shown.at("from"), recording);
  EXPECT_EQ(shown.at("episodes"), 12);
  const auto check = nlohmann::json::parse(run_atoll({"check", recording, "--json"}).out).at("recordings").at(0);
  EXPECT_EQ(shown.at("steps"), check.at("frames").get<int>() - 12) << "a picture more than steps in each episode";
  const auto rate = [&](const char* who, const char* which) {
    return habits.at(who).at(which).at("value").get<double>();
  };
  EXPECT_NEAR(rate("agent", "repeat_rate"), rate("demonstrations", "repeat_rate"), 0.2);
  EXPECT_NEAR(rate("agent", "idle_rate"), rate("demonstrations", "idle_rate"), 0.1);
  EXPECT_THAT(result.out, HasSubstr("demonstrations repeats"));
}

// Two policies that need no training, in two looks of one world, and what cannot be compared.
TEST_F(EvalCommand, ComparesEvaluationsSideBySide) {
  const auto folder = [&](const std::string& name) { return (folder_.path() / name).string(); };
  const auto evaluate = [&](const std::string& policy, const std::string& world, const std::string& name) {
    const ProgramResult result = run_atoll({"eval", "--suite", "playhouse-basics", "--world", world, "--policy", policy,
                                            "--episodes", "14", "--no-videos", "--out", folder(name)});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  };
  evaluate("expert", "playhouse", "expert-1");
  evaluate("expert", "playhouse,reskin=3", "expert-2");
  evaluate("random", "playhouse", "random-1");
  const ProgramResult result = run_atoll({"eval", "--compare", folder("random-1"), "--as",
                                          "best=" + folder("expert-1") + "," + folder("expert-2"), "--baseline", "best",
                                          "--out", out().string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("random minus best: "));
  EXPECT_THAT(result.out, HasSubstr("all worlds equally"));
  const auto json = nlohmann::json::parse(read_text_file(out() / "comparison.json"));
  EXPECT_EQ(json.at("baseline"), "best");
  const nlohmann::json& task = json.at("rows").at(1);
  EXPECT_EQ(task.at("world"), "playhouse");
  EXPECT_EQ(task.at("differences").at(0).at("pairs"), 2);
  EXPECT_THAT(read_text_file(out() / "comparison.html"), HasSubstr("</html>"));

  // Folders instead of a name become the specialist.
  const ProgramResult folders = run_atoll({"eval", "--compare", folder("random-1") + ":instructed", "--baseline",
                                           folder("expert-1"), "--baseline", folder("expert-2"), "--json"});
  ASSERT_EQ(folders.exit_code, 0) << folders.err;
  EXPECT_EQ(nlohmann::json::parse(folders.out).at("agents").at(0).at("name"), "specialist");

  struct BadCall {
    std::vector<std::string> arguments;
    std::string message;
  };
  for (const BadCall& bad :
       {BadCall{{folder("random-1")}, "expected at least 2"},
        {{folder("random-1"), folder("nothing")}, "no finished evaluation"},
        {{folder("random-1"), folder("expert-1"), "--baseline", "nobody"}, "neither an agent (random, expert)"},
        {{folder("random-1"), folder("expert-1") + ":blank"}, "no episodes of the condition blank"},
        {{folder("random-1"), "--as", "expert-1"}, "expected NAME=FOLDER"}}) {
    std::vector<std::string> arguments = {"eval", "--compare"};
    arguments.insert(arguments.end(), bad.arguments.begin(), bad.arguments.end());
    const ProgramResult refused = run_atoll(arguments);
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_THAT(refused.err, HasSubstr(bad.message));
  }
  EXPECT_THAT(run_atoll({"eval", "--compare", "--help"}).out, HasSubstr("--baseline"));
}

// Every control of every family of the house, with an agent that has learned nothing.
TEST_F(EvalCommand, APolicyIsEvaluatedInTheHouseWithAllControls) {
  const std::string run = (folder_.path() / "run").string();
  std::vector<std::string> training = {"train", "--config", "configs/playhouse_house.toml", "--out", run};
  for (const char* setting :
       {"trainer.minutes=0", "trainer.steps=1", "trainer.batch=4", "trainer.optimizer.warmup_steps=1",
        "trainer.development_examples=0", "trainer.data.block_examples=256"})
    training.insert(training.end(), {"--set", setting});
  const ProgramResult train = run_atoll(training);
  if (train.err.find("unknown command") != std::string::npos) GTEST_SKIP() << "this build trains nothing";
  ASSERT_EQ(train.exit_code, 0) << train.err;
  std::string suite = "version = 1\nname = \"short\"\nworld = \"playhouse/house\"\n";
  for (const char* family : {"rooms", "drop", "put", "open", "build", "menu", "sequence"})
    suite += fmt::format("[[task]]\nname = \"{0}\"\ncategory = \"x\"\nfamily = \"{0}\"\ntime_limit_s = 1\n", family);
  const std::string file = (folder_.path() / "short.toml").string();
  write_file_atomically(file, suite);
  const ProgramResult result = run_atoll(call({"--suite", file, "--policy", run, "--episodes", "14", "--no-videos"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::set<std::string> conditions;
  const nlohmann::json written = results();
  for (const nlohmann::json& row : written.at("rows"))
    if (row.at("task") == "put") conditions.insert(row.at("condition"));
  EXPECT_EQ(conditions, (std::set<std::string>{"instructed", "blank", "swapped", "swapped_named", "random", "expert"}));
  EXPECT_THAT(result.out, HasSubstr("swapped, drop: 2 of 2 starts offer nothing else to ask for"));
  EXPECT_EQ(written.at("habits").at("agent").at("episodes"), 14);
  EXPECT_EQ(written.at("habits").at("demonstrations").at("from"), "expert");
  const std::string lines = read_text_file(out() / "episodes.jsonl");
  const auto episode = nlohmann::json::parse(lines.substr(0, lines.find('\n')));
  ASSERT_EQ(episode.at("condition"), "instructed");
  EXPECT_EQ(episode.at("beliefs").back().at(0), episode.at("steps")) << "the last picture was asked about, too";
}

// Pictures are never enlarged: in the world's own 96x72 such a policy was refused.
TEST_F(EvalCommand, PolicyOfLargerPicturesPlaysAWorldOfItsOwnSize) {
  const std::string run = (folder_.path() / "run").string();
  std::vector<std::string> training = {"train", "--config", "configs/demo.toml", "--out", run};
  for (const char* setting :
       {"trainer.minutes=0", "trainer.steps=1", "trainer.batch=4", "trainer.optimizer.warmup_steps=1",
        "trainer.development_examples=0", "trainer.sources.0.kind=collect", "trainer.sources.0.recordings=[]",
        "contract.frame_width_px=128", "contract.frame_height_px=96"})
    training.insert(training.end(), {"--set", setting});
  const ProgramResult train = run_atoll(training);
  if (train.err.find("unknown command") != std::string::npos) GTEST_SKIP() << "this build trains nothing";
  ASSERT_EQ(train.exit_code, 0) << train.err;
  const std::vector<std::string> flags = {"--policy", run, "--episodes", "1", "--no-controls", "--no-videos"};
  const ProgramResult own = run_atoll(call(flags));
  EXPECT_EQ(own.exit_code, 0) << own.err;
  std::filesystem::remove_all(out());
  std::vector<std::string> small = call(flags);
  small.insert(small.end(), {"--set", "world.frame_width_px=96", "--set", "world.frame_height_px=72"});
  const ProgramResult refused = run_atoll(small);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("128x96 px (policy) and 96x72 px (world)"));
  EXPECT_FALSE(std::filesystem::exists(out()));
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
  while (!is_filming() && MonotonicClock::now() < deadline) static_cast<void>(program.wait_for_stderr("error", 0.005));
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
