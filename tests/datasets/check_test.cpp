#include "datasets/check.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/mcap_writer.h"
#include "datasets/repair.h"
#include "tests/datasets/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace atl::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SampleEpisode;
using testing::SampleOptions;

// Records one episode after `change` and checks it.
RecordingCheck check_with(const std::function<void(SampleEpisode&)>& change, const SampleOptions& options = {}) {
  const TemporaryFolder folder;
  const auto writer = RecordingWriter::create(testing::recording_options(folder.path() / "r", options));
  SampleEpisode episode =
      testing::make_episode(options, 0, options.clock == "world" ? Timestamp{} : MonotonicClock::now());
  change(episode);
  testing::tell(*writer, episode);
  writer->close();
  return check_recording(folder.path() / "r", {});
}

TEST(Check, CountsWhatASoundRecordingHolds) {
  const TemporaryFolder folder;
  const auto told = testing::record(folder.path() / "r", {.clock = "monotonic", .num_episodes = 2});
  const RecordingCheck check = check_recording(folder.path() / "r", {});
  EXPECT_THAT(check.problems, IsEmpty());
  EXPECT_EQ(to_string(check.verdict), "ok");
  EXPECT_EQ(check.episodes, 2U);
  EXPECT_EQ(check.frames, 80U);
  EXPECT_EQ(check.events, told[0].inputs.size() + told[1].inputs.size());
  EXPECT_EQ(check.instructions, 2U);
  EXPECT_EQ(check.drops, 0U);
  EXPECT_NEAR(check.seconds, 2 * 40 / 15.0, 1e-6);
  EXPECT_FALSE(repair_recording(folder.path() / "r", {}).changed);
}

TEST(Check, TellsIdleTimeAndTimeUnderInstructions) {
  const RecordingCheck check = check_with([](SampleEpisode& e) {
    for (RecordedAction& step : e.actions) step.action = {};
    e.inputs.clear();
    hold(e.actions[0].action, control_named("w"), {});
    tap(e.actions[1].action, control_named("e"));
    e.actions[2].action.dx = 1;
    const Timestamp begin = e.start.time;
    const auto span = [&](const char* text, double from, double to) {
      Instruction instruction;
      instruction.text = text;
      instruction.begin = begin + from_seconds(from);
      instruction.end = begin + from_seconds(to);
      return instruction;
    };
    e.instructions = {span("go", 0.0, 1.0), span("and wait", 0.5, 1.5), span("", 1.5, 2.0)};
  });
  EXPECT_THAT(check.problems, IsEmpty());
  EXPECT_NEAR(check.seconds, 40 / 15.0, 1e-6);
  EXPECT_NEAR(check.idle_share(), 37 / 40.0, 1e-6);
  EXPECT_NEAR(check.instructed_share(), 1.5 * 15 / 40.0, 1e-6) << "spans that overlap count once, empty ones never";
}

