#include "datasets/continue.h"

#include "core/error.h"
#include "core/files.h"
#include "sample.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace atl::datasets {
namespace {

using ::testing::HasSubstr;
using tests::error_of;

const atl::datasets::testing::SampleOptions kMonotonic{.clock = "monotonic", .num_episodes = 2};

RecordingOptions going_on(const std::filesystem::path& folder) {
  RecordingOptions options = atl::datasets::testing::recording_options(folder, kMonotonic);
  options.go_on = true;
  return options;
}

// Another two episodes, after those that are there.
void add_two(const std::filesystem::path& folder) {
  const auto writer = RecordingWriter::create(going_on(folder));
  const std::uint64_t first = writer->next_episode();
  for (std::uint64_t i = first; i < first + 2; ++i) {
    atl::datasets::testing::tell(
        *writer, atl::datasets::testing::make_episode(kMonotonic, static_cast<int>(i), MonotonicClock::now()));
  }
  writer->close();
}

TEST(Continue, WhatIsAddedComesAfterWhatWasThere) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  atl::datasets::testing::record(path, kMonotonic);
  const std::vector<std::string> before = atl::datasets::testing::all_messages(path, McapReadMode::kWhole);
  add_two(path);
  atl::datasets::testing::expect_ok(path);
  const auto reader = RecordingReader::open(path);
  ASSERT_EQ(reader->episodes().size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(reader->episodes()[i].start.episode, i);
  const std::vector<std::string> after = atl::datasets::testing::all_messages(path, McapReadMode::kWhole);
  ASSERT_GT(after.size(), before.size());
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin())) << "what was there is there still, as it was";
  EXPECT_FALSE(std::filesystem::exists(path / "session.mcap.continuing"));
}

TEST(Continue, TwoRecordersNeverWriteOneRecording) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  atl::datasets::testing::record(path, kMonotonic);
  const auto first = RecordingWriter::create(going_on(path));
  EXPECT_THAT(error_of([&] { static_cast<void>(RecordingWriter::create(going_on(path))); }),
              HasSubstr("two never write one recording"));
  first->close();
  atl::datasets::testing::expect_ok(path);
}

TEST(Continue, RefusesWhatItCannotGoOnWith) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  const auto error = [&](RecordingOptions options) {
    return error_of([&] { static_cast<void>(RecordingWriter::create(std::move(options))); });
  };
  EXPECT_THAT(error(going_on(path)), HasSubstr("there is no recording"));
  atl::datasets::testing::record(path, kMonotonic);
  RecordingOptions other = going_on(path);
  other.facts.world = "elsewhere";
  EXPECT_THAT(error(other), HasSubstr("its world is"));
  {
    const auto cut = RecordingWriter::create(going_on(path));  // never closed, as by a kill
  }
  EXPECT_THAT(error(going_on(path)), HasSubstr("atoll repair"));
}

TEST(Recording, MarksAndDiscardedEpisodesAreReadBack) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  const auto writer = RecordingWriter::create(atl::datasets::testing::recording_options(path, kMonotonic));
  const Timestamp now = MonotonicClock::now();
  writer->begin_episode({.episode = 0, .time = now});
  writer->mark({now + std::chrono::milliseconds(5), "look here"});
  writer->end_episode(
      {.episode = 0, .time = now + std::chrono::milliseconds(9), .verdict = "aborted", .discarded = true});
  writer->close();
  const auto reader = RecordingReader::open(path);
  ASSERT_EQ(reader->episodes().size(), 1u);
  EXPECT_TRUE(reader->episodes()[0].end->discarded);
  ASSERT_EQ(reader->episodes()[0].marks.size(), 1u);
  EXPECT_EQ(reader->episodes()[0].marks[0].text, "look here");
  EXPECT_EQ(reader->episodes()[0].marks[0].time, now + std::chrono::milliseconds(5));
}

TEST(Recording, AFolderThatIsTakenAwayEndsTheRecorderWithinASecond) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  const auto writer = RecordingWriter::create(atl::datasets::testing::recording_options(path, kMonotonic));
  writer->begin_episode({.episode = 0, .time = MonotonicClock::now()});
  std::filesystem::remove_all(path);
  const Timestamp removed = MonotonicClock::now();
  SystemClock clock;
  std::string error;
  while (error.empty() && MonotonicClock::now() < removed + std::chrono::seconds(5)) {
    clock.sleep_until(MonotonicClock::now() + std::chrono::milliseconds(50));
    error = error_of([&] { writer->heartbeat(MonotonicClock::now()); });
  }
  EXPECT_THAT(error, HasSubstr("was removed"));
  EXPECT_LE(to_seconds(MonotonicClock::now() - removed), 2.0);
}

}  // namespace
}  // namespace atl::datasets
