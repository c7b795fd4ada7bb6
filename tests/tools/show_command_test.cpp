// `atoll show` as a user meets it: a film of a recording, with its pictures stored or rendered again; curves of a run.
#include "core/files.h"
#include "datasets/reader.h"
#include "tests/tools/program.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

// Pictures in an MP4, counted by its own index: "stsz" holds 4 bytes version, 4 bytes size, 4 bytes count.
std::uint32_t num_pictures_of(const std::string& mp4) {
  const std::size_t at = mp4.find("stsz");
  if (at == std::string::npos || at + 16 > mp4.size()) return 0;
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < 4; ++i) count = count << 8 | static_cast<std::uint8_t>(mp4[at + 12 + i]);
  return count;
}

class ShowCommand : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (run_atoll({"show", "--help"}).exit_code != 0) GTEST_SKIP() << "this build has no video, so no `atoll show`";
    recording_ = (folder_.path() / "recording").string();
    const ProgramResult result =
        run_atoll({"record", "playhouse", "--episodes", "3", "--out", recording_, "--set", GetParam()});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  TemporaryFolder folder_;
  std::string recording_;
};

TEST_P(ShowCommand, FilmHasAPictureForEachStepAndItsVerdicts) {
  const std::string out = (folder_.path() / "film.mp4").string();
  const ProgramResult result = run_atoll({"show", recording_, "--out", out});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto reader = datasets::RecordingReader::open(recording_);
  std::uint64_t expected = 0;
  for (const datasets::Episode& episode : reader->episodes()) expected += episode.num_actions + 23;  // 1.5 s at 15 Hz
  EXPECT_EQ(num_pictures_of(read_text_file(out)), expected);
}

TEST_P(ShowCommand, PageHoldsTheFilmAndItsEpisodes) {
  const std::string out = (folder_.path() / "film.html").string();
  const ProgramResult result = run_atoll({"show", recording_, "--out", out, "--episode", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string page = read_text_file(out);
  const auto reader = datasets::RecordingReader::open(recording_);
  EXPECT_THAT(page, HasSubstr("data:video/mp4;base64,AAAA"));
  EXPECT_THAT(page, HasSubstr(reader->episodes()[2].instructions.front().text));
  EXPECT_THAT(page, HasSubstr("episode 2, "));
  EXPECT_THAT(page, testing::Not(HasSubstr("episode 0, ")));
}

TEST_P(ShowCommand, RefusesWhatIsNotThere) {
  const std::string out = (folder_.path() / "film.mp4").string();
  EXPECT_THAT(run_atoll({"show", recording_, "--out", out, "--episode", "3"}).err, HasSubstr("expected < 3"));
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_THAT(run_atoll({"show", recording_ + "x", "--out", out}).err, HasSubstr("recordingx"));
  EXPECT_EQ(run_atoll({"show", recording_, "--out", (folder_.path() / "film.avi").string()}).exit_code, 2);
  write_file_atomically(out, std::string_view("precious"));
  EXPECT_EQ(run_atoll({"show", recording_, "--out", out}).exit_code, 1);
  EXPECT_EQ(read_text_file(out), "precious");
}

class ShowRun : public testing::Test {
 protected:
  void SetUp() override {
    if (run_atoll({"show", "--help"}).exit_code != 0) GTEST_SKIP() << "this build has no video, so no `atoll show`";
    std::filesystem::create_directories(run_ / "checkpoint-200");
    std::string lines;
    for (int step = 20; step <= 200; step += 20) {
      lines += fmt::format(
          R"({{"step":{},"part":"training","loss":{},"loss_keys_nats":{},"loss_new_part_nats":0.5,"pictures_per_s":1900.5,"wall_s":{}}})",
          step, 400.0 / step, 100.0 / step, step * 3);
      lines += '\n';
    }
    lines += "{\"step\":200,\"part\":\"development\",\"loss\":2.5,\"pointing_share\":0.75}\n";
    write(lines);
  }

  void write(const std::string& metrics) const { write_file_atomically(run_ / "metrics.jsonl", metrics); }

  TemporaryFolder folder_;
  std::filesystem::path run_ = folder_.path() / "a <run>";
  std::string out_ = (folder_.path() / "run.html").string();
};

TEST_F(ShowRun, PageHasACurveForEachMetric) {
  const ProgramResult result = run_atoll({"show", (run_ / "checkpoint-200").string(), "--out", out_});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string page = read_text_file(out_);
  EXPECT_THAT(page, testing::AllOf(HasSubstr("a &lt;run&gt;"), HasSubstr("200 steps in 10.0 minutes")));
  for (const char* name : {">loss<", ">keys<", ">new part<", ">pointing share<", ">pictures per s<"})
    EXPECT_THAT(page, HasSubstr(name));
  EXPECT_THAT(page, HasSubstr("<title>0.75</title>")) << "a dot for what was measured on examples kept aside";
  EXPECT_THAT(page, testing::Not(HasSubstr("nan")));
  EXPECT_EQ(page.find("http"), std::string::npos) << "self-contained";
}

TEST_F(ShowRun, ATornLastLineIsLeftOutAndAnyOtherIsNamed) {
  write(read_text_file(run_ / "metrics.jsonl") + "{\"step\":220,\"lo");
  EXPECT_EQ(run_atoll({"show", run_.string(), "--out", out_}).exit_code, 0);
  write("{\"step\":20,\"loss\":1.0}\nbroken\n{\"step\":40,\"loss\":1.0}\n");
  const ProgramResult result = run_atoll({"show", run_.string(), "--out", out_ + ".html"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("line 2: \"broken\""));
}

TEST_F(ShowRun, HasNoFilmAndNoEpisodes) {
  const ProgramResult film = run_atoll({"show", run_.string(), "--out", (folder_.path() / "run.mp4").string()});
  EXPECT_EQ(film.exit_code, 2);
  EXPECT_THAT(film.err, HasSubstr("is a training run"));
  EXPECT_EQ(run_atoll({"show", run_.string(), "--out", out_, "--episode", "1"}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(out_));
}

INSTANTIATE_TEST_SUITE_P(StoredAndRendered, ShowCommand, testing::Values("record.video=true", "record.video=false"));

// The page of the built-in world is made by the program: who changes the world makes it again.
TEST(ShowPlayhouse, ThePageIsTheOneInDocs) {
  if (run_atoll({"show", "--help"}).exit_code != 0) GTEST_SKIP() << "this build has no video, so no `atoll show`";
  const TemporaryFolder folder;
  const ProgramResult result = run_atoll({"show", "playhouse", "--out", folder.path().string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_text_file(folder.path() / "playhouse.md"), read_text_file("docs/playhouse.md"))
      << "build/release/bin/atoll show playhouse --out docs";
  for (const char* name : {"house", "agent", "things", "furniture", "rooms", "looks", "screens", "pair"}) {
    const std::string png = read_text_file(folder.path() / "playhouse" / (std::string(name) + ".png"));
    EXPECT_EQ(png.substr(0, 4), "\x89PNG") << name;
    EXPECT_GT(png.size(), 20000U) << name;
    EXPECT_TRUE(std::filesystem::exists("docs/playhouse/" + std::string(name) + ".png"));
  }
}

}  // namespace
}  // namespace atl::tools_test
