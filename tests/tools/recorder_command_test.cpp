// `atoll record window:...`: a person at a window of any program, with the recorder's keys, its indicator and its
// faults; in processes of their own on a display of their own.
#include "capture/window_search.h"
#include "core/files.h"
#include "datasets/reader.h"
#include "datasets/video/reader.h"
#include "tests/display/screen_picture.h"
#include "tests/display/test_window.h"
#include "tests/tools/program.h"
#include "tests/tools/recorder_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kIndicatorGround = 0x7a1010;  // of tools/desk_screen.cpp, while nothing is wrong
constexpr std::uint32_t kIndicatorLetters = 0xf4f4f0;

// Whether a picture of the part of the screen where the indicator lies shows its letters on its ground, and nothing
// else.
bool is_indicator(ImageView picture) {
  int num_ground = 0;
  int num_letters = 0;
  for (int y = 0; y < picture.height_px; ++y) {
    for (int x = 0; x < picture.width_px; ++x) {
      const std::uint32_t rgb = tests::rgb_at(picture, x, y);
      num_ground += rgb == kIndicatorGround ? 1 : 0;
      num_letters += rgb == kIndicatorLetters ? 1 : 0;
    }
  }
  return num_letters > 0 && num_ground + num_letters == picture.width_px * picture.height_px;
}

// How far any byte of `area`, in the lower half of a picture of DrawnWindow, is from what it draws all over that half:
// one grey, which the left lower corner shows.
int distance_from_grey(ImageView picture, const WindowGeometry& area) {
  const int grey = picture.row(picture.height_px - 1)[0];
  int largest = 0;
  for (int y = area.y_px; y < area.y_px + area.height_px; ++y) {
    for (int x = area.x_px; x < area.x_px + area.width_px; ++x) {
      const std::uint8_t* bgr = picture.row(y) + kBytesPerPixel * x;
      for (int i = 0; i < 3; ++i) largest = std::max(largest, std::abs(bgr[i] - grey));
    }
  }
  return largest;
}

// A person before a window that draws.
class Recorder : public RecorderFixture {
 protected:
  [[nodiscard]] std::vector<datasets::Episode> episodes_so_far() const {
    return so_far([](const datasets::RecordingReader& reader) {
      return std::vector<datasets::Episode>(reader.episodes().begin(), reader.episodes().end());
    });
  }
  [[nodiscard]] bool runs(std::size_t num_episodes = 1) const {
    const auto episodes = episodes_so_far();
    return episodes.size() >= num_episodes && episodes.back().num_actions > 10;
  }
  // How many pictures of the first episode are on the disk that were asked for after a moment.
  [[nodiscard]] std::ptrdiff_t num_pictures_after(Timestamp moment) const {
    return so_far([&](datasets::RecordingReader& reader) -> std::ptrdiff_t {
      if (reader.episodes().empty()) return 0;
      const auto entries = reader.frames(0);
      return std::count_if(entries.begin(), entries.end(), [&](const datasets::FrameEntry& entry) {
        return entry.video_pts_us >= 0 && entry.requested > moment;
      });
    });
  }
  // Those of the first episode that were asked for and seen between two moments.
  [[nodiscard]] std::vector<Frame> pictures_of(Timestamp from, Timestamp until) const {
    const auto reader = datasets::RecordingReader::open(out);
    const auto film = video::open_video(reader->video_path());
    std::vector<Frame> pictures;
    for (const datasets::FrameEntry& entry : reader->frames(0)) {
      if (entry.video_pts_us < 0 || entry.requested < from || entry.done > until) continue;
      pictures.push_back(make_frame(film->size()));
      film->read(datasets::index_at(*film, entry.video_pts_us), pictures.back().pixels);
    }
    return pictures;
  }

  DrawnWindow drawn{screen.display()};
};

