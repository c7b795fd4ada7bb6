#include "datasets/video/writer.h"

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "pictures.h"
#include "tests/core/file_size_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

namespace atl::video {
namespace {

using testing::HasSubstr;

// Irregular times: 1 us to 3 s apart, the first one not at 0.
std::vector<std::int64_t> irregular_times(int count) {
  Random random(11);
  std::vector<std::int64_t> times{123'457};
  while (static_cast<int>(times.size()) < count) {
    const std::int64_t gap = random.chance(1, 8) ? random.between(1, 3'000'000) : random.between(1, 70'000);
    times.push_back(times.back() + gap);
  }
  return times;
}

void write_numbered(const std::filesystem::path& path, FrameSize size, const std::vector<std::int64_t>& times,
                    const VideoOptions& options) {
  const auto writer = create_video_writer(path, size, options);
  for (std::size_t i = 0; i < times.size(); ++i) {
    ASSERT_TRUE(writer->write(numbered_picture(size, static_cast<int>(i)).view(), times[i]));
  }
  writer->close();
}

struct Layout {
  Chroma chroma;
  FrameSize size;
};

class VideoWriterLayouts : public testing::TestWithParam<Layout> {};

TEST_P(VideoWriterLayouts, FfprobeSeesTheSamePicturesAtTheSameTimes) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  const std::vector<std::int64_t> times = irregular_times(200);
  write_numbered(path, GetParam().size, times, {.chroma = GetParam().chroma});

  const std::vector<std::int64_t> seen = ffprobe_timestamps_us(path);
  ASSERT_EQ(seen.size(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_LE(std::abs(seen[i] - times[i]), 1) << "picture " << i;
}

TEST(VideoWriter, KeepsTheTimesOfFragmentsThatEndedByTheClock) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  const FrameSize size{96, 72};
  // No keyframe but the first, and more than a second of real time: only the clock ends fragments here.
  const auto writer = create_video_writer(path, size, {.keyframe_interval = 1'000'000});
  Random random(5);
  std::vector<std::int64_t> times;
  for (const Timestamp end = MonotonicClock::now() + std::chrono::milliseconds(1300); MonotonicClock::now() < end;) {
    times.push_back(times.empty() ? 0 : times.back() + random.between(50'000, 90'000));
    ASSERT_TRUE(writer->write(numbered_picture(size, static_cast<int>(times.size() - 1)).view(), times.back()));
  }
  writer->close();
  const std::vector<std::int64_t> seen = ffprobe_timestamps_us(path);
  ASSERT_EQ(seen.size(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i) ASSERT_EQ(seen[i], times[i]) << "picture " << i;
}

TEST_P(VideoWriterLayouts, FfmpegDecodesEveryNumberInOrder) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  const FrameSize size = GetParam().size;
  write_numbered(path, size, irregular_times(100), {.chroma = GetParam().chroma});

  const std::string raw =
      output_of("ffmpeg -v fatal -i '" + path.string() + "' -fps_mode passthrough -f rawvideo -pix_fmt bgra -");
  const std::size_t picture_bytes = static_cast<std::size_t>(size.width_px * size.height_px * kBytesPerPixel);
  ASSERT_EQ(raw.size(), 100 * picture_bytes);
  for (int i = 0; i < 100; ++i) {
    const auto begin = raw.begin() + static_cast<std::ptrdiff_t>(picture_bytes) * i;
    EXPECT_EQ(number_in({begin, begin + static_cast<std::ptrdiff_t>(picture_bytes)}, size), i);
  }
}

INSTANTIATE_TEST_SUITE_P(All, VideoWriterLayouts,
                         testing::Values(Layout{Chroma::k444, {96, 72}}, Layout{Chroma::k444, {97, 71}},
                                         Layout{Chroma::k420, {320, 240}}));

TEST(VideoWriter, TagsItsColoursAndProfile) {
  const TemporaryFolder folder;
  const auto tags_of = [&](Chroma chroma, const char* name) {
    const std::filesystem::path path = folder.path() / name;
    write_numbered(path, {96, 72}, irregular_times(3), {.chroma = chroma});
    return output_of(
        "ffprobe -v error -show_entries stream=profile,has_b_frames,pix_fmt,color_range,color_space,color_primaries,"
        "color_transfer,time_base -of default=nk=0:nw=1 '" +
        path.string() + "'");
  };
  const std::string fine = tags_of(Chroma::k444, "444.mp4");
  EXPECT_THAT(fine, HasSubstr("profile=High 4:4:4 Predictive"));
  EXPECT_THAT(fine, HasSubstr("color_range=pc"));
  const std::string plain = tags_of(Chroma::k420, "420.mp4");
  EXPECT_THAT(plain, HasSubstr("pix_fmt=yuv420p"));
  EXPECT_THAT(plain, HasSubstr("color_range=tv"));
  for (const std::string& tags : {fine, plain}) {
    EXPECT_THAT(tags, HasSubstr("has_b_frames=0"));
    EXPECT_THAT(tags, HasSubstr("color_space=bt709"));
    EXPECT_THAT(tags, HasSubstr("color_transfer=bt709"));
    EXPECT_THAT(tags, HasSubstr("color_primaries=bt709"));
    EXPECT_THAT(tags, HasSubstr("time_base=1/1000000"));
  }
}

TEST(VideoWriter, PutsAKeyframeAtLeastEveryInterval) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  write_numbered(path, {96, 72}, irregular_times(100), {});
  const std::string keys = output_of("ffprobe -v error -show_entries packet=flags -of csv=p=0 '" + path.string() + "'");
  int since_key = 0;
  int packets = 0;
  std::istringstream lines(keys);
  for (std::string line; std::getline(lines, line); ++packets) {
    since_key = line.starts_with("K") ? 0 : since_key + 1;
    EXPECT_LT(since_key, 15);
  }
  EXPECT_EQ(packets, 100);
}

TEST(VideoWriter, RefusesWhatDoesNotFit) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  EXPECT_THROW(static_cast<void>(create_video_writer(path, {97, 72}, {.chroma = Chroma::k420})), Error);
  EXPECT_FALSE(std::filesystem::exists(path));
  const auto writer = create_video_writer(path, {96, 72}, {});
  const Frame picture = numbered_picture({96, 72}, 1);
  EXPECT_THROW(static_cast<void>(writer->write(picture.view(), -1)), Error);
  EXPECT_TRUE(writer->write(picture.view(), 1000));
  EXPECT_THROW(static_cast<void>(writer->write(picture.view(), 1000)), Error);
  EXPECT_THROW(static_cast<void>(writer->write(numbered_picture({96, 70}, 1).view(), 2000)), Error);
  EXPECT_TRUE(writer->write(picture.view(), 1001));  // a refused picture harms nothing
  writer->close();
  EXPECT_EQ(ffprobe_timestamps_us(path), (std::vector<std::int64_t>{1000, 1001}));
  EXPECT_THROW(static_cast<void>(create_video_writer(path, {96, 72}, {})), Error);  // it exists
  EXPECT_THROW(static_cast<void>(create_video_writer(folder.path() / "none" / "v.mp4", {96, 72}, {})), Error);
}

class FullDisk : public testing::TestWithParam<int> {};

TEST_P(FullDisk, RaisesAndLeavesWhatWasWrittenReadable) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "video.mp4";
  std::string message;
  int written = 0;
  {
    const FileSizeLimit limit(60'000);
    const auto writer = create_video_writer(path, {96, 72}, {.queue_capacity = GetParam()});
    try {
      // A busy machine's encoder may refuse most of them.
      const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(40);
      for (int i = 0; written < 5000 && MonotonicClock::now() < deadline; ++i) {
        if (writer->write(numbered_picture({96, 72}, i).view(), (written + 1) * 1000)) ++written;
      }
      writer->close();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFile);
      message = error.what();
    }
    EXPECT_THROW(static_cast<void>(writer->write(numbered_picture({96, 72}, 0).view(), 10'000'000)), Error);
    EXPECT_THROW(writer->close(), Error);
  }
  EXPECT_THAT(message, HasSubstr("video.mp4"));
  EXPECT_THAT(message, HasSubstr("File too large"));
  const std::size_t readable = ffprobe_timestamps_us(path).size();
  EXPECT_GT(readable, 15U);
  EXPECT_LE(readable, static_cast<std::size_t>(written) + 1);
}

INSTANTIATE_TEST_SUITE_P(DirectAndQueued, FullDisk, testing::Values(0, 8));

}  // namespace
}  // namespace atl::video
