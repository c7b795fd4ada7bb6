// Damaged videos: no picture is ever shown that was not recorded.
#include "datasets/video/seal.h"

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "datasets/check.h"
#include "datasets/mcap_reader.h"
#include "datasets/mcap_writer.h"
#include "datasets/reader.h"
#include "datasets/recording_file.h"
#include "datasets/repair.h"
#include "datasets/video/encoded_track.h"
#include "datasets/video/join.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "pictures.h"
#include "tests/error_of.h"
#include "tests/video/brightening.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

namespace atl::video {
namespace {

namespace fs = std::filesystem;
using datasets::RecordingCheck;
using datasets::RecordingVerdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::error_of;

using Bytes = std::vector<std::uint8_t>;
using Pictures = std::map<std::int64_t, Bytes>;  // pixels by time

constexpr int kSteps = 40;  // pictures but one; keyframes at 0, 15 and 30

// Those that can be read.
Pictures pictures_of(const fs::path& path) {
  Pictures pictures;
  try {
    const auto video = open_video(path);
    for (std::size_t i = 0; i < video->timestamps_us().size(); ++i) {
      Bytes pixels;
      try {
        video->read(i, pixels);
        pictures[video->timestamps_us()[i]] = pixels;
      } catch (const Error&) {
      }
    }
  } catch (const Error&) {
  }
  return pictures;
}

RecordingCheck check(const fs::path& folder) { return datasets::check_recording(folder, video_reader_factory()); }

class SealedRecording : public testing::Test {
 protected:
  void SetUp() override {
    record_brightening(recording_, kSteps, 40);
    whole_ = read_binary_file(video_);
    original_ = pictures_of(video_);
    ASSERT_EQ(original_.size(), static_cast<std::size_t>(kSteps + 1));
  }

  void flip(std::uint64_t at) {
    Bytes bytes = read_binary_file(video_);
    bytes.at(static_cast<std::size_t>(at)) ^= 0x10;
    write_file_atomically(video_, bytes);
  }

  const TemporaryFolder folder_;
  const fs::path recording_ = folder_.path() / "r";
  const fs::path video_ = recording_ / datasets::kVideoFile;
  Bytes whole_;
  Pictures original_;
};

TEST_F(SealedRecording, IsSound) {
  const RecordingCheck result = check(recording_);
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.pictures_without_checksum, 0U);
  EXPECT_TRUE(open_video(video_)->is_closed());
  EXPECT_EQ(ffprobe_timestamps_us(video_).size(), original_.size()) << "players skip the seals";
}

TEST_F(SealedRecording, ABitAnywhereIsNamedOrChangesNothing) {
  Random random(7);
  int named = 0;
  constexpr int kRounds = 150;
  for (int i = 0; i < kRounds; ++i) {
    Bytes bytes = whole_;
    const std::size_t at = random.below(static_cast<std::uint32_t>(bytes.size()));
    bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << random.below(8)));
    write_file_atomically(video_, bytes);
    const RecordingCheck result = check(recording_);
    const Pictures shown = pictures_of(video_);
    for (const auto& [time_us, pixels] : shown) {
      const auto recorded = original_.find(time_us);
      ASSERT_TRUE(recorded != original_.end() && pixels == recorded->second) << "bit of byte " << at << ", " << time_us;
    }
    if (result.verdict == RecordingVerdict::kOk) {
      EXPECT_EQ(shown.size(), original_.size()) << "bit of byte " << at;
    } else {
      ++named;
      EXPECT_THAT(result.problems.front(), HasSubstr("video"));
    }
  }
  EXPECT_GT(named, kRounds * 8 / 10) << "what closes the file, and the table for players, are not needed";
}

