// Damage inside a video that its index does not show.
#include "datasets/check.h"

#include "core/files.h"
#include "datasets/recording_file.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "datasets/writer.h"
#include "pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace atl::video {
namespace {

using datasets::RecordingVerdict;

constexpr FrameSize kSize{96, 72};
constexpr int kNumPictures = 60;

void record(const std::filesystem::path& folder) {
  SourceFacts facts;
  facts.world = "test";
  facts.clock = "world";
  const auto writer = datasets::RecordingWriter::create(
      {.folder = folder, .facts = facts, .contract = {}, .video = video_writer_factory({})});
  writer->begin_episode({.episode = 0, .time = from_ns(0)});
  for (int i = 0; i < kNumPictures; ++i) {
    Frame frame = numbered_picture(kSize, i);
    frame.sequence = static_cast<std::uint64_t>(i);
    frame.requested = frame.done = from_ns(i * 66'666'667LL);
    writer->frame(frame, 0);
  }
  writer->end_episode({.episode = 0, .time = from_ns(kNumPictures * 66'666'667LL), .verdict = "timeout"});
  writer->close();
}

TEST(CheckPictures, DamageInsideTheVideoIsFoundWithoutDecodingIt) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "r";
  record(path);
  EXPECT_EQ(datasets::check_recording(path, video_reader_factory(), true).verdict, RecordingVerdict::kOk);

  // In the middle of the file lie pictures: their sizes and times stay as they were.
  std::fstream file(path / datasets::kVideoFile, std::ios::in | std::ios::out | std::ios::binary);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path / datasets::kVideoFile) / 2);
  file.seekp(middle);
  for (int i = 0; i < 400; ++i) file.put(static_cast<char>(0x5a));
  file.close();

  for (const bool decode_pictures : {false, true}) {
    const datasets::RecordingCheck check = datasets::check_recording(path, video_reader_factory(), decode_pictures);
    EXPECT_EQ(check.verdict, RecordingVerdict::kRepairable);
    EXPECT_THAT(check.problems, testing::ElementsAre(testing::HasSubstr("of video.mp4 are damaged, or need one")));
  }
}

}  // namespace
}  // namespace atl::video
