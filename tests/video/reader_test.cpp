#include "datasets/video/reader.h"

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "datasets/video/writer.h"
#include "pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace atl::video {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;

constexpr FrameSize kSize{96, 72};
constexpr int kNumPictures = 120;

class VideoFile : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    path_ = folder_->path() / "video.mp4";
    Random random(21);
    const auto writer = create_video_writer(path_, kSize, {});
    std::int64_t pts_us = 5;
    for (int i = 0; i < kNumPictures; ++i) {
      times_.push_back(pts_us);
      ASSERT_TRUE(writer->write(numbered_picture(kSize, i).view(), pts_us));
      pts_us += random.between(1, 130'000);
    }
    writer->close();
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
    times_.clear();
  }

  static std::vector<std::int64_t> times_of(const datasets::VideoReader& video) {
    return {video.timestamps_us().begin(), video.timestamps_us().end()};
  }

  // Where the pictures' data lie in the file, in order, as ffprobe reads them.
  struct Extent {
    std::size_t begin;
    std::size_t end;
  };
  static std::vector<Extent> extents() {
    std::istringstream lines(
        output_of("ffprobe -v error -show_entries packet=size,pos -of csv=p=0 '" + path_.string() + "'"));
    std::vector<Extent> extents;
    for (std::string line; std::getline(lines, line);) {
      const std::size_t size = std::stoul(line);
      const std::size_t begin = std::stoul(line.substr(line.find(',') + 1));
      extents.push_back({begin, begin + size});
    }
    return extents;
  }

  static inline TemporaryFolder* folder_ = nullptr;
  static inline std::filesystem::path path_;
  static inline std::vector<std::int64_t> times_;
};

TEST_F(VideoFile, GivesBackTimesAndPicturesInOrder) {
  const auto video = open_video(path_);
  EXPECT_EQ(video->size(), kSize);
  ASSERT_EQ(times_of(*video), times_);
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < kNumPictures; ++i) {
    video->read(static_cast<std::size_t>(i), pixels);
    EXPECT_EQ(number_in(pixels, kSize), i);
  }
}

TEST_F(VideoFile, SeeksExactlyAndToTheSameBytesAsReadingThrough) {
  const auto video = open_video(path_);
  std::vector<std::vector<std::uint8_t>> all(kNumPictures);
  for (std::size_t i = 0; i < all.size(); ++i) video->read(i, all[i]);

  const auto seeker = open_video(path_);
  Random random(22);
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 300; ++i) {
    const std::size_t index = random.below(kNumPictures);
    seeker->read(datasets::index_at(*seeker, times_[index]), pixels);
    ASSERT_EQ(pixels, all[index]) << "picture " << index;
  }
}

TEST_F(VideoFile, CutAnywhereItReturnsEverythingBeforeTheCut) {
  const std::vector<std::uint8_t> whole = read_binary_file(path_);
  const auto video = open_video(path_);
  const std::filesystem::path cut_path = folder_->path() / "cut.mp4";
  // The header is in the file from the first moment on: up to the box "moof".
  const std::string_view text(reinterpret_cast<const char*>(whole.data()), whole.size());
  const std::size_t header_bytes = text.find("moof") - 4;
  Random random(23);
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> expected;
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    const std::size_t bytes = header_bytes + random.below(static_cast<std::uint32_t>(whole.size() - header_bytes));
    std::filesystem::remove(cut_path);
    write_file_atomically(cut_path, std::span(whole).first(bytes));
    const auto cut = open_video(cut_path);
    const std::vector<std::int64_t> times = times_of(*cut);
    ASSERT_LE(times.size(), times_.size());
    EXPECT_TRUE(std::equal(times.begin(), times.end(), times_.begin())) << "cut at " << bytes;
    most = std::max(most, times.size());
    if (times.empty()) continue;
    for (const std::size_t index :
         {times.size() - 1, std::size_t{random.below(static_cast<std::uint32_t>(times.size()))}}) {
      cut->read(index, pixels);
      video->read(index, expected);
      EXPECT_EQ(pixels, expected) << "cut at " << bytes << ", picture " << index;
    }
  }
  EXPECT_GT(most, times_.size() * 3 / 4);
}