TEST_F(SealedRecording, TheFirstDamagedPictureIsNamedWithItsPlace) {
  const EncodedTrack encoded(video_);
  const EncodedPacket picture = encoded.packets()[18];
  flip(picture.offset + static_cast<std::uint64_t>(picture.num_bytes) / 2);
  const RecordingCheck result = check(recording_);
  EXPECT_EQ(result.verdict, RecordingVerdict::kRepairable);
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_THAT(result.problems.front(), HasSubstr("12 pictures of video.mp4 are damaged, or need one that is"));
  EXPECT_THAT(
      result.problems.front(),
      HasSubstr(fmt::format("{}: picture 18 (at {} us), bytes {} to {}: CRC-32 ", video_.string(), encoded.times()[18],
                            picture.offset, picture.offset + static_cast<std::uint64_t>(picture.num_bytes))));
  EXPECT_THAT(result.problems.front(), HasSubstr(fmt::format("expected {:08x}", picture.crc.value())));

  // Whoever trains on it is told, too; what does not need the picture is shown.
  const auto video = open_video(video_);
  Bytes pixels;
  EXPECT_NO_THROW(video->read(17, pixels));
  EXPECT_THAT(error_of([&] { video->read(18, pixels); }), HasSubstr("picture 18"));
  EXPECT_THAT(error_of([&] { video->read(29, pixels); }), HasSubstr("picture 18"));
  EXPECT_NO_THROW(video->read(30, pixels));
}

TEST_F(SealedRecording, TwoPicturesOfOneSizeCannotTakeEachOthersPlace) {
  const EncodedTrack encoded(video_);
  std::optional<std::pair<std::size_t, std::size_t>> pair;
  for (std::size_t i = 0; i < encoded.packets().size() && !pair; ++i)
    for (std::size_t k = i + 1; k < encoded.packets().size() && !pair; ++k)
      if (encoded.packets()[i].num_bytes == encoded.packets()[k].num_bytes &&
          encoded.packets()[i].crc != encoded.packets()[k].crc)
        pair.emplace(i, k);
  ASSERT_TRUE(pair) << "no two pictures have one size";
  const auto begin_of = [&](Bytes& bytes, std::size_t index) {
    return bytes.begin() + static_cast<std::ptrdiff_t>(encoded.packets()[index].offset);
  };
  Bytes bytes = whole_;
  std::swap_ranges(begin_of(bytes, pair->first),
                   begin_of(bytes, pair->first) + encoded.packets()[pair->first].num_bytes,
                   begin_of(bytes, pair->second));
  write_file_atomically(video_, bytes);
  const RecordingCheck result = check(recording_);
  EXPECT_EQ(result.verdict, RecordingVerdict::kRepairable);
  EXPECT_THAT(result.problems, ElementsAre(HasSubstr(fmt::format("picture {} (at", pair->first))));
  for (const auto& [time_us, pixels] : pictures_of(video_)) EXPECT_EQ(pixels, original_.at(time_us));
}

TEST_F(SealedRecording, DamageInTheIndexIsNamed) {
  const std::string_view text(reinterpret_cast<const char*>(whole_.data()), whole_.size());
  const std::size_t second = text.find("moof", text.find("moof") + 1);
  const std::size_t num_before = find_fragments(video_).list[0].num_pictures;
  for (const std::string_view box : {"tfdt", "trun", "tfhd", "mfhd"}) {
    write_file_atomically(video_, whole_);
    flip(text.find(box, second) + 9);
    const RecordingCheck result = check(recording_);
    EXPECT_EQ(result.verdict, RecordingVerdict::kRepairable) << box;
    ASSERT_FALSE(result.problems.empty()) << box;
    EXPECT_THAT(result.problems.front(), HasSubstr(fmt::format("at byte {}: an index of the CRC-32", second - 4)));
    EXPECT_EQ(pictures_of(video_).size(), num_before) << "those before are there";
  }
  write_file_atomically(video_, whole_);
  flip(text.find("avcC") + 20);  // how pictures are to be decoded
  EXPECT_EQ(check(recording_).verdict, RecordingVerdict::kUnusable);
  EXPECT_THAT(error_of([&] { static_cast<void>(open_video(video_)); }), HasSubstr("its header, bytes 0 to"));
}