TEST(Check, NamesEveryKindOfProblemInAnEpisode) {
  const auto expect_unusable = [](const RecordingCheck& check, std::string_view problem) {
    EXPECT_EQ(check.verdict, RecordingVerdict::kUnusable);
    EXPECT_THAT(check.problems, ::testing::Contains(HasSubstr(std::string(problem))));
  };
  expect_unusable(check_with([](SampleEpisode& e) { e.actions[5].step = 6; }),
                  "episode 0: action 5 has step 6, expected 5");
  expect_unusable(check_with([](SampleEpisode& e) { e.end.num_steps = 41; }),
                  "40 actions, but it ended after 41 steps");
  expect_unusable(check_with([](SampleEpisode& e) { e.end.time = e.start.time - Duration(1000); }), "before it begins");
  expect_unusable(check_with([](SampleEpisode& e) { std::swap(e.actions[3].time, e.actions[4].time); }),
                  "is older than the one before it");
  expect_unusable(check_with([](SampleEpisode& e) { e.frames[9].sequence = 7; }), "picture 7 comes after picture 8");
  expect_unusable(check_with([](SampleEpisode& e) { e.instructions[0].end = e.start.time - Duration(1); }),
                  "ends before it begins");
  expect_unusable(check_with([](SampleEpisode& e) {
                    for (std::size_t i = 10; i < e.frames.size(); ++i) e.frames[i].sequence += 2;
                  }),
                  "2 pictures are missing by their sequence numbers, drop notes speak of 0");
  // A key that goes down twice; an action that says up what the events say is down.
  expect_unusable(check_with([](SampleEpisode& e) {
                    InputEvent event = e.inputs.back();
                    event.kind = InputKind::kControl;
                    event.control = control_named("z");
                    event.pressed = true;
                    e.inputs.push_back(event);
                    e.inputs.push_back(event);
                  }),
                  "\"z\" is pressed by expert at 2.666667 s although it already was");
  expect_unusable(check_with([](SampleEpisode& e) {
                    e.inputs.insert(e.inputs.begin(),
                                    {.time = e.start.time, .control = control_named("z"), .pressed = true});
                  }),
                  "at step 0 \"z\" is up in the action and down by the events");
  expect_unusable(check_with(
                      [](SampleEpisode& e) {
                        e.actions[5].observed_frame = 20;
                        e.actions[5].latency_ns = 1;
                      },
                      {.clock = "monotonic"}),
                  "action 5 acts on picture 20");
}

TEST(Check, ADropNoteExplainsMissingPictures) {
  const TemporaryFolder folder;
  const auto writer = RecordingWriter::create(testing::recording_options(folder.path() / "r", {}));
  SampleEpisode episode = testing::make_episode({}, 0, {});
  for (std::size_t i = 10; i < episode.frames.size(); ++i) episode.frames[i].sequence += 2;
  writer->drop({.time = {}, .where = "capture", .reason = "late", .count = 2});
  testing::tell(*writer, episode);
  writer->close();
  testing::expect_ok(folder.path() / "r");
  EXPECT_EQ(check_recording(folder.path() / "r", {}).drops, 2U);
}

TEST(Check, ADropNoteOfInputExplainsNoMissingPictures) {
  for (const bool are_missing : {false, true}) {
    const TemporaryFolder folder;
    const auto writer = RecordingWriter::create(testing::recording_options(folder.path() / "r", {}));
    SampleEpisode episode = testing::make_episode({}, 0, {});
    for (std::size_t i = 10; are_missing && i < episode.frames.size(); ++i) episode.frames[i].sequence += 2;
    writer->drop({.time = {}, .where = "input", .reason = "too fast", .count = 4});
    writer->drop({.time = {}, .where = "window", .reason = "closed", .count = 1});
    testing::tell(*writer, episode);
    writer->close();
    const RecordingCheck check = check_recording(folder.path() / "r", {});
    EXPECT_EQ(check.drops, 5U);
    EXPECT_EQ(check.verdict, are_missing ? RecordingVerdict::kUnusable : RecordingVerdict::kOk);
    if (are_missing) {
      EXPECT_THAT(check.problems, ::testing::Contains(::testing::HasSubstr("2 pictures are missing")));
    }
  }
}

TEST(Check, AnOpenEpisodeIsRepairable) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  {
    const auto writer = RecordingWriter::create(testing::recording_options(path, {}));
    const SampleEpisode episode = testing::make_episode({.num_steps = 100}, 0, {});
    writer->begin_episode(episode.start);
    for (const RecordedAction& action : episode.actions) writer->action(action);
  }  // gone without close
  EXPECT_EQ(check_recording(path, {}).verdict, RecordingVerdict::kRepairable);
  const RepairReport report = repair_recording(path, {});
  EXPECT_EQ(report.episodes_closed, 1U);
  testing::expect_ok(path);
  const auto reader = RecordingReader::open(path);
  EXPECT_EQ(reader->episodes()[0].end->verdict, "aborted");
  EXPECT_EQ(reader->episodes()[0].end->num_steps, reader->actions(0).size());
}

