// `atoll check --parity`: real recordings with video, a real run, the program itself.
#include "core/files.h"
#include "datasets/cache.h"
#include "datasets/video/reader.h"
#include "tests/tools/program.h"
#include "tests/video/brightening.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

// Seconds to train; with memory and an autoregressive head, so that both are compared.
constexpr const char* kRun = R"(
[agent.model]
stem_channels = 12
patch_channels = 16
residual_blocks = 1
scene_channels = 4
word_width = 8
query_width = 16
text_heads = 2
hidden_width = 32
memory_steps = 8
memory_width = 16
memory_heads = 2
autoregressive = true
[trainer]
steps = 20
replicas = 1
batch = 8
development_examples = 0
evaluate_every = 1000
checkpoint_minutes = 0
[trainer.data]
window = 2
block_examples = 64
[trainer.optimizer]
warmup_steps = 3
[[trainer.sources]]
families = ["go to"]
)";

constexpr FrameSize kContractSize{96, 72};

// The run and the recording that all tests share: two episodes of the expert, in pictures of twice the contract's size.
class ParityCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    write_file_atomically(path("run.toml"), std::string_view(kRun));
    const ProgramResult run = run_atoll({"train", "--config", path("run.toml"), "--out", path("run")});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    record("recording", "192", "144", "true");
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }

  static void record(const std::string& name, const std::string& width, const std::string& height,
                     const std::string& video) {
    const ProgramResult recorded = run_atoll({"record", "playhouse", "--episodes", "2", "--out", path(name), "--set",
                                              "world.frame_width_px=" + width, "--set",
                                              "world.frame_height_px=" + height, "--set", "record.video=" + video});
    ASSERT_EQ(recorded.exit_code, 0) << recorded.err;
  }

  static ProgramResult check(const std::vector<std::string>& recordings, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"check"};
    for (const std::string& name : recordings) arguments.push_back(path(name));
    arguments.insert(arguments.end(), {"--parity", path("run")});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_atoll(arguments);
  }

  static nlohmann::json first_of(const ProgramResult& result) {
    return nlohmann::json::parse(result.out).at("parity").at("recordings").at(0);
  }

  // A training cache of the recording.
  static datasets::FrameCache create_cache(const std::string& name, FrameSize size) {
    return datasets::FrameCache::open_or_create(
        path(name), {.recordings = {path("recording")}, .frame = size, .action_rate_hz = 15.0},
        video::video_reader_factory());
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};

std::unique_ptr<TemporaryFolder> ParityCommand::folder_;

