#include "datasets/manifest.h"

#include "core/error.h"
#include "core/files.h"
#include "tests/datasets/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::datasets {
namespace {

using ::testing::HasSubstr;

class ManifestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::record(folder_.path() / "a", {.num_episodes = 2});
    testing::record(folder_.path() / "b", {.num_episodes = 1, .num_steps = 10});
  }
  std::filesystem::path write(std::string_view text) {
    write_file_atomically(folder_.path() / "d.toml", text);
    return folder_.path() / "d.toml";
  }
  std::string error_of(std::string_view text) {
    const std::filesystem::path path = write(text);
    try {
      static_cast<void>(load_manifest(path));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  TemporaryFolder folder_;
};

TEST_F(ManifestTest, ReadsWhatWasSaved) {
  Manifest manifest;
  manifest.name = "two";
  manifest.recordings = {{(folder_.path() / "a").string(), "training", 2.5},
                         {(folder_.path() / "b").string(), "development", 1.0}};
  manifest.statistics = summarise(manifest);
  EXPECT_EQ(manifest.statistics.episodes, 3U);
  EXPECT_EQ(manifest.statistics.successes, 3U);
  EXPECT_EQ(manifest.statistics.actions, 90U);
  EXPECT_NEAR(manifest.statistics.seconds, 90 / 15.0, 1e-6);
  save_manifest(folder_.path() / "d.toml", manifest);
  EXPECT_THAT(read_text_file(folder_.path() / "d.toml"), HasSubstr("path = 'a'"));
  EXPECT_EQ(load_manifest(folder_.path() / "d.toml"), manifest);
}

TEST_F(ManifestTest, NamesWhatIsWrong) {
  EXPECT_THAT(error_of("version = 1\n"), HasSubstr("no [[recordings]]"));
  EXPECT_THAT(error_of("version = 2\nfuture = 1\n"), HasSubstr("dataset version 2, this Atoll reads up to 1"));
  EXPECT_THAT(error_of("[[recordings]]\npath = \"c\"\n"), HasSubstr("recording \"c\" is not there"));
  EXPECT_THAT(error_of("[[recordings]]\npath = \"a\"\n[[recordings]]\npath = \"./a\"\n"), HasSubstr("is named twice"));
  EXPECT_THAT(error_of("[[recordings]]\npath = \"a\"\nsplit = \"train\"\n"), HasSubstr("expected one of training"));
  EXPECT_THAT(error_of("[[recordings]]\npath = \"a\"\nweigth = 2.0\n"),
              HasSubstr("the nearest known key is \"weight\""));
  EXPECT_THAT(error_of("[[recordings]]\npath = \"a\"\nweight = -1.0\n"), HasSubstr("weight"));
}

TEST_F(ManifestTest, RefusesHeldOutDataByName) {
  const auto refusal = [&](std::string_view text, std::uint64_t held_out_from) -> std::string {
    try {
      refuse_held_out(load_manifest(write(text)), [&](std::uint64_t seed) { return seed >= held_out_from; });
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string_view training = "[[recordings]]\npath = \"a\"\n";
  EXPECT_EQ(refusal(training, 1'000'000), "");
  EXPECT_THAT(refusal(training, 1001), HasSubstr("a: episode 1 has the held-out seed 1001"));
  EXPECT_THAT(refusal("[[recordings]]\npath = \"b\"\nsplit = \"held_out\"\n", 1'000'000), HasSubstr("b is held out"));
}

}  // namespace
}  // namespace atl::datasets
