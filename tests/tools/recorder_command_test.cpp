// `atoll record window:...`: a person at a window of any program, with the recorder's keys, its indicator and its
// faults; in processes of their own on a display of their own.
#include "capture/window_search.h"
#include "core/files.h"
#include "datasets/reader.h"
#include "tests/display/test_window.h"
#include "tests/tools/program.h"
#include "tests/tools/recorder_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

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
  drawn.window.move(0, 0);
  drawn.window.resize({1280, 720});  // all of the screen, so that the line lies over it
  Program program(record({"--set", "record.chroma=444", "--set", "record.crf=0"}));
  std::optional<capture::WindowMatch> indicator;
  ASSERT_TRUE(wait([&] {
    indicator = capture::find_window(screen.display(), {.title = "atoll overlay", .min_size = {1, 1}});
    return indicator && runs();
  }));
  EXPECT_GT(indicator->geometry.x_px, 640) << "in the right lower corner";
  EXPECT_GT(indicator->geometry.y_px, 360);
  drawn.window.focus();
  tap("a");
  program.send_signal(SIGINT);
  EXPECT_EQ(program.wait().exit_code, 0);
  expect_ok();
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