TEST_F(ParityCommand, BothPathsShowTheSameBytesAndTheCodecsShareIsTold) {
  const ProgramResult result = check({"recording"}, {"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  const nlohmann::json parity = first_of(result);
  EXPECT_EQ(parity.at("verdict"), "equal");
  std::uint64_t pictures = 0;
  const datasets::FrameCache cache = create_cache("other.cache", kContractSize);
  for (const datasets::CachedEpisode& episode : cache.episodes()) pictures += episode.count;
  EXPECT_GT(pictures, 20u);
  for (const char* part : {"decoded", "original"}) {
    EXPECT_EQ(parity.at(part).at("pictures"), pictures) << part;
    EXPECT_EQ(parity.at(part).at("different"), 0) << part;
  }
  EXPECT_GT(parity.at("codec_gap").at("mean"), 0.0);
  EXPECT_LT(parity.at("codec_gap").at("mean"), 4.0);
  EXPECT_LE(parity.at("codec_gap").at("p99"), parity.at("codec_gap").at("max"));
  const nlohmann::json& divergence = parity.at("divergence");
  EXPECT_EQ(divergence.at("untouched").at("max"), 0.0) << "exactly";
  EXPECT_GT(divergence.at("decoded").at("mean"), 0.0);
  EXPECT_LT(divergence.at("decoded").at("mean"), 0.1) << "of some 8 nats that an action has";
  EXPECT_LE(divergence.at("decoded").at("mean"), divergence.at("decoded").at("max"));
  EXPECT_LT(divergence.at("incremental").at("max"), 1e-6) << "the cached memory is the window's, up to rounding";
  EXPECT_GT(divergence.at("untouched").at("actions"), pictures / 2) << "one for each action that is answered";

  const ProgramResult told = check({"recording"});
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.out, HasSubstr("grey levels at 96x72 px"));
  EXPECT_THAT(told.out, HasSubstr("divergence by the path: mean 0, p99 0, max 0 nats"));
}

TEST_F(ParityCommand, AChangedByteOfTheCacheIsNamed) {
  std::uint64_t at = 0;
  int old = 0;
  {
    const datasets::FrameCache cache = create_cache("flipped.cache", kContractSize);
    // Green of pixel (5, 2) of the picture that a policy is asked about at step 4 of the second episode.
    const std::uint64_t byte = static_cast<std::uint64_t>(2 * kContractSize.width_px + 5) * kBytesPerPixel + 1;
    const std::uint64_t picture = cache.episodes()[1].first + 4;
    old = cache.frame(picture)[byte];
    const std::uint64_t bytes = cache.frame(0).size();
    std::uint64_t pictures = 0;
    for (const datasets::CachedEpisode& episode : cache.episodes()) pictures += episode.count;
    at = std::filesystem::file_size(path("flipped.cache")) - (pictures - picture) * bytes + byte;
  }
  const int changed = old ^ 0x80;
  std::fstream file(path("flipped.cache"), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(changed));
  file.close();
  const ProgramResult result = check({"recording"}, {"--json", "--cache", path("flipped.cache")});
  EXPECT_EQ(result.exit_code, 1);
  const nlohmann::json parity = first_of(result);
  EXPECT_EQ(parity.at("verdict"), "different");
  EXPECT_EQ(parity.at("decoded").at("different"), 1);
  EXPECT_EQ(parity.at("decoded").at("first"), "episode 1, step 4, pixel (5, 2), green: " + std::to_string(changed) +
                                                  " as trained and " + std::to_string(old) + " as played");
  EXPECT_GT(parity.at("divergence").at("untouched").at("max"), 0.0) << "the policy sees it";
  const ProgramResult told = check({"recording"}, {"--cache", path("flipped.cache")});
  EXPECT_THAT(told.out, HasSubstr("pictures differ, first episode 1, step 4, pixel (5, 2), green"));
}

TEST_F(ParityCommand, ACacheOfAnotherSizeIsRefusedAndLeftAlone) {
  static_cast<void>(create_cache("small.cache", {48, 36}));
  const auto before = std::filesystem::file_size(path("small.cache"));
  const ProgramResult result = check({"recording"}, {"--cache", path("small.cache")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err,
              HasSubstr("is no training cache of these 1 recordings, in this order, at 96x72 px and 15 Hz"));
  EXPECT_EQ(std::filesystem::file_size(path("small.cache")), before);
}

TEST_F(ParityCommand, OfALiveRecordingAtTwiceTheRateThereIsNothingBeforeTheVideo) {
  video::record_brightening(folder_->path() / "live", 40, 50);
  const ProgramResult result = check({"live"}, {"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  const nlohmann::json parity = first_of(result);
  EXPECT_EQ(parity.at("decoded").at("pictures"), 21) << "two recorded steps are one";
  EXPECT_EQ(parity.at("decoded").at("different"), 0);
  EXPECT_TRUE(parity.at("original").is_null());
  EXPECT_TRUE(parity.at("codec_gap").is_null());
  EXPECT_THAT(parity.at("note").get<std::string>(), HasSubstr("recorded live"));
  EXPECT_TRUE(parity.at("divergence").at("decoded").is_null());
  EXPECT_EQ(parity.at("divergence").at("untouched").at("max"), 0.0);
}

TEST_F(ParityCommand, WhatDoesNotFitTheRunIsRefused) {
  record("tiny", "48", "36", "true");
  const ProgramResult tiny = check({"tiny"});
  EXPECT_EQ(tiny.exit_code, 1);
  EXPECT_THAT(tiny.err, HasSubstr("96x72 px (policy) and 48x36 px (world); pictures are never enlarged"));
  record("bare", "96", "72", "false");
  const ProgramResult bare = check({"bare"});
  EXPECT_EQ(bare.exit_code, 1);
  EXPECT_THAT(bare.err, HasSubstr("has no video.mp4"));
  const ProgramResult nothing = run_atoll({"check", path("recording"), "--parity", path("nowhere")});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.err, HasSubstr("nowhere"));
  EXPECT_EQ(run_atoll({"check", path("recording"), "--cache", path("x")}).exit_code, 2);
}

}  // namespace
}  // namespace atl::tools_test
