// `atoll check --sync` as a user meets it, on a screen of its own.
#include "core/files.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

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
  EXPECT_THAT(facts, testing::Not(HasSubstr("capture_latency_ms = 0.0\n")));
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
