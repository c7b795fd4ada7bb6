// A recorder that is killed: a child process writes numbered pictures in real time and says so on a pipe.
#include "core/files.h"
#include "core/random.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "pictures.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace atl::video {
namespace {

constexpr FrameSize kSize{96, 72};

[[noreturn]] void record_forever(const std::filesystem::path& path, int pipe_fd, int queue_capacity) {
  const auto writer = create_video_writer(path, kSize, {.queue_capacity = queue_capacity});
  SystemClock clock;
  const Timestamp start = clock.now();
  for (int i = 0;; ++i) {
    clock.sleep_until(start + i * std::chrono::milliseconds(33));
    // Shown from this time on; the pipe says that the picture was handed over.
    const std::int64_t pts_us = (clock.now() - start).count() / 1000;
    if (!writer->write(numbered_picture(kSize, i).view(), pts_us)) _exit(1);
    if (write(pipe_fd, &pts_us, sizeof pts_us) != sizeof pts_us) _exit(1);
  }
}

class KilledRecorder : public testing::TestWithParam<int> {};

TEST_P(KilledRecorder, LosesAtMostTheLastSecond) {
  Random random(static_cast<std::uint64_t>(31 + GetParam()));
  for (int round = 0; round < 2; ++round) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.path() / "video.mp4";
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      record_forever(path, ends[1], GetParam());
    }
    close(ends[1]);
    // Killed right after a random picture.
    std::vector<std::int64_t> handed_over;
    const std::size_t count = 40 + random.below(30);
    std::int64_t pts_us = 0;
    while (handed_over.size() < count && read(ends[0], &pts_us, sizeof pts_us) == sizeof pts_us)
      handed_over.push_back(pts_us);
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    while (read(ends[0], &pts_us, sizeof pts_us) == sizeof pts_us) handed_over.push_back(pts_us);
    close(ends[0]);

    const auto video = open_video(path);
    const std::span<const std::int64_t> times = video->timestamps_us();
    ASSERT_GT(times.size(), 0U);
    EXPECT_GE(times.back(), handed_over.back() - 1'000'000);
    std::vector<std::uint8_t> pixels;
    for (std::size_t i = 0; i < times.size() && i < handed_over.size(); ++i) {
      EXPECT_EQ(times[i], handed_over[i]);
      video->read(i, pixels);
      EXPECT_EQ(number_in(pixels, kSize), static_cast<int>(i));
    }
    EXPECT_EQ(ffprobe_timestamps_us(path).size(), times.size());
  }
}

INSTANTIATE_TEST_SUITE_P(DirectAndQueued, KilledRecorder, testing::Values(0, 8));

}  // namespace
}  // namespace atl::video
