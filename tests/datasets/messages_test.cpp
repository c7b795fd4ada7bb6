#include "datasets/messages.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/mcap_writer.h"
#include "datasets/owa_codes.h"
#include "datasets/owa_topics.h"
#include "tests/datasets/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace atl::datasets {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

template <class Message>
Message round_trip(const Message& message, Timestamp time) {
  std::string text;
  encode(message, text);
  Message decoded;
  decode(text, time, decoded);
  return decoded;
}

template <class Message>
std::string error_of(std::string_view json) {
  try {
    Message message;
    decode(json, from_ns(1'500'000'000), message);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Messages, KeepExtremeValues) {
  RecordedAction action{.step = std::numeric_limits<std::uint64_t>::max(),
                        .time = from_ns(5),
                        .observed_frame = std::numeric_limits<std::int64_t>::max(),
                        .latency_ns = std::numeric_limits<std::int64_t>::min()};
  action.action.held.set();
  action.action.presses.fill(3);
  action.action.dx = std::numeric_limits<std::int32_t>::min();
  action.action.dy = std::numeric_limits<std::int32_t>::max();
  action.action.pointer = PointerPosition{-1, 0};
  EXPECT_EQ(round_trip(action, from_ns(5)), action);
  EXPECT_EQ(round_trip(RecordedAction{}, Timestamp{}), RecordedAction{});
  action.doing = "walk to the \"red\" ball";
  EXPECT_EQ(round_trip(action, from_ns(5)), action);

  const FrameEntry frame{.kind = FrameKind::kVideo,
                         .sequence = 1,
                         .requested = from_ns(3),
                         .done = from_ns(7),
                         .video_pts_us = 0,
                         .pixel_hash = std::numeric_limits<std::uint64_t>::max(),
                         .window = {-5, -6, 1, 2}};
  EXPECT_EQ(round_trip(frame, from_ns(7)), frame);
}

TEST(Messages, KeepTextAndNumbersOfEpisodes) {
  const std::string text = "a \"b\" \\ \n \t {} \xC3\xA9 \xF0\x9F\x8E\xAE";
  EpisodeStartMessage start;
  start.start = {.episode = 3,
                 .time = from_ns(9),
                 .seed = ~std::uint64_t{0},
                 .family = text,
                 .instruction = text,
                 .time_limit_s = 0.1 + 0.2};
  start.log_offset_ns = -1;
  const EpisodeStartMessage back = round_trip(start, from_ns(9));
  EXPECT_EQ(back.start.seed, start.start.seed);
  EXPECT_EQ(back.start.family, text);
  EXPECT_EQ(back.start.instruction, text);
  EXPECT_EQ(back.start.time_limit_s, 0.1 + 0.2);
  EXPECT_FALSE(back.start.goes_on);
  start.start.goes_on = true;
  EXPECT_TRUE(round_trip(start, from_ns(9)).start.goes_on);
  EXPECT_EQ(back.log_offset_ns, -1);
  const Instruction instruction{text, from_ns(4), from_ns(11), InstructionSource::kSetter, SuccessMark::kFailed};
  EXPECT_EQ(round_trip(instruction, from_ns(4)), instruction);
}

TEST(Messages, KeepEventsOfGamepads) {
  InputEvent event;
  event.time = from_ns(7);
  event.pad = 255;
  event.kind = InputKind::kPadButton;
  for (int i = 0; i < kNumPadButtons; ++i) {
    event.pad_button = static_cast<PadButton>(i);
    event.pressed = !event.pressed;
    EXPECT_EQ(round_trip(event, event.time), event) << i;
  }
  event.pressed = false;
  event.pad_button = PadButton{};
  event.kind = InputKind::kPadAxis;
  for (int i = 0; i < kNumPadAxes; ++i) {
    event.pad_axis = static_cast<PadAxis>(i);
    for (const std::int32_t value : {info_of(event.pad_axis).low, 0, info_of(event.pad_axis).high}) {
      event.dx = value;
      EXPECT_EQ(round_trip(event, event.time), event) << i;
    }
  }
}

TEST(Messages, RefuseTextThatIsNoUtf8) {
  std::string out;
  EXPECT_THROW(encode(Instruction{"\xFF\xFE", {}, {}}, out), Error);
}

TEST(Messages, NameWhatDoesNotDecode) {
  EXPECT_THAT(error_of<InputEvent>("{"),
              AllOf(HasSubstr("atoll/input message at 1.500000 s"), HasSubstr("parse error")));
  EXPECT_THAT(error_of<InputEvent>(R"({"kind":"wheel","detents":1})"), HasSubstr("'origin' not found"));
  EXPECT_THAT(error_of<InputEvent>(R"({"origin":"cat","kind":"wheel","detents":1})"),
              HasSubstr("origin \"cat\" is unknown"));
  EXPECT_THAT(error_of<InputEvent>(R"({"origin":"human","kind":"hop"})"), HasSubstr("kind \"hop\" is unknown"));
  EXPECT_THAT(error_of<InputEvent>(R"({"origin":"human","kind":"control","control":"any","pressed":true})"),
              HasSubstr("control \"any\" is unknown"));
  EXPECT_THAT(error_of<InputEvent>(R"({"origin":"human","kind":"wheel","detents":99999999999})"),
              HasSubstr("detents is 99999999999, which is out of range"));
  EXPECT_THAT(error_of<InputEvent>(R"({"origin":"human","kind":"wheel","detents":1.5})"),
              HasSubstr("detents is 1.5, expected a whole number"));
  EXPECT_THAT(error_of<InputEvent>(R"({"origin":"human","kind":"pad_button","pad":0,"button":"z","pressed":true})"),
              HasSubstr("button \"z\" is unknown"));
  EXPECT_THAT(error_of<InputEvent>(R"({"origin":"human","kind":"pad_axis","pad":256,"axis":"left_x","value":1})"),
              HasSubstr("pad is 256, which is out of range"));
  EXPECT_THAT(error_of<RecordedAction>(R"({"step":-1,"origin":"human"})"),
              HasSubstr("step is -1, which is out of range"));
  EXPECT_THAT(error_of<RecordedAction>(R"({"step":0,"origin":"human","held":["ctrl"]})"),
              HasSubstr("control \"ctrl\" is unknown"));
  EXPECT_THAT(error_of<RecordedAction>(R"({"step":0,"origin":"human","presses":{"w":4}})"),
              HasSubstr("4 presses of w, expected 1 to 3"));
  EXPECT_THAT(error_of<RecordedAction>(R"({"step":0,"origin":"human","pointer":[1]})"), HasSubstr("out of range"));
  EXPECT_THAT(error_of<FrameEntry>(R"({"kind":"replay","sequence":0,"step":0,"hash":"12"})"),
              HasSubstr("hash is \"12\", expected 16 hexadecimal digits"));
  EXPECT_THAT(error_of<FrameEntry>(R"({"kind":"film","sequence":0,"step":0})"), HasSubstr("kind \"film\" is unknown"));
  EXPECT_THAT(error_of<Instruction>(R"({"text":"t","source":"person","mark":"maybe"})"),
              HasSubstr("mark \"maybe\" is unknown"));
  EXPECT_THAT(error_of<EpisodeEnd>(R"({"event":"end","episode":0})"), HasSubstr("'num_steps' not found"));
  EXPECT_THAT(error_of<DropNote>(R"({"where":1,"reason":"","count":0})"), HasSubstr("must be string"));
  EXPECT_THAT(error_of<ClockMessage>(R"([])"), HasSubstr("atoll/clock"));
  EXPECT_THROW(static_cast<void>(is_episode_start(R"({"event":"pause"})")), Error);
}

// A recording whose facts message and recording.toml say `version`.
void write_with_version(const std::filesystem::path& folder, int version) {
  std::filesystem::create_directories(folder);
  const auto mcap = McapWriter::create(folder / kSessionFile, {.profile = "atoll", .library = "tests"});
  const std::uint16_t channel = mcap->add_channel(0, "atoll/facts", "json");
  std::string text;
  encode(FactsMessage{version, 0, to_text({.version = version})}, text);
  mcap->write(channel, 1, text);
  mcap->close();
}

TEST(Messages, ANewerRecordingIsRefusedByName) {
  const TemporaryFolder folder;
  write_with_version(folder.path() / "now", kRecordingVersion);
  EXPECT_NO_THROW(static_cast<void>(RecordingReader::open(folder.path() / "now")));
  write_with_version(folder.path() / "newer", kRecordingVersion + 1);
  for (const McapReadMode mode : {McapReadMode::kWhole, McapReadMode::kSalvage}) {
    try {
      static_cast<void>(RecordingReader::open(folder.path() / "newer", mode));
      ADD_FAILURE() << "it was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kVersion);
      EXPECT_THAT(error.what(), HasSubstr("version 4, this Atoll reads up to 3"));
    }
  }
  try {
    static_cast<void>(parse_recording_header("version = 4\nnew_key = 1\n", "recording.toml"));
    ADD_FAILURE() << "it was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kVersion);
    EXPECT_THAT(error.what(), HasSubstr("recording.toml: recording version 4"));
  }
}

TEST(Messages, EveryKeyHasAWindowsCode) {
  EXPECT_EQ(windows_key_code(control_named("a")), 0x41);
  EXPECT_EQ(windows_key_code(control_named("0")), 0x30);
  EXPECT_EQ(windows_key_code(control_named("f12")), 0x7B);
  EXPECT_EQ(windows_key_code(control_named("keypad_9")), 0x69);
  EXPECT_EQ(windows_key_code(control_named("keypad_plus")), 0x6B);
  for (int i = 0; i < kNumKeys; ++i) {
    EXPECT_GT(windows_key_code(control_at(i)), 0);
    EXPECT_LT(windows_key_code(control_at(i)), 256);
  }
  EXPECT_THROW(static_cast<void>(windows_key_code(control_named("mouse_left"))), Error);
}

}  // namespace
}  // namespace atl::datasets