TEST_F(Recorder, KeysOfTheDeskPauseMarkAndEndAndAreNotRecorded) {
  Program program(record({"--episodes", "2"}));
  ASSERT_TRUE(wait([&] { return runs(); }, "w")) << "it records";
  tap("f10");
  ASSERT_TRUE(wait([&] { return !episodes_so_far().back().marks.empty(); }));
  tap("f9");
  ASSERT_TRUE(wait([&] { return episodes_so_far().back().end.has_value(); }));
  tap("x");  // in the pause
  tap("f9");
  ASSERT_TRUE(wait([&] { return runs(2); }, "w"));
  tap("f7");
  ASSERT_TRUE(wait([&] { return runs(3); }, "w"));
  tap("f11");
  tap("f11");
  ASSERT_TRUE(wait([&] { return runs(4); }, "w"));
  tap("f8");
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_ok();
  const auto reader = datasets::RecordingReader::open(out);
  const auto& episodes = reader->episodes();
  ASSERT_EQ(episodes.size(), 4u);
  EXPECT_EQ(episodes[0].end->verdict, "aborted");
  EXPECT_THAT(episodes[0].end->reason, HasSubstr("paused"));
  EXPECT_EQ(episodes[0].marks.size(), 1u);
  EXPECT_TRUE(episodes[1].start.goes_on);
  EXPECT_EQ(episodes[1].end->verdict, "success");
  EXPECT_EQ(episodes[1].instructions.at(0).text, "look around");
  EXPECT_EQ(episodes[1].instructions.at(0).mark, SuccessMark::kSucceeded);
  EXPECT_TRUE(episodes[2].end->discarded);
  EXPECT_EQ(episodes[3].end->verdict, "failed");
  std::size_t num_between = 0;
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    for (const InputEvent& event : reader->inputs(i)) {
      const std::string_view name = info_of(event.control).name;
      EXPECT_TRUE(name == "w") << name << " in episode " << i;
    }
    // Pictures come at their own rate: more of them than steps.
    num_between += reader->frames(i).size() - reader->actions(i).size();
  }
  EXPECT_GE(num_between, 20u);
  const ProgramResult go_on = run_atoll(record({"--continue", "--seconds", "1"}));
  EXPECT_EQ(go_on.exit_code, 0) << go_on.err;
  expect_ok();
  EXPECT_EQ(datasets::RecordingReader::open(out)->episodes().size(), 5u);
}

TEST_F(Recorder, TheIndicatorIsOnTheScreenAndNotInThePicture) {
  constexpr WindowGeometry kCorner{960, 480, 320, 240};  // of the screen, so that the line lies over the window
  drawn.window.move(kCorner.x_px, kCorner.y_px);
  Program program(record({"--set", "record.chroma=444", "--set", "record.crf=0"}));
  WindowGeometry line;
  const auto is_shown = [&] {
    const auto indicator = capture::find_window(screen.display(), {.title = "atoll overlay", .min_size = {1, 1}});
    if (!indicator) return false;
    line = indicator->geometry;
    return is_indicator(tests::screen_picture(screen.display(), line).view());
  };
  ASSERT_TRUE(wait([&] { return runs() && is_shown(); }, "w"));
  const Timestamp from = MonotonicClock::now();
  ASSERT_TRUE(wait([&] { return num_pictures_after(from) >= 10; }, "w"));
  ASSERT_TRUE(wait(is_shown, "w"));
  const Timestamp until = MonotonicClock::now();
  program.send_signal(SIGINT);
  EXPECT_EQ(program.wait().exit_code, 0);
  expect_ok();

  const WindowGeometry inside{line.x_px - kCorner.x_px, line.y_px - kCorner.y_px, line.width_px, line.height_px};
  ASSERT_GE(inside.x_px, 0) << "in the right lower corner";
  ASSERT_GE(inside.y_px, kCorner.height_px / 2);
  ASSERT_LE(inside.x_px + inside.width_px, kCorner.width_px);
  ASSERT_LT(inside.y_px + inside.height_px, kCorner.height_px);
  const std::vector<Frame> pictures = pictures_of(from, until);
  EXPECT_GE(pictures.size(), 10u);
  for (const Frame& picture : pictures) {
    ASSERT_EQ(picture.size(), (FrameSize{kCorner.width_px, kCorner.height_px}));
    ASSERT_LE(distance_from_grey(picture.view(), inside), 2) << "of the video without loss, by its colours alone";
  }
}

