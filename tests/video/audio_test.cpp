// Sound beside a recording: what the writer makes is what the reader and ffmpeg find in it, sample by sample, also
// where the file was cut, goes on, or has gaps; and a recording of it checks, continues and tells what is missing.
#include "core/error.h"
#include "core/files.h"
#include "datasets/audio_index.h"
#include "datasets/check.h"
#include "datasets/reader.h"
#include "datasets/repair.h"
#include "datasets/video/audio_reader.h"
#include "datasets/video/audio_writer.h"
#include "datasets/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <random>

namespace atl::video {
namespace {

using datasets::AudioKind;
using testing::HasSubstr;

constexpr AudioFormat kFormat{48'000, 2};

std::vector<std::int16_t> noise(std::int64_t count, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(count * kFormat.num_channels));
  for (std::int16_t& sample : samples) sample = static_cast<std::int16_t>(random() % 20'000);
  return samples;
}

struct Found {
  std::vector<std::int16_t> samples;
  std::vector<std::int64_t> pts;  // one a sample
};

Found read_all(const std::filesystem::path& path) {
  const auto reader = open_audio(path);
  EXPECT_EQ(reader->format(), kFormat);
  Found found;
  datasets::AudioPiece piece;
  while (reader->next(piece)) {
    found.samples.insert(found.samples.end(), piece.samples.begin(), piece.samples.end());
    for (std::size_t i = 0; i < piece.samples.size() / 2; ++i)
      found.pts.push_back(piece.pts + static_cast<std::int64_t>(i));
  }
  return found;
}

// As somebody else's program decodes them.
std::vector<std::int16_t> decode_by_ffmpeg(const std::filesystem::path& path) {
  std::FILE* pipe = popen(fmt::format("ffmpeg -v error -i {} -f s16le -", path.string()).c_str(), "r");
  std::vector<std::int16_t> samples(1 << 20);
  samples.resize(std::fread(samples.data(), sizeof(std::int16_t), samples.size(), pipe));
  EXPECT_EQ(pclose(pipe), 0);
  return samples;
}

class AudioFile : public testing::Test {
 protected:
  void write(datasets::AudioWriter& writer, std::int64_t count, std::int64_t pts) {
    const auto samples = noise(count, ++seed_);
    EXPECT_TRUE(writer.write(samples, pts));
    written_.insert(written_.end(), samples.begin(), samples.end());
  }

  const TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "audio.mp4";
  std::vector<std::int16_t> written_;
  unsigned seed_ = 0;
};

TEST_F(AudioFile, HoldsEachSampleAtItsPlaceAcrossGapsAndSteps) {
  const auto writer = create_audio_writer(path_, kFormat, {});
  write(*writer, 5000, 100);
  write(*writer, 777, 5100);
  write(*writer, 4800, 48'000);               // a gap
  write(*writer, 4800, 52'800 - 300);         // the sound's clock is faster
  write(*writer, 9600, 52'500 + 4800 + 200);  // and slower
  writer->close();
  const Found found = read_all(path_);
  EXPECT_EQ(found.samples, written_);
  EXPECT_EQ(decode_by_ffmpeg(path_), written_);
  ASSERT_EQ(found.pts.size(), 24'977U);
  EXPECT_EQ(found.pts[0], 100);
  EXPECT_EQ(found.pts[5776], 5876);
  EXPECT_EQ(found.pts[5777], 48'000);
  EXPECT_EQ(found.pts.back(), 52'500 + 4800 + 200 + 9599) << "steps are made up for within a frame";
}

TEST_F(AudioFile, CutAnywhereItReturnsWhatLiesBeforeAndGoesOn) {
  {
    const auto writer = create_audio_writer(path_, kFormat, {.queue_capacity = 100});
    SystemClock clock;
    for (int i = 0; i < 12; ++i) {
      write(*writer, 4800, 4800 * i);
      clock.sleep_until(clock.now() + std::chrono::milliseconds(100));  // real time: fragments end by it
    }
  }  // killed
  const std::string whole = read_text_file(path_);
  const auto cut_path = folder_.path() / "cut.mp4";
  for (std::size_t size = whole.size(); size > 2000; size -= whole.size() / 17) {
    std::ofstream(cut_path, std::ios::binary) << whole.substr(0, size);
    const Found found = read_all(cut_path);
    ASSERT_LE(found.samples.size(), written_.size());
    EXPECT_TRUE(std::equal(found.samples.begin(), found.samples.end(), written_.begin())) << size;
    if (size == whole.size()) {
      EXPECT_GT(found.pts.size(), 4800U * 8) << "at most the last half second is lost";
    }
  }
  const std::size_t kept = read_all(cut_path).samples.size();
  {
    const auto writer = create_audio_writer(cut_path, kFormat, {.append = true});
    write(*writer, 3000, 480'000);
    writer->close();
  }
  const Found found = read_all(cut_path);
  EXPECT_EQ(found.samples.size(), kept + 6000);
  EXPECT_TRUE(std::equal(found.samples.end() - 6000, found.samples.end(), written_.end() - 6000));
  EXPECT_EQ(found.pts.back(), 482'999);
  EXPECT_THROW(static_cast<void>(create_audio_writer(cut_path, {44'100, 2}, {.append = true})), Error);
}

TEST_F(AudioFile, DamageIsRefusedByName) {
  const auto writer = create_audio_writer(path_, kFormat, {});
  write(*writer, 48'000, 0);
  writer->close();
  std::string bytes = read_text_file(path_);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
  std::ofstream(path_, std::ios::binary) << bytes;
  EXPECT_THAT([&] { read_all(path_); }, testing::ThrowsMessage<Error>(HasSubstr("audio.mp4")));
}

// A recording of one second and a half, told of by blocks as a sound server delivers them.
class RecordedAudio : public testing::Test {
 protected:
  std::unique_ptr<datasets::RecordingWriter> create(bool go_on = false) {
    datasets::RecordingOptions options;
    options.folder = path_;
    options.facts.world = "test";
    options.facts.clock = "monotonic";
    options.facts.action_rate_hz = 15.0;
    options.go_on = go_on;
    options.open_audio = audio_reader_factory();
    options.audio = audio_writer_factory({.append = go_on});
    return datasets::RecordingWriter::create(std::move(options));
  }

  void begin(datasets::RecordingWriter& writer) {
    start_ = MonotonicClock::now();
    writer.begin_episode({.episode = writer.next_episode(), .time = start_, .player = "human"});
  }

  // Blocks from `from` to `until` of the episode, in ms.
  void play(datasets::RecordingWriter& writer, int from_ms, int until_ms, const std::string& lost = "") {
    for (int at = from_ms; at < until_ms; at += 20)
      writer.audio({.time = start_ + std::chrono::milliseconds(at),
                    .format = kFormat,
                    .samples = noise(960, ++seed_),
                    .lost = at == from_ms ? lost : ""});
  }

  void end(datasets::RecordingWriter& writer, int at_ms) {
    writer.end_episode({.episode = writer.next_episode() - 1,
                        .time = start_ + std::chrono::milliseconds(at_ms),
                        .verdict = "success"});
  }

  // One episode that sounds from its begin to its end.
  void record(int until_ms, bool go_on = false) {
    const auto writer = create(go_on);
    begin(*writer);
    play(*writer, 0, until_ms);
    end(*writer, until_ms);
    writer->close();
  }

  [[nodiscard]] datasets::RecordingCheck check() const {
    return datasets::check_recording(path_, {{}, audio_reader_factory()});
  }

  datasets::RepairReport repair() {
    return datasets::repair_recording(path_, {{}, audio_reader_factory()}, {{}, audio_writer_factory({})});
  }

  const TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "r";
  Timestamp start_;
  unsigned seed_ = 0;
};

TEST_F(RecordedAudio, LossesAndStepsAreToldAndItGoesOn) {
  {
    const auto writer = create();
    begin(*writer);
    play(*writer, 0, 500);
    play(*writer, 700, 1000, "the sound server left some out");
    play(*writer, 1020, 1500);  // its clock steps
    writer->audio({.time = start_ + std::chrono::milliseconds(1500), .lost = "the sound server ended"});
    end(*writer, 2500);
    writer->close();
  }
  datasets::RecordingCheck found = check();
  EXPECT_THAT(found.problems, testing::IsEmpty());
  EXPECT_EQ(found.audio.num_losses, 2U);
  EXPECT_EQ(found.audio.num_steps, 1U);
  EXPECT_NEAR(found.audio.seconds, 1.28, 1e-6);
  {
    const auto writer = create(true);
    begin(*writer);
    play(*writer, 0, 1000);
    end(*writer, 1000);
    const datasets::RecordingSummary summary = writer->close();
    EXPECT_NEAR(summary.audio_seconds, 2.28, 1e-6);
    EXPECT_EQ(summary.audio_losses, 2U);
  }
  found = check();
  EXPECT_THAT(found.problems, testing::IsEmpty());
  const auto index = datasets::read_audio_index(datasets::RecordingReader::open(path_)->mcap());
  ASSERT_EQ(index.size(), 2U);
  EXPECT_EQ(index[1].front().first, 61'440U);
}

TEST_F(RecordedAudio, WhatIsMissingWithoutAWordIsFound) {
  const auto writer = create();
  begin(*writer);
  play(*writer, 0, 500);
  end(*writer, 2500);
  writer->close();
  EXPECT_THAT(check().problems, testing::ElementsAre(HasSubstr("sound ends at 0.500 s, 2.000 s before the episode")));
}

TEST_F(RecordedAudio, AFileThatIsMissingOrAnothersIsFound) {
  record(2000);
  const auto audio = path_ / datasets::kAudioFile;
  std::filesystem::remove(audio);
  {
    const auto other = create_audio_writer(audio, kFormat, {});
    ASSERT_TRUE(other->write(noise(96'000, 999), 0));
    other->close();
  }
  EXPECT_THAT(check().problems, testing::ElementsAre(HasSubstr("their hash differs")));
  std::filesystem::remove(audio);
  EXPECT_EQ(check().verdict, datasets::RecordingVerdict::kRepairable);
  const datasets::RepairReport report = repair();
  EXPECT_EQ(report.samples_lost, 96'000U);
  EXPECT_EQ(check().verdict, datasets::RecordingVerdict::kOk);
}

// Wherever a bit flips or the file is cut, all sound before it is kept, and what is left can be gone on with.
TEST_F(RecordedAudio, DamageCostsTheSoundBehindItAndNothingElse) {
  record(2000);
  const std::string whole = read_text_file(path_ / datasets::kAudioFile);
  const std::string session = read_text_file(path_ / datasets::kSessionFile);
  std::minstd_rand random(7);
  for (int round = 0; round < 24; ++round) {
    const std::size_t at = round < 4 ? std::array<std::size_t, 4>{0, 9, 400, 700}[static_cast<std::size_t>(round)]
                                     : random() % (whole.size() - 400);
    std::string bytes = whole;
    if (round % 2 == 0)
      bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    else
      bytes.resize(at);
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
    write_file_atomically(path_ / datasets::kAudioFile, bytes);
    write_file_atomically(path_ / datasets::kSessionFile, session);
    ASSERT_EQ(check().verdict, datasets::RecordingVerdict::kRepairable) << at;
    const datasets::RepairReport report = repair();
    EXPECT_GT(report.samples_lost, 0U) << at;
    EXPECT_LE(report.samples_lost,
              96'000U -
                  static_cast<std::uint64_t>(96'000.0 * static_cast<double>(at) / static_cast<double>(whole.size())) +
                  18'000U)  // a fragment and an entry
        << at;
    ASSERT_THAT(check().problems, testing::IsEmpty()) << at;
    record(400, true);
    EXPECT_THAT(check().problems, testing::IsEmpty()) << at;
  }
}

}  // namespace
}  // namespace atl::video
