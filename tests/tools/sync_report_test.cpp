// The measurement of sync, on recordings that were made with a known offset or a known fault: it has to find each.
#include "tools/sync_report.h"

#include "capture/counter_picture.h"
#include "core/error.h"
#include "core/files.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "datasets/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::tools {
namespace {

using datasets::FrameKind;
using envs::desktop::Flash;
using envs::desktop::FlashRun;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr FrameSize kSize{64, 64};
constexpr int kNumInputs = 40;
constexpr Duration kBetween = milliseconds(30);  // inputs
const Timestamp kBegin = from_ns(5'000'000'000);

// An input every 30 ms, each answered 2 ms later, and a picture of the answer asked for 5 ms after that which takes
// 0.3 ms.
class SyncReport : public testing::Test {
 protected:
  struct Picture {
    Timestamp requested;
    Timestamp done;
    std::uint32_t shows = 0;
    bool is_torn = false;
  };

  SyncReport() {
    for (std::uint32_t k = 1; k <= kNumInputs; ++k) {
      const Timestamp pressed = kBegin + k * kBetween;
      const Control key = control_named(k % 4 < 2 ? "w" : "d");
      InputEvent event;
      event.time = pressed;
      event.kind = InputKind::kControl;
      event.control = key;
      event.pressed = k % 2 == 1;
      inputs_.push_back(event);
      const Timestamp drawn = pressed + milliseconds(2);
      truth_.push_back({k, key, event.pressed, pressed + microseconds(100), drawn, drawn + microseconds(50)});
      const Timestamp requested = drawn + milliseconds(5);
      pictures_.push_back({requested, requested + microseconds(300), k});
    }
  }

  SyncEpisode measure() {
    const TemporaryFolder folder;
    write(folder.path() / "recording");
    const auto episodes = measure_sync(folder.path() / "recording",
                                       [](const auto& path) { return video::open_video(path); }, {truth_}, {"person"});
    return episodes.at(0);
  }

  void write(const std::filesystem::path& folder) const {
    SourceFacts facts;
    facts.world = "flash";
    video::VideoOptions options;
    const auto writer = datasets::RecordingWriter::create(
        {.folder = folder, .facts = facts, .contract = {}, .video = video::video_writer_factory(options)});
    writer->begin_episode({.episode = 0, .time = kBegin});
    for (const InputEvent& event : inputs_) writer->input(event);
    std::uint64_t sequence = 0;
    for (const Picture& picture : pictures_) writer->frame(frame_of(picture, sequence++), 0);
    writer->end_episode({.episode = 0, .time = kBegin + (kNumInputs + 1) * kBetween, .verdict = "timeout"});
    writer->close();
  }

  static Frame frame_of(const Picture& picture, std::uint64_t sequence) {
    Frame frame;
    frame.width_px = kSize.width_px;
    frame.height_px = kSize.height_px;
    frame.stride_bytes = std::ptrdiff_t{kBytesPerPixel} * kSize.width_px;
    frame.pixels.resize(static_cast<std::size_t>(frame.stride_bytes) * kSize.height_px);
    capture::draw_counter(picture.shows, kSize, frame.pixels);
    if (picture.is_torn) {
      std::vector<std::uint8_t> other(frame.pixels.size());
      capture::draw_counter(~picture.shows, kSize, other);
      const auto half = static_cast<std::ptrdiff_t>(other.size() / 2);
      std::copy(other.begin() + half, other.end(), frame.pixels.begin() + half);
    }
    frame.sequence = sequence;
    frame.requested = picture.requested;
    frame.done = picture.done;
    return frame;
  }

  std::vector<InputEvent> inputs_;
  FlashRun truth_;
  std::vector<Picture> pictures_;
};

TEST_F(SyncReport, ASoundRecordingHasNoViolationAndItsOffsetIsBracketed) {
  const SyncEpisode episode = measure();
  EXPECT_EQ(episode.violations(), 0U);
  EXPECT_EQ(episode.inputs, static_cast<std::uint64_t>(kNumInputs));
  EXPECT_EQ(episode.pictures, static_cast<std::uint64_t>(kNumInputs));
  // A grab of 0.3 ms, and the screen showed the picture all the time: its stamp is 0 to 0.3 ms late.
  EXPECT_NEAR(episode.capture_offset.low, 0.0, 1e-9);
  EXPECT_NEAR(episode.capture_offset.high, 0.3, 1e-6);
  EXPECT_NEAR(episode.grab.p99, 0.3, 1e-6);
  EXPECT_NEAR(episode.input_age.p50, 0.1, 1e-6);
  EXPECT_NEAR(episode.input_to_picture.p50, 7.3, 1e-6);
  EXPECT_NEAR(episode.drift, 0.0, 1e-9);
  EXPECT_LE(episode.video_drift, 0.001);
}

TEST_F(SyncReport, AnInputThatIsStampedAfterItsPictureIsFound) {
  inputs_[10].time = pictures_[10].done + milliseconds(1);
  const SyncEpisode episode = measure();
  EXPECT_EQ(episode.early, 1U);
  EXPECT_EQ(episode.backdated, 1U) << "the window had it before its stamp, too";
}

TEST_F(SyncReport, APictureOfTheFutureIsFound) {
  pictures_[7].requested = truth_[7].drawn_from - milliseconds(1);
  pictures_[7].done = truth_[7].drawn_from - microseconds(500);
  EXPECT_EQ(measure().early, 1U);
}

TEST_F(SyncReport, APictureOfThePastIsFound) {
  pictures_[7].shows = 7;  // what flash 8 has replaced
  EXPECT_EQ(measure().stale, 1U);
}

TEST_F(SyncReport, ATornPictureIsFound) {
  pictures_[3].is_torn = true;
  EXPECT_EQ(measure().unreadable, 1U);
}

TEST_F(SyncReport, LostDoubledAndReversedInputsAreFound) {
  const std::vector<InputEvent> whole = inputs_;
  inputs_.pop_back();
  EXPECT_EQ(measure().unequal, 1U);
  inputs_ = whole;
  std::swap(inputs_[4].control, inputs_[6].control);
  EXPECT_EQ(measure().unequal, 2U);
}

TEST_F(SyncReport, ADriftOfStampsIsMeasured) {
  // Grabs take longer and longer: from 0.3 ms to 4.3 ms.
  for (std::size_t i = 0; i < pictures_.size(); ++i)
    pictures_[i].done += microseconds(4000 * i / (pictures_.size() - 1));
  const SyncEpisode episode = measure();
  EXPECT_EQ(episode.violations(), 0U);
  EXPECT_GT(episode.drift, 1.0);
  EXPECT_LT(episode.drift, 2.5)
      << "half of what the end of the grab moved: where in it the picture is from is not known";
}

TEST_F(SyncReport, ALogOfAnotherRecordingIsRefused) {
  const TemporaryFolder folder;
  write(folder.path() / "recording");
  const auto open = [](const auto& path) { return video::open_video(path); };
  EXPECT_THROW(static_cast<void>(measure_sync(folder.path() / "recording", open, {truth_, truth_}, {"a", "b"})), Error);
}

}  // namespace
}  // namespace atl::tools
