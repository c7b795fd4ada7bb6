// `atoll check --sync` as a user meets it, on a screen of its own.
#include "core/files.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

// A number as it stands in recording.toml; one that nothing is near to where the file does not say it.
double fact_in(const std::string& toml, const std::string& name) {
  const std::string begin = "\n" + name + " = ";
  const std::size_t at = toml.find(begin);
  if (at == std::string::npos) return std::numeric_limits<double>::quiet_NaN();
  return std::strtod(toml.c_str() + at + begin.size(), nullptr);
}

TEST(CheckSync, MeasuresThroughTheWholePathAndLaterRecordingsKnowIt) {
  const TemporaryFolder folder;
  setenv("XDG_DATA_HOME", folder.path().c_str(), 1);
  const std::filesystem::path recording = folder.path() / "sync";
  const ProgramResult result =
      run_atoll({"check", "--sync", "--display", "virtual", "--seconds", "4", "--out", recording.string(), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  const nlohmann::json sync = nlohmann::json::parse(result.out).at("sync");
  EXPECT_EQ(sync.at("verdict"), "ok");
  EXPECT_EQ(sync.at("screen"), "virtual");
  ASSERT_EQ(sync.at("episodes").size(), 2U);
  for (const nlohmann::json& episode : sync.at("episodes")) {
    EXPECT_GT(episode.at("inputs"), 60) << episode.dump();
    EXPECT_GT(episode.at("pictures"), 60) << episode.dump();
    for (const auto& [name, count] : episode.at("violations").items()) EXPECT_EQ(count, 0) << name;
  }
  EXPECT_EQ(run_atoll({"check", recording.string()}).exit_code, 0);
  const std::string kept = read_text_file(folder.path() / "atoll" / "sync.toml");
  EXPECT_THAT(kept, HasSubstr("[virtual]"));

  const ProgramResult later = run_atoll({"record", "playhouse-window", "--player", "random", "--seconds", "1", "--out",
                                         (folder.path() / "later").string(), "--set", "world.display=virtual"});
  ASSERT_EQ(later.exit_code, 0) << later.err;
  const std::string facts = read_text_file(folder.path() / "later" / "recording.toml");
  const nlohmann::json& person = sync.at("episodes").at(0);
  const auto told = [&](const char* what, const char* of_it) { return person.at(what).at(of_it).get<double>(); };
  constexpr double kRounding = 1e-6;
  const double latency = (told("capture_offset_ms", "low") + told("capture_offset_ms", "high")) / 2;
  EXPECT_GT(latency, 0);
  EXPECT_NEAR(fact_in(facts, "capture_latency_ms"), latency, kRounding) << facts;
  EXPECT_NEAR(fact_in(facts, "capture_jitter_ms"), std::max(0.0, told("grab_ms", "p99") - latency), kRounding) << facts;
  EXPECT_NEAR(fact_in(facts, "capture_drift_ms"), person.at("drift_ms").get<double>(), kRounding) << facts;
  EXPECT_NEAR(fact_in(facts, "input_latency_ms"), told("input_age_ms", "p50"), kRounding) << facts;
}

TEST(CheckSync, NothingToCheckIsAUsageError) {
  const ProgramResult none = run_atoll({"check"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("name a recording, or --sync"));
  const ProgramResult both = run_atoll({"check", "--sync", "recording"});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.err, HasSubstr("leave out recording"));
}

}  // namespace
}  // namespace atl::tools_test
