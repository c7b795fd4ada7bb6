// `atoll bench`, `atoll check` of scenarios and `atoll repair` as a user meets them.
#include "core/files.h"
#include "datasets/reader.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

TEST(BenchCommand, FiguresComeWithMachineCommitAndConfig) {
  const ProgramResult result = run_atoll({"bench", "resize", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json bench = nlohmann::json::parse(result.out);
  EXPECT_EQ(bench.at("bench"), "resize");
  ASSERT_FALSE(bench.at("figures").empty());
  for (const nlohmann::json& figure : bench.at("figures")) {
    EXPECT_GT(figure.at("low"), 0.0);
    EXPECT_LE(figure.at("low"), figure.at("value"));
    EXPECT_LE(figure.at("value"), figure.at("high"));
  }
  EXPECT_FALSE(bench.at("machine").empty());
  EXPECT_TRUE(bench.contains("commit"));
  EXPECT_EQ(bench.at("config").at("repeats"), 5);
}

TEST(BenchCommand, ASettingThatWouldChangeNothingIsRefused) {
  for (const char* name : {"world", "pool", "record", "remote", "resize"}) {
    const ProgramResult result = run_atoll({"bench", name, "--set", "model.width=7"});
    EXPECT_EQ(result.exit_code, 2) << name;
    EXPECT_THAT(result.err, HasSubstr("model.width=7"));
    EXPECT_EQ(result.out, "");
  }
}

TEST(BenchCommand, InferReadsAPartOfATrainingConfig) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "size.toml").string();
  write_file_atomically(file, std::string_view("[agent.model]\nhidden_width = 32\nmemory_steps = 6\n"));
  const ProgramResult result =
      run_atoll({"bench", "infer", "--config", file, "--set", "infer.answers=20", "--only", "incremental", "--json"});
  if (result.err.find("unknown bench") != std::string::npos) GTEST_SKIP() << "a build without LibTorch";
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::vector<std::string> names;
  const nlohmann::json bench = nlohmann::json::parse(result.out);
  for (const nlohmann::json& figure : bench.at("figures")) {
    names.push_back(figure.at("name"));
    EXPECT_GT(figure.at("low"), 0.0) << names.back();
  }
  const std::string step = "incremental step, memory of 6, ";
  EXPECT_THAT(names, testing::ElementsAre(step + "parameters", step + "p50", step + "p99", step + "computed p50",
                                          step + "computed p99"));
  const ProgramResult wrong = run_atoll({"bench", "infer", "--config", file, "--set", "agent.model.hiden_width=3"});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("hidden_width"));
}

TEST(BenchCommand, EndsWhenItIsAskedTo) {
  Program program({"bench", "train", "--repeats", "1000", "--set", "trainer.batch=8"});
  const bool begun = program.wait_for_stderr("playhouse", 60.0);
  if (begun) program.send_signal(SIGTERM);
  const ProgramResult result = program.wait();
  if (result.err.find("unknown bench") != std::string::npos) GTEST_SKIP() << "a build without LibTorch";
  ASSERT_TRUE(begun) << result.err;
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("stopped while it measured"));
}

TEST(BenchCommand, AnUnknownOneIsRefusedWithTheNearest) {
  const ProgramResult result = run_atoll({"bench", "recrod"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("the nearest is \"record\""));
}

TEST(CheckCommand, AScenarioIsReplayedAndSaidToBeEqualOrWhereNot) {
  const std::string path = "tests/envs/scenarios/flat-doors.toml";
  const ProgramResult equal = run_atoll({"check", path});
  EXPECT_EQ(equal.exit_code, 0) << equal.out << equal.err;
  EXPECT_THAT(equal.out, HasSubstr(path + ": equal; playhouse/flat, seed "));

  const TemporaryFolder folder;
  std::string text = read_text_file(path);
  const std::size_t step = text.rfind("state = ");
  ASSERT_NE(step, std::string::npos);
  text.replace(step + 9, 4, text.substr(step + 9, 4) == "0000" ? "1111" : "0000");
  const std::string changed = (folder.path() / "changed.toml").string();
  write_file_atomically(changed, text);
  const ProgramResult different = run_atoll({"check", changed, path, "--json"});
  EXPECT_EQ(different.exit_code, 1);
  const nlohmann::json found = nlohmann::json::parse(different.out).at("scenarios");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].at("verdict"), "different");
  EXPECT_THAT(found[0].at("problems").at(0).get<std::string>(), HasSubstr("state at step "));
  EXPECT_EQ(found[1].at("verdict"), "equal");
  const ProgramResult missing = run_atoll({"check", "nowhere.toml"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.out, HasSubstr("nowhere.toml"));
}

TEST(RepairCommand, ACutRecordingIsWholeAgainAndItsOriginalIsKept) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  ASSERT_EQ(run_atoll({"record", "playhouse", "--episodes", "3", "--out", out}).exit_code, 0);
  const ProgramResult whole = run_atoll({"repair", out});
  EXPECT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_THAT(whole.out, HasSubstr("nothing was changed"));

  std::filesystem::path log;
  for (const auto& entry : std::filesystem::directory_iterator(out))
    if (entry.path().extension() == ".mcap") log = entry.path();
  ASSERT_FALSE(log.empty());
  std::filesystem::resize_file(log, std::filesystem::file_size(log) * 2 / 3);
  ASSERT_NE(run_atoll({"check", out}).exit_code, 0) << "it is cut";
  const ProgramResult repaired = run_atoll({"repair", out, "--json"});
  EXPECT_EQ(repaired.exit_code, 0) << repaired.err << repaired.out;
  const nlohmann::json report = nlohmann::json::parse(repaired.out);
  EXPECT_TRUE(report.at("changed").get<bool>());
  EXPECT_EQ(report.at("verdict"), "ok");
  EXPECT_TRUE(std::filesystem::exists(report.at("original").get<std::string>()));
  EXPECT_EQ(run_atoll({"check", out}).exit_code, 0);
  EXPECT_NO_THROW(static_cast<void>(datasets::RecordingReader::open(out)));
}

TEST(RepairCommand, WhatIsNoRecordingIsNamed) {
  const ProgramResult result = run_atoll({"repair", "/nowhere"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("/nowhere"));
}

}  // namespace
}  // namespace atl::tools_test