TEST_F(VideoFile, CutBehindASampleKeepsThatSample) {
  const std::vector<std::uint8_t> whole = read_binary_file(path_);
  const std::vector<Extent> samples = extents();
  ASSERT_EQ(samples.size(), static_cast<std::size_t>(kNumPictures));
  for (std::size_t index = 0; index < samples.size(); index += 7) {
    for (const std::size_t missing : {std::size_t{0}, std::size_t{1}}) {
      const std::filesystem::path cut_path = folder_->path() / "sample.mp4";
      write_file_atomically(cut_path, std::span(whole).first(samples[index].end - missing));
      EXPECT_EQ(open_video(cut_path)->timestamps_us().size(), index + 1 - missing) << "picture " << index;
    }
  }
}

TEST_F(VideoFile, CutInAFragmentsHeaderKeepsTheFragmentsBefore) {
  const std::vector<std::uint8_t> whole = read_binary_file(path_);
  const std::string_view text(reinterpret_cast<const char*>(whole.data()), whole.size());
  const std::vector<Extent> samples = extents();
  const std::filesystem::path cut_path = folder_->path() / "header.mp4";
  std::vector<std::size_t> kept;
  for (std::size_t at = text.find("moof"); at != std::string_view::npos; at = text.find("moof", at + 1)) {
    kept.push_back(static_cast<std::size_t>(
        std::count_if(samples.begin(), samples.end(), [at](const Extent& sample) { return sample.end <= at; })));
    for (const std::size_t bytes : {at - 4, at - 1, at + 3, at + 4, at + 20, at + 90}) {
      write_file_atomically(cut_path, std::span(whole).first(bytes));
      EXPECT_EQ(open_video(cut_path)->timestamps_us().size(), kept.back()) << "cut at " << bytes;
    }
  }
  // A fragment ends before each keyframe. On a busy machine the clock ends more of them.
  EXPECT_THAT(kept, IsSupersetOf({0, 15, 30, 45, 60, 75, 90, 105}));
}

TEST_F(VideoFile, DamagedDataNeverGiveAnotherPicturesNumberInSilence) {
  const std::vector<std::uint8_t> whole = read_binary_file(path_);
  Random random(24);
  std::vector<std::uint8_t> pixels;
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    std::vector<std::uint8_t> flipped = whole;
    const std::size_t at = random.below(static_cast<std::uint32_t>(whole.size()));
    flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ (1U << random.below(8)));
    const std::filesystem::path flipped_path = folder_->path() / "flipped.mp4";
    write_file_atomically(flipped_path, flipped);
    try {
      const auto video = open_video(flipped_path);
      for (std::size_t k = 0; k < video->timestamps_us().size(); ++k) video->read(k, pixels);
    } catch (const Error& error) {
      ++refused;
      EXPECT_THAT(error.what(), HasSubstr("flipped.mp4"));
    }
  }
  EXPECT_GT(refused, 0);
}

TEST_F(VideoFile, NamesTheNearestTimeWhenThereIsNoPicture) {
  const auto video = open_video(path_);
  try {
    static_cast<void>(datasets::index_at(*video, times_[3] + 1));
    FAIL() << "found a picture where there is none";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(times_[3])));
  }
}

TEST(VideoReader, RefusesWhatIsNoVideo) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "text.mp4";
  EXPECT_THROW(static_cast<void>(open_video(path)), Error);
  write_file_atomically(path, std::string_view("this is no video at all, but it is long enough to look into"));
  try {
    static_cast<void>(open_video(path));
    FAIL() << "a text was taken for a video";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFormat);
    EXPECT_THAT(error.what(), HasSubstr("text.mp4"));
  }
  write_file_atomically(path, std::string_view());
  EXPECT_THROW(static_cast<void>(open_video(path)), Error);
}

}  // namespace
}  // namespace atl::video