TEST(Check, RecordingTomlIsMadeAnew) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  testing::record(path, {});
  const std::string text = read_text_file(path / kRecordingFile);
  std::filesystem::remove(path / kRecordingFile);
  EXPECT_THAT(check_recording(path, {}).problems, ElementsAre(HasSubstr("recording.toml is missing")));
  repair_recording(path, {});
  EXPECT_EQ(read_text_file(path / kRecordingFile), text);
  write_file_atomically(path / kRecordingFile, text + "\n");
  EXPECT_THAT(check_recording(path, {}).problems, ElementsAre(HasSubstr("recording.toml differs")));
}

// Recordings of an Atoll that knew fewer facts stay sound.
TEST(Check, FactsOfAnOlderVersionMayBeFewer) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  SourceFacts facts;
  facts.version = 1;
  facts.world = "old";
  facts.clock = "world";
  RecordingWriter::create({.folder = path, .facts = facts, .contract = {}, .video = {}})->close();
  std::string text = read_text_file(path / kRecordingFile);
  for (const std::string_view field : {"capture_jitter_ms", "capture_drift_ms"}) {
    const std::size_t begin = text.find(field);
    ASSERT_NE(begin, std::string::npos);
    text.erase(begin, text.find('\n', begin) + 1 - begin);
  }
  write_file_atomically(path / kRecordingFile, text);
  testing::expect_ok(path);
}

TEST(Check, AMissingFolderIsUnusable) {
  EXPECT_EQ(check_recording("/nonexistent/recording", {}).verdict, RecordingVerdict::kUnusable);
}

// Knows only when pictures are shown.
class KnownTimes final : public VideoReader {
 public:
  explicit KnownTimes(std::vector<std::int64_t> times) : times_(std::move(times)) {}
  FrameSize size() const override { return {8, 8}; }
  std::span<const std::int64_t> timestamps_us() const override { return times_; }
  void read(std::size_t, std::vector<std::uint8_t>& pixels) override { pixels.assign(8 * 8 * 4, 0); }
  std::vector<DamagedPictures> find_damage() const override { return {}; }
  std::size_t num_without_checksum() const override { return 0; }
  const std::string& loss() const override { return loss_; }
  bool is_closed() const override { return true; }

 private:
  std::vector<std::int64_t> times_;
  std::string loss_;
};

// Remembers when pictures are to be shown; refuses every `drop_every`th.
class TimesWriter final : public VideoWriter {
 public:
  TimesWriter(const std::filesystem::path& path, std::vector<std::int64_t>& times, std::size_t drop_every)
      : times_(times), drop_every_(drop_every) {
    write_file_atomically(path, std::string_view("video"));
  }
  bool write(ImageView, std::int64_t pts_us) override {
    if (drop_every_ > 0 && ++calls_ % drop_every_ == 0) return false;
    times_.push_back(pts_us);
    return true;
  }
  void close() override {}

 private:
  std::vector<std::int64_t>& times_;
  const std::size_t drop_every_;
  std::size_t calls_ = 0;
};

std::vector<std::int64_t> record_pictures(const std::filesystem::path& folder, std::size_t drop_every) {
  std::vector<std::int64_t> times;
  RecordingOptions options = testing::recording_options(folder, {.clock = "monotonic", .owa_topics = true});
  options.video = [&](const std::filesystem::path& path, FrameSize) {
    return std::make_unique<TimesWriter>(path, times, drop_every);
  };
  const auto writer = RecordingWriter::create(std::move(options));
  EpisodeStart start;
  start.time = MonotonicClock::now();
  writer->begin_episode(start);
  Frame frame = make_frame({8, 8});
  std::fill(frame.pixels.begin(), frame.pixels.end(), std::uint8_t{9});
  for (std::uint64_t i = 0; i < 30; ++i) {
    frame.sequence = i;
    frame.requested = frame.done = start.time + static_cast<std::int64_t>(i / 2) * Duration(66'666'667);
    writer->frame(frame, i);
  }
  EpisodeEnd end;
  end.time = frame.done;
  end.verdict = "success";
  writer->end_episode(end);
  writer->close();
  return times;
}