TEST_F(SealedRecording, RepairTakesOutWhatIsDamagedAndNothingElse) {
  const EncodedPacket picture = EncodedTrack(video_).packets()[18];
  flip(picture.offset);
  const datasets::RepairReport report =
      datasets::repair_recording(recording_, video_reader_factory(), {video_joiner(), {}});
  EXPECT_EQ(report.pictures_lost, 12U);
  EXPECT_THAT(report.lost, testing::Contains(HasSubstr("picture 18 (at")));
  EXPECT_EQ(read_binary_file(report.original_video).size(), whole_.size());

  const RecordingCheck result = check(recording_);
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.frames, original_.size() - 12);
  EXPECT_EQ(result.drops, 12U);
  const Pictures left = pictures_of(video_);
  EXPECT_EQ(left.size(), original_.size() - 12);
  const auto reader = datasets::RecordingReader::open(recording_);
  for (const std::int64_t time_us : reader->video_times_us()) EXPECT_EQ(left.at(time_us), original_.at(time_us));
  EXPECT_FALSE(datasets::repair_recording(recording_, video_reader_factory(), {video_joiner(), {}}).changed);
}

TEST_F(SealedRecording, RepairedWithoutWritingTheVideoAnewItIsSoundToo) {
  flip(EncodedTrack(video_).packets()[18].offset);
  EXPECT_TRUE(datasets::repair_recording(recording_, video_reader_factory()).original_video.empty());
  EXPECT_THAT(check(recording_).problems, IsEmpty());
  const auto reader = datasets::RecordingReader::open(recording_);
  const Pictures left = pictures_of(video_);
  for (const std::int64_t time_us : reader->video_times_us()) EXPECT_EQ(left.at(time_us), original_.at(time_us));
}

TEST_F(SealedRecording, IsNotCopiedWhenItIsDamaged) {
  flip(EncodedTrack(video_).packets()[18].offset);
  const datasets::EpisodePick pick{recording_, {0}};
  EXPECT_THAT(error_of([&] {
                datasets::copy_episodes({&pick, 1}, folder_.path() / "copy", video_joiner());
              }),
              HasSubstr("picture 18 (at"));
  EXPECT_FALSE(fs::exists(folder_.path() / "copy"));
  write_file_atomically(video_, whole_);
  datasets::copy_episodes({&pick, 1}, folder_.path() / "copy", video_joiner());
  EXPECT_THAT(check(folder_.path() / "copy").problems, IsEmpty());
  EXPECT_EQ(check(folder_.path() / "copy").pictures_without_checksum, 0U);
  EXPECT_EQ(pictures_of(folder_.path() / "copy" / datasets::kVideoFile), original_);
}

TEST_F(SealedRecording, IsProvenUpToACut) {
  const EncodedTrack encoded(video_);
  for (const std::size_t index : {3U, 20U, 38U}) {
    const EncodedPacket& picture = encoded.packets()[index];
    const auto end = static_cast<std::size_t>(picture.offset) + static_cast<std::size_t>(picture.num_bytes);
    write_file_atomically(video_, std::span(whole_).first(end));
    const auto video = open_video(video_);
    EXPECT_EQ(video->timestamps_us().size(), index + 1);
    EXPECT_EQ(video->num_without_checksum(), 0U);
    EXPECT_THAT(video->find_damage(), IsEmpty());
    EXPECT_FALSE(video->is_closed());
    flip(end - 1);
    const auto damaged = open_video(video_)->find_damage();
    ASSERT_EQ(damaged.size(), 1U);
    EXPECT_EQ(damaged[0].first, index);
  }
}

// What Atoll wrote before version 3.
Bytes without_seals(const Bytes& video) {
  Bytes plain;
  for (std::size_t at = 0; at + 8 <= video.size();) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | video[at + i];
    const std::string_view type(reinterpret_cast<const char*>(video.data()) + at + 4, 4);
    const auto begin = video.begin() + static_cast<std::ptrdiff_t>(at);
    if (type != "uuid" && type != "mfra") plain.insert(plain.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
    at += size;
  }
  return plain;
}

