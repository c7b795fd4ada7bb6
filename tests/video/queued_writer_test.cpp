#include "datasets/video/queued_writer.h"

#include "core/files.h"
#include "datasets/video/reader.h"
#include "pictures.h"

#include <gtest/gtest.h>

namespace atl::video {
namespace {

constexpr FrameSize kSize{640, 480};

TEST(QueuedWriter, KeepsExactlyWhatItDidNotDrop) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  QueuedWriter writer(path, kSize, {.preset = "slower", .queue_capacity = 2});
  std::vector<std::int64_t> kept;
  std::uint64_t dropped = 0;
  const Frame picture = numbered_picture(kSize, 1);
  for (std::int64_t pts_us = 1; pts_us <= 40; ++pts_us) {
    // Far faster than the encoder.
    if (writer.write(picture.view(), pts_us))
      kept.push_back(pts_us);
    else
      ++dropped;
  }
  writer.close();
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(writer.num_dropped(), dropped);
  EXPECT_EQ(ffprobe_timestamps_us(path), kept);
}

TEST(QueuedWriter, DropsNothingThatFitsTheQueue) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  QueuedWriter writer(path, kSize, {.queue_capacity = 30});
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(writer.write(numbered_picture(kSize, i).view(), i * 1000));
  writer.close();
  const auto video = open_video(path);
  ASSERT_EQ(video->timestamps_us().size(), 30U);
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 30; ++i) {
    video->read(static_cast<std::size_t>(i), pixels);
    EXPECT_EQ(number_in(pixels, kSize), i);
  }
}

TEST(QueuedWriter, WritesOutAnIdleFragment) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  QueuedWriter writer(path, kSize, {.queue_capacity = 4});
  ASSERT_TRUE(writer.write(numbered_picture(kSize, 7).view(), 1000));
  // Nothing more comes; the picture must reach the file all the same, well within a kill's second.
  const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(20);
  std::size_t readable = 0;
  while (readable == 0 && MonotonicClock::now() < deadline) {
    readable = open_video(path)->timestamps_us().size();
    std::this_thread::yield();
  }
  EXPECT_EQ(readable, 1U);
}

TEST(QueuedWriter, KeepsTheTimeOfAPictureThatComesLateAfterAShorterGap) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  // A busy machine: the pictures are 70 and 50 ms apart, but the last one comes when the clock has ended the fragment.
  const std::vector<std::int64_t> times{1000, 71'000, 121'000, 200'000};
  QueuedWriter writer(path, kSize, {.queue_capacity = 4});
  ASSERT_TRUE(writer.write(numbered_picture(kSize, 0).view(), times[0]));
  ASSERT_TRUE(writer.write(numbered_picture(kSize, 1).view(), times[1]));
  const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(20);
  while (open_video(path)->timestamps_us().size() < 2 && MonotonicClock::now() < deadline) std::this_thread::yield();
  ASSERT_TRUE(writer.write(numbered_picture(kSize, 2).view(), times[2]));
  ASSERT_TRUE(writer.write(numbered_picture(kSize, 3).view(), times[3]));
  writer.close();
  EXPECT_EQ(ffprobe_timestamps_us(path), times);
}

TEST(QueuedWriter, DestroyedWithoutCloseLeavesAReadableFile) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  {
    QueuedWriter writer(path, kSize, {.queue_capacity = 40});
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(writer.write(numbered_picture(kSize, i).view(), i * 1000));
  }
  EXPECT_GE(open_video(path)->timestamps_us().size(), 30U);  // all but the fragment that was open
}

}  // namespace
}  // namespace atl::video
