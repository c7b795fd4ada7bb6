// Videos that are gone on with, and the choice of an encoder.
#include "core/error.h"
#include "core/files.h"
#include "datasets/video/fragments.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "pictures.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

namespace atl::video {
namespace {

using testing::HasSubstr;
using tests::error_of;

constexpr FrameSize kSize{96, 72};

void write_some(const std::filesystem::path& path, int first, int count, bool close, const VideoOptions& options,
                FrameSize size = kSize) {
  const auto writer = create_video_writer(path, size, options);
  for (int i = first; i < first + count; ++i)
    ASSERT_TRUE(writer->write(numbered_picture(size, i).view(), 33'333LL * i));
  if (close) writer->close();
}

void expect_pictures(const std::filesystem::path& path, const std::vector<int>& numbers) {
  const auto video = open_video(path);
  ASSERT_EQ(video->timestamps_us().size(), numbers.size());
  const auto& seen = ffprobe_timestamps_us(path);  // an independent reader
  ASSERT_EQ(seen.size(), numbers.size());
  std::vector<std::uint8_t> pixels;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(video->timestamps_us()[i], 33'333LL * numbers[i]);
    EXPECT_EQ(seen[i], 33'333LL * numbers[i]);
    video->read(i, pixels);
    EXPECT_EQ(number_in(pixels, kSize), numbers[i]);
  }
}

TEST(AppendedVideo, HoldsWhatWasThereAndWhatWasAdded) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "video.mp4";
  write_some(path, 0, 20, true, {});
  write_some(path, 40, 20, true, {.append = true});
  write_some(path, 70, 3, true, {.append = true});
  std::vector<int> numbers;
  for (int i = 0; i < 73; ++i)
    if (i < 20 || (i >= 40 && i < 60) || i >= 70) numbers.push_back(i);
  expect_pictures(path, numbers);
}

TEST(AppendedVideo, LosesTheTornEndOfAKilledRecorderAlone) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "video.mp4";
  write_some(path, 0, 40, true, {});
  // Cut inside its last fragment.
  const Fragments whole = find_fragments(path);
  ASSERT_GE(whole.count, 2u);
  std::filesystem::resize_file(path, whole.end - 20);
  const std::size_t num_left = open_video(path)->timestamps_us().size();
  write_some(path, 100, 5, true, {.append = true});
  const auto video = open_video(path);
  const std::size_t num_whole = video->timestamps_us().size() - 5;
  EXPECT_LE(num_whole, num_left);
  EXPECT_GE(num_whole, 15u) << "only the last fragment is torn";
  EXPECT_EQ(video->timestamps_us().back(), 33'333LL * 104);
  std::vector<std::uint8_t> pixels;
  video->read(num_whole, pixels);
  EXPECT_EQ(number_in(pixels, kSize), 100);
}

TEST(AppendedVideo, RefusesOtherSettings) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "video.mp4";
  write_some(path, 0, 5, true, {});
  const auto size = std::filesystem::file_size(path);
  EXPECT_THAT(error_of([&] { write_some(path, 9, 1, true, {.append = true}, {128, 72}); }), HasSubstr("another size"));
  EXPECT_THAT(error_of([&] { write_some(path, 9, 1, true, {.chroma = Chroma::k420, .append = true}); }),
              HasSubstr("other settings"));
  EXPECT_LE(std::filesystem::file_size(path), size);
  write_some(path, 9, 1, true, {.append = true});
  EXPECT_EQ(open_video(path)->timestamps_us().size(), 6u) << "nothing was lost by the refusals";
}

TEST(VideoEncoder, AutoTakesOneThatWorksHere) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "video.mp4";
  write_some(path, 0, 5, true, {.encoder = "auto"});
  EXPECT_EQ(open_video(path)->timestamps_us().size(), 5u);
}

TEST(VideoEncoder, SaysWhatACardLacks) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "video.mp4";
  if (!std::filesystem::exists("/dev/dri/renderD128")) {
    const std::string error =
        error_of([&] { write_some(path, 0, 1, true, {.encoder = "vaapi", .chroma = Chroma::k420}); });
    EXPECT_THAT(error, HasSubstr("/dev/dri/renderD128"));
    EXPECT_THAT(error, HasSubstr("record.encoder=x264"));
  }
  if (!std::filesystem::exists("/dev/nvidiactl")) {
    EXPECT_THAT(error_of([&] { write_some(path, 0, 1, true, {.encoder = "nvenc"}); }), HasSubstr("nvenc: "));
  }
  EXPECT_FALSE(std::filesystem::exists(path)) << "no file is left of an encoder that did not open";
}

}  // namespace
}  // namespace atl::video