void make_older(const fs::path& recording) {
  const fs::path session = recording / datasets::kSessionFile;
  const fs::path newer = recording / "newer";
  fs::rename(session, newer);
  const auto older = [](std::string text) {
    for (const auto& [now, before] : {std::pair("\"version\":3", "\"version\":2"), {"version = 3", "version = 2"}})
      if (const std::size_t at = text.find(now); at != std::string::npos)
        text.replace(at, std::string(now).size(), before);
    return text;
  };
  const auto source = datasets::McapReader::open(newer, datasets::McapReadMode::kWhole);
  const auto target = datasets::McapWriter::create(session, {.profile = "owa", .library = "test"});
  std::map<std::uint16_t, std::uint16_t> channels;
  for (const datasets::McapChannel& channel : source->channels())
    channels[channel.id] = target->add_channel(0, channel.topic, channel.message_encoding);
  for (std::size_t i = 0; i < source->num_chunks(); ++i) {
    datasets::McapChunk chunk = source->read_chunk(i);
    datasets::McapMessage message;
    while (chunk.next(message))
      target->write(channels.at(message.channel), message.log_time_ns,
                    older({message.data.begin(), message.data.end()}));
  }
  target->close();
  fs::remove(newer);
  write_file_atomically(recording / datasets::kRecordingFile,
                        older(read_text_file(recording / datasets::kRecordingFile)));
}

TEST_F(SealedRecording, OlderOnesOpenAndSayThatTheyHaveNoChecksums) {
  write_file_atomically(video_, without_seals(whole_));
  EXPECT_EQ(pictures_of(video_), original_);
  EXPECT_THAT(check(recording_).problems, ElementsAre(HasSubstr("41 pictures of video.mp4 have no checksum")))
      << "a recording of today has them";
  make_older(recording_);
  const RecordingCheck result = check(recording_);
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.pictures_without_checksum, 41U);
  // A copy of it is written by today's Atoll.
  const datasets::EpisodePick pick{recording_, {0}};
  datasets::copy_episodes({&pick, 1}, folder_.path() / "copy", video_joiner());
  EXPECT_THAT(check(folder_.path() / "copy").problems, IsEmpty());
  EXPECT_EQ(check(folder_.path() / "copy").pictures_without_checksum, 0U);
}

TEST(SealedVideo, WhatIsAddedToAnOlderOneHasChecksums) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "video.mp4";
  const auto write = [&](int first, bool append) {
    const auto writer = create_video_writer(path, {96, 72}, {.append = append});
    for (int i = first; i < first + 20; ++i)
      ASSERT_TRUE(writer->write(numbered_picture({96, 72}, i).view(), 33'333LL * i));
    writer->close();
  };
  write(0, false);
  write_file_atomically(path, without_seals(read_binary_file(path)));
  write(20, true);
  write(40, true);
  const auto video = open_video(path);
  EXPECT_EQ(video->timestamps_us().size(), 60U);
  EXPECT_EQ(video->num_without_checksum(), 20U);
  EXPECT_THAT(video->find_damage(), IsEmpty());
  EXPECT_EQ(pictures_of(path).size(), 60U);
  EXPECT_EQ(ffprobe_timestamps_us(path).size(), 60U);

  // Without its seal a fragment behind sealed ones is none.
  const Bytes bytes = read_binary_file(path);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t last = text.rfind("uuid", text.rfind("moof"));
  Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(last - 4));
  cut.insert(cut.end(), bytes.begin() + static_cast<std::ptrdiff_t>(text.rfind("moof") - 4), bytes.end());
  write_file_atomically(path, cut);
  EXPECT_THAT(open_video(path)->loss(), HasSubstr("a fragment without its seal"));
}

}  // namespace
}  // namespace atl::video
