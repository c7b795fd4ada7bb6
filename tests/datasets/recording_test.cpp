#include "core/error.h"
#include "core/files.h"
#include "tests/datasets/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::datasets {
namespace {

using ::testing::HasSubstr;
using testing::SampleEpisode;
using testing::SampleOptions;

void expect_equal(RecordingReader& reader, const std::vector<SampleEpisode>& told) {
  ASSERT_EQ(reader.episodes().size(), told.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    const Episode& episode = reader.episodes()[i];
    const SampleEpisode& expected = told[i];
    EXPECT_EQ(episode.start.time, expected.start.time);
    EXPECT_EQ(episode.start.seed, expected.start.seed);
    EXPECT_EQ(episode.start.instruction, expected.start.instruction);
    EXPECT_EQ(episode.start.time_limit_s, expected.start.time_limit_s);
    EXPECT_EQ(episode.start.start_hash, expected.start.start_hash);
    EXPECT_EQ(episode.start.player, expected.start.player);
    ASSERT_TRUE(episode.end.has_value());
    EXPECT_EQ(episode.end->time, expected.end.time);
    EXPECT_EQ(episode.end->verdict, expected.end.verdict);
    EXPECT_EQ(episode.end->reason, expected.end.reason);
    EXPECT_EQ(episode.end->end_hash, expected.end.end_hash);
    EXPECT_EQ(episode.instructions, expected.instructions);
    EXPECT_EQ(reader.actions(i), expected.actions);
    EXPECT_EQ(reader.inputs(i), expected.inputs);
    EXPECT_EQ(reader.frames(i), expected.frames);
    EXPECT_EQ(episode.num_actions, expected.actions.size());
    EXPECT_EQ(episode.num_events, expected.inputs.size());
    EXPECT_EQ(episode.num_frames, expected.frames.size());
  }
}

TEST(Recording, ReadsBackWhatWasToldOnAWorldClock) {
  const TemporaryFolder folder;
  const std::vector<SampleEpisode> told = testing::record(folder.path() / "r", {.num_episodes = 5});
  const auto reader = RecordingReader::open(folder.path() / "r");
  expect_equal(*reader, told);
  EXPECT_EQ(reader->facts().world, "playhouse");
  EXPECT_EQ(reader->contract(), PolicyContract{});
}

TEST(Recording, ReadsBackWhatWasToldOnTheMonotonicClock) {
  const TemporaryFolder folder;
  const std::vector<SampleEpisode> told =
      testing::record(folder.path() / "r", {.clock = "monotonic", .owa_topics = true});
  const auto reader = RecordingReader::open(folder.path() / "r");
  expect_equal(*reader, told);
  EXPECT_GE(reader->clock_checks().size(), 2U);
}

}  // namespace
}  // namespace atl::datasets
