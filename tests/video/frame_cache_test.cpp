#include "core/error.h"
#include "core/files.h"
#include "datasets/cache.h"
#include "datasets/video/reader.h"
#include "tests/video/brightening.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace atl::video {
namespace {

datasets::CacheInputs inputs_for(const std::filesystem::path& recording) {
  return {.recordings = {recording}, .frame = {96, 72}, .action_rate_hz = 15.0};
}

TEST(FrameCache, HoldsThePictureOfEachStepOfTheContract) {
  const TemporaryFolder folder;
  record_brightening(folder.path() / "r", 40, 50);
  const auto cache = datasets::FrameCache::open_or_create(folder.path() / "c", inputs_for(folder.path() / "r"),
                                                          video_reader_factory());
  ASSERT_EQ(cache.episodes().size(), 1U);
  ASSERT_EQ(cache.episodes()[0].count, 21U);
  for (std::uint64_t i = 0; i <= 20; ++i) {
    ASSERT_EQ(cache.frame(i).size(), 96U * 72U * 4U);
    EXPECT_NEAR(cache.frame(i)[1000], 50 + 2 * static_cast<int>(i), 2) << "picture " << i;
  }
}

TEST(FrameCache, IsNotMadeAgainForTheSameInputs) {
  const TemporaryFolder folder;
  record_brightening(folder.path() / "r", 10, 50);
  const auto file = folder.path() / "c";
  const auto inputs = inputs_for(folder.path() / "r");
  static_cast<void>(datasets::FrameCache::open_or_create(file, inputs, video_reader_factory()));
  const auto again = datasets::FrameCache::open_or_create(file, inputs, {});  // could not make one
  EXPECT_EQ(again.episodes().size(), 1U);
}

TEST(FrameCache, IsMadeAgainWhenARecordingChangesOrTheFileIsCut) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "c";
  const auto reader = video_reader_factory();
  record_brightening(folder.path() / "r", 10, 50);
  static_cast<void>(datasets::FrameCache::open_or_create(file, inputs_for(folder.path() / "r"), reader));
  std::filesystem::remove_all(folder.path() / "r");
  record_brightening(folder.path() / "r", 10, 120);
  EXPECT_NEAR(datasets::FrameCache::open_or_create(file, inputs_for(folder.path() / "r"), reader).frame(0)[0], 120, 2);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  EXPECT_NEAR(datasets::FrameCache::open_or_create(file, inputs_for(folder.path() / "r"), reader).frame(0)[0], 120, 2);
}

TEST(FrameCache, RemovesWhatAKilledProcessLeft) {
  const TemporaryFolder folder;
  record_brightening(folder.path() / "r", 10, 50);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  const auto left = [&](pid_t process) { return folder.path() / ("c.tmp" + std::to_string(process) + "-0x1"); };
  for (const pid_t process : {child, ::getpid()}) write_file_atomically(left(process), "half");
  write_file_atomically(folder.path() / "c.tmpfile", "another's");
  static_cast<void>(datasets::FrameCache::open_or_create(folder.path() / "c", inputs_for(folder.path() / "r"),
                                                         video_reader_factory()));
  EXPECT_FALSE(std::filesystem::exists(left(child)));
  EXPECT_TRUE(std::filesystem::exists(left(::getpid()))) << "of a process that is at work";
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "c.tmpfile"));
}

TEST(FrameCache, HoldsTheNewestPictureWhereStepsBeginInsideRecordedOnes) {
  const TemporaryFolder folder;
  record_brightening(folder.path() / "r", 40, 50);
  auto inputs = inputs_for(folder.path() / "r");
  inputs.action_rate_hz = 17.5;  // 12 recorded steps in 7
  const auto cache = datasets::FrameCache::open_or_create(folder.path() / "c", inputs, video_reader_factory());
  ASSERT_EQ(cache.episodes()[0].count, 24U);
  for (std::uint64_t i = 0; i < 24; ++i)
    EXPECT_NEAR(cache.frame(i)[1000], 50 + static_cast<int>(i * 12 / 7), 2) << "picture " << i;
}

TEST(FrameCache, RefusesARecordingSlowerThanTheContract) {
  const TemporaryFolder folder;
  record_brightening(folder.path() / "r", 4, 50);
  auto inputs = inputs_for(folder.path() / "r");
  inputs.action_rate_hz = 40.0;
  EXPECT_THROW(
      static_cast<void>(datasets::FrameCache::open_or_create(folder.path() / "c", inputs, video_reader_factory())),
      Error);
}

}  // namespace
}  // namespace atl::video