TEST(Check, VideoAndIndexAreHeldAgainstEachOther) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  const std::vector<std::int64_t> times = record_pictures(path, 0);
  ASSERT_EQ(times.size(), 30U);
  EXPECT_EQ(times[0], 0);
  EXPECT_EQ(times[1], 1);  // two pictures of one moment are told apart
  const auto reading = [&](const std::vector<std::int64_t>& seen) -> VideoReaderFactory {
    return [seen](const std::filesystem::path&) { return std::make_unique<KnownTimes>(seen); };
  };
  EXPECT_EQ(check_recording(path, reading(times)).verdict, RecordingVerdict::kOk);

  std::vector<std::int64_t> shifted = times;
  ++shifted[7];
  EXPECT_THAT(check_recording(path, reading(shifted)).problems,
              ElementsAre(HasSubstr("picture 7 of video.mp4 is shown at")));

  std::vector<std::int64_t> longer = times;
  longer.push_back(times.back() + 1);
  EXPECT_THAT(check_recording(path, reading(longer)).problems,
              ElementsAre(HasSubstr("video.mp4 has 31 pictures, the index knows 30")));

  const std::vector<std::int64_t> shorter(times.begin(), times.end() - 4);
  EXPECT_THAT(check_recording(path, reading(shorter)).problems,
              ElementsAre(HasSubstr("video.mp4 has 26 pictures, the index 30: the last ones are lost")));
  const RepairReport report = repair_recording(path, reading(shorter));
  EXPECT_EQ(report.pictures_lost, 4U);
  const RecordingCheck check = check_recording(path, reading(shorter));
  EXPECT_THAT(check.problems, IsEmpty());
  EXPECT_EQ(check.frames, 26U);
  EXPECT_EQ(check.drops, 4U);

  std::filesystem::remove(path / kVideoFile);
  EXPECT_THAT(check_recording(path, {}).problems, ElementsAre(HasSubstr("video.mp4 is missing, but the index has 26")));
}

TEST(Check, PicturesThatTheEncoderDropsAreNoted) {
  const TemporaryFolder folder;
  const std::vector<std::int64_t> times = record_pictures(folder.path() / "r", 10);
  EXPECT_EQ(times.size(), 27U);
  const VideoReaderFactory read = [&](const std::filesystem::path&) { return std::make_unique<KnownTimes>(times); };
  const RecordingCheck check = check_recording(folder.path() / "r", read);
  EXPECT_THAT(check.problems, IsEmpty());
  EXPECT_EQ(check.drops, 3U);
}

// Copies a recording with other clock readings.
TEST(Check, AWallClockThatJumpsIsUnusable) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  testing::record(path, {.clock = "monotonic"});
  const auto source = McapReader::open(path / kSessionFile, McapReadMode::kWhole);
  std::filesystem::create_directories(folder.path() / "jumped");
  std::filesystem::copy_file(path / kRecordingFile, folder.path() / "jumped" / kRecordingFile);
  const auto target = McapWriter::create(folder.path() / "jumped" / kSessionFile, {.profile = "atoll", .library = "t"});
  for (const McapChannel& channel : source->channels()) target->add_channel(0, channel.topic, "json");
  for (std::size_t i = 0; i < source->num_chunks(); ++i) {
    McapChunk chunk = source->read_chunk(i);
    McapMessage message;
    while (chunk.next(message)) {
      std::string text(message.data.begin(), message.data.end());
      if (source->channels()[message.channel - 1U].topic == "atoll/clock") {
        ClockMessage clock;
        decode(text, {}, clock);
        clock.wall_ns += 5'000'000'000;
        text.clear();
        encode(clock, text);
      }
      target->write(message.channel, message.log_time_ns, text);
    }
  }
  target->close();
  EXPECT_THAT(check_recording(folder.path() / "jumped", {}).problems,
              ElementsAre(HasSubstr("the wall clock had moved by 5.000 s against the monotonic clock")));
}

}  // namespace
}  // namespace atl::datasets