// Keys that a person types while another window has the focus, and what its title says, are nowhere in the files.
TEST_F(Recorder, WhatIsTypedElsewhereIsNowhereInTheFiles) {
  tests::TestWindow other(screen.display(), {500, 300, 200, 100}, "Elsewhere", "my secret letter to Mathilde");
  drawn.window.focus();
  Program program(record());
  ASSERT_TRUE(wait([&] { return runs(); }, "w"));
  for (int i = 0; i < 40; ++i) {
    // At the border of the focus: pressed before it comes back, released after, and the other way round.
    other.focus();
    for (const char* key : {"p", "q", "z"}) tap(key);
    person.press(control_named("k"));
    drawn.window.focus();
    person.release(control_named("k"));
    tap("w");
  }
  tap("f7");
  EXPECT_EQ(program.wait().exit_code, 0);
  expect_ok();
  const auto reader = datasets::RecordingReader::open(out);
  for (const InputEvent& event : reader->inputs(0)) EXPECT_EQ(info_of(event.control).name, "w");
  EXPECT_GE(reader->inputs(0).size(), 40u);
  // Every byte, the chunks unpacked.
  const auto mcap = datasets::McapReader::open(out + "/session.mcap", datasets::McapReadMode::kWhole);
  for (std::size_t i = 0; i < mcap->num_chunks(); ++i) {
    datasets::McapChunk chunk = mcap->read_chunk(i);
    datasets::McapMessage message;
    while (chunk.next(message)) {
      const std::string text(message.data.begin(), message.data.end());
      for (const char* secret : {"\"p\"", "\"q\"", "\"z\"", "\"k\"", "secret", "Mathilde", "Elsewhere"})
        EXPECT_EQ(text.find(secret), std::string::npos) << text;
    }
  }
  for (const auto& file : std::filesystem::directory_iterator(out)) {
    const std::string bytes = read_text_file(file.path());
    for (const char* secret : {"secret letter", "Mathilde", "Elsewhere"})
      EXPECT_EQ(bytes.find(secret), std::string::npos) << file.path();
  }
}

TEST_F(Recorder, WarnsAtOnceOfABlackOrFrozenPictureAndOfSilence) {
  Program program(record());
  ASSERT_TRUE(wait([&] { return runs(); }, "w"));
  const std::pair<std::atomic<bool>*, const char*> cases[] = {{nullptr, "no input arrives"},
                                                              {&drawn.is_black, "the picture is black"},
                                                              {&drawn.is_still, "the picture does not change"}};
  for (const auto& [cause, words] : cases) {
    if (cause != nullptr) *cause = true;
    const Timestamp begin = MonotonicClock::now();
    EXPECT_TRUE(program.wait_for_stderr(words, 10)) << words;
    EXPECT_LE(to_seconds(MonotonicClock::now() - begin), 5.0) << words << ": the study measures against 2 s";
    if (cause != nullptr) *cause = false;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // it is seen to live again
  }
  program.send_signal(SIGINT);
  EXPECT_EQ(program.wait().exit_code, 0);
}

TEST_F(Recorder, AKillLosesTheLastSecondAtMost) {
  for (int round = 0; round < 3; ++round) {
    out = (folder.path() / std::to_string(round)).string();
    Timestamp killed;
    {
      Program program(record());
      ASSERT_TRUE(wait([&] { return runs(); }, "w"));
      program.send_signal(SIGKILL);
      killed = MonotonicClock::now();
      static_cast<void>(program.wait());
    }
    const ProgramResult repaired = run_atoll({"repair", out});
    EXPECT_EQ(repaired.exit_code, 0) << repaired.out << repaired.err;
    expect_ok();
    const auto reader = datasets::RecordingReader::open(out);
    const auto frames = reader->frames(0);
    ASSERT_FALSE(frames.empty());
    EXPECT_LE(to_seconds(killed - frames.back().done), 1.5) << "a second, and what this loaded machine takes";
  }
}

TEST_F(Recorder, TwoRecordersNeverWriteOneRecording) {
  Program first(record());
  ASSERT_TRUE(wait([&] { return runs(); }, "w"));
  const ProgramResult second = run_atoll(record());
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("is not empty"));
  const ProgramResult third = run_atoll(record({"--continue"}));
  EXPECT_EQ(third.exit_code, 1);
  EXPECT_THAT(third.err, HasSubstr("being recorded right now"));
  first.send_signal(SIGINT);
  EXPECT_EQ(first.wait().exit_code, 0);
  expect_ok();
}

TEST_F(Recorder, ARemovedFolderIsToldAtOnce) {
  Program program(record());
  ASSERT_TRUE(wait([&] { return runs(); }, "w"));
  std::filesystem::remove_all(out);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("was removed"));
}

TEST_F(Recorder, HotkeysThatTheRecorderCannotHaveAreRefused) {
  const ProgramResult kill = run_atoll(record({"--set", "record.hotkeys.pause=f12"}));
  EXPECT_EQ(kill.exit_code, 1);
  EXPECT_THAT(kill.err, HasSubstr("kill key"));
  const ProgramResult twice = run_atoll(record({"--set", "record.hotkeys.pause=f10"}));
  EXPECT_THAT(twice.err, HasSubstr("another hotkey has it"));
  const ProgramResult agent = run_atoll({"record", "window:AtollTest", "--player", "random", "--out", out});
  EXPECT_THAT(agent.err, HasSubstr("a person plays"));
}

}  // namespace
}  // namespace atl::tools_test
