// The recorded window closes and opens again: `atoll record` follows, says so, and hears nothing in between; for a
// person at any window, and for an agent in a game.
#include "datasets/reader.h"
#include "tests/display/test_window.h"
#include "tests/tools/program.h"
#include "tests/tools/recorder_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

class ReopenedWindow : public RecorderFixture {
 protected:
  // Presses in the recording so far.
  [[nodiscard]] std::size_t num_taps(const char* key) const {
    return so_far([&](datasets::RecordingReader& reader) -> std::size_t {
      if (reader.episodes().empty()) return 0;
      const auto inputs = reader.inputs(0);
      return static_cast<std::size_t>(std::count_if(inputs.begin(), inputs.end(), [&](const InputEvent& event) {
        return event.pressed && event.control == control_named(key);
      }));
    });
  }
};

TEST_F(ReopenedWindow, TheRecordingGoesOnAndTheGapIsDeclared) {
  auto drawn = std::make_unique<DrawnWindow>(screen.display());
  tests::TestWindow elsewhere(screen.display(), {500, 300, 200, 100}, "Elsewhere");
  // Of the same program, open beside it: what is typed there is nobody's business.
  tests::TestWindow beside(screen.display(), {800, 300, 200, 100}, "AtollTest");
  Program program(record());
  ASSERT_TRUE(wait([&] { return num_taps("a") > 2; }, "a"));
  drawn.reset();
  elsewhere.focus();
  EXPECT_TRUE(program.wait_for_stderr("the window is closed for now", 10));
  for (int i = 0; i < 10; ++i) tap("p");
  beside.focus();
  for (int i = 0; i < 10; ++i) tap("q");
  drawn = std::make_unique<DrawnWindow>(screen.display());
  ASSERT_TRUE(wait([&] { return num_taps("b") > 2; }, "b"));
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(expect_ok().drops, 1u);
  const auto reader = datasets::RecordingReader::open(out);
  ASSERT_EQ(reader->episodes().size(), 1u);
  ASSERT_EQ(reader->drops().size(), 2u);
  const Timestamp closed = reader->drops()[0].time;
  const Timestamp open = reader->drops()[1].time;
  EXPECT_THAT(reader->drops()[0].reason, HasSubstr("was closed"));
  EXPECT_THAT(reader->drops()[1].reason, HasSubstr("took its place after"));
  for (const InputEvent& event : reader->inputs(0))
    EXPECT_EQ(event.control, control_named(event.time < open ? "a" : "b")) << info_of(event.control).name;
  std::size_t num_before = 0;
  std::size_t num_after = 0;
  for (const datasets::FrameEntry& frame : reader->frames(0)) {
    if (frame.kind != datasets::FrameKind::kVideo) continue;
    num_before += frame.done <= closed ? 1 : 0;
    num_after += frame.requested >= closed ? 1 : 0;
  }
  EXPECT_GT(num_before, 5u);
  EXPECT_GT(num_after, 5u);
}

TEST_F(ReopenedWindow, WhenNoneComesInTimeTheEpisodeEndsAndSaysSo) {
  auto drawn = std::make_unique<DrawnWindow>(screen.display());
  Program program(record({"--set", "world.reopen_s=0.5"}));
  ASSERT_TRUE(wait([&] { return num_taps("a") > 2; }, "a"));
  drawn.reset();
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto reader = datasets::RecordingReader::open(out);
  ASSERT_EQ(reader->episodes().size(), 1u);
  EXPECT_EQ(reader->episodes()[0].end->verdict, "aborted");
  EXPECT_EQ(reader->episodes()[0].end->reason,
            "the window of AtollTest was closed, and no other took its place within 0.5 s");
  EXPECT_EQ(expect_ok().drops, 1u);
}

TEST_F(ReopenedWindow, AnAgentPlaysOnInTheGamesNewWindow) {
  const std::filesystem::path profile = folder.path() / "reopening.toml";
  std::ofstream(profile) << fmt::format(R"(version = 1
name = "reopening"
title = "A game that reopens its window"
[program]
command = ["{}", "1200", "500"]
[window]
class = "AtollTest"
width_px = 320
height_px = 240
[game]
controls = ["w", "a", "s", "d"]
[tasks]
time_limit_s = 600.0
)",
                                        program_path("atoll_reopening_window").string());
  const ProgramResult result = run_atoll({"record", profile.string(), "--player", "random", "--instruction", "play",
                                          "--seconds", "6", "--out", out, "--set", "world.display=virtual"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto reader = datasets::RecordingReader::open(out);
  ASSERT_EQ(reader->episodes().size(), 1u);
  EXPECT_THAT(reader->episodes()[0].end->verdict, "timeout") << reader->episodes()[0].end->reason;
  std::vector<Timestamp> closed;
  std::vector<Timestamp> open;
  for (const datasets::DropNote& note : reader->drops()) {
    if (note.where == "window") (note.count > 0 ? closed : open).push_back(note.time);
  }
  ASSERT_GE(closed.size(), 2u);
  ASSERT_GE(open.size(), 2u);
  const auto inputs = reader->inputs(0);
  const auto presses = [&](Timestamp from, Timestamp until) {
    return std::count_if(inputs.begin(), inputs.end(), [&](const InputEvent& event) {
      return event.pressed && event.time >= from && event.time < until;
    });
  };
  EXPECT_GT(presses(reader->episodes()[0].start.time, closed[0]), 0);
  for (std::size_t gap = 0; gap + 1 < std::min(closed.size(), open.size()); ++gap) {
    EXPECT_EQ(presses(closed[gap], open[gap]), 0) << "without a window, in gap " << gap;
    EXPECT_GT(presses(open[gap], closed[gap + 1]), 0) << "in the new one, after gap " << gap;
  }
}

// What is typed elsewhere may only be recorded where that was agreed to.
TEST(PortalRecorder, WhatItHearsHasToBeAgreedTo) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  const auto record = [&](const std::string& world) {
    return run_atoll({"record", world, "--player", "human", "--out", out});
  };
  const ProgramResult unsaid = record("portal:screen");
  EXPECT_EQ(unsaid.exit_code, 2);
  EXPECT_THAT(unsaid.err, testing::AllOf(HasSubstr("all that is typed"), HasSubstr("world.hear_everything=true")));
  const ProgramResult unknown = record("portal:desk");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("portal:any, portal:screen or portal:window"));
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace atl::tools_test
