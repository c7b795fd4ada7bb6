// A person in a captured window on a display of its own, recorded, and proved.
#include "core/files.h"
#include "datasets/check.h"
#include "datasets/reader.h"
#include "datasets/video/reader.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/wishes.h"
#include "tests/display/person.h"
#include "tests/display/xvfb.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

namespace atl::tools_test {
namespace {

void expect_ok(const std::filesystem::path& recording) {
  const datasets::RecordingCheck check = datasets::check_recording(recording, video::video_reader_factory());
  EXPECT_EQ(check.verdict, datasets::RecordingVerdict::kOk) << testing::PrintToString(check.problems);
}

// A display on which a person is recorded, who has keys of their own in `folder`.
class LivePerson : public testing::Test {
 protected:
  LivePerson() {
    setenv("DISPLAY", screen.display().c_str(), 1);
    setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1);
  }
  // `atoll record WORLD --player human`, which logs its ticks.
  [[nodiscard]] std::vector<std::string> record(const std::string& world, std::vector<std::string> flags) const {
    std::vector<std::string> command{"record", world, "--player", "human",
                                     "--out",  out,   "--set",    "world.arguments=[\"--log\", \"" + log + "\"]"};
    command.insert(command.end(), flags.begin(), flags.end());
    return command;
  }
  [[nodiscard]] std::size_t num_logged() const {
    return std::filesystem::exists(log) ? envs::desktop::read_tick_log(log).size() : 0;
  }

  tests::Xvfb screen;
  TemporaryFolder folder;
  std::string out = (folder.path() / "r").string();
  std::string log = (folder.path() / "ticks.jsonl").string();
};

TEST_F(LivePerson, PersonsPlayIsRecordedAsTheirs) {
  std::filesystem::create_directories(folder.path() / "atoll");
  write_file_atomically(folder.path() / "atoll" / "playhouse_keys.toml", std::string_view("forward = \"up\"\n"));
  Program program(record("playhouse-window", {"--episodes", "1000", "--seconds", "2"}));
  tests::Person person(screen.display());
  // Taps until so many episodes are over, and turns to and fro, since their keyboard's focus is where their pointer is.
  // Enter goes on to the next episode where one is over, else it means nothing.
  const auto tap_until = [&](std::size_t num_episodes) {
    SystemClock clock;
    int num_tapped = 0;
    for (const Timestamp end = clock.now() + std::chrono::seconds(90); clock.now() < end;) {
      if (num_logged() >= num_episodes) return num_tapped;
      person.press(control_named("up"));
      person.move(num_tapped % 20 < 10 ? 20 : -20, 0);
      person.release(control_named("up"));
      person.press(control_named("enter"));
      person.release(control_named("enter"));
      clock.sleep_until(clock.now() + std::chrono::milliseconds(20));
      ++num_tapped;
    }
    ADD_FAILURE() << "there are not " << num_episodes << " episodes after 90 s";
    return num_tapped;
  };
  // Input before the first and between two episodes belongs to none.
  const int num_before = tap_until(1);
  const int num_tapped = tap_until(4);
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_ok(out);
  const auto reader = datasets::RecordingReader::open(out);
  int presses_of_w = 0;
  int dx = 0;
  for (std::size_t i = 0; i < reader->episodes().size(); ++i) {
    EXPECT_EQ(reader->episodes()[i].start.player, "human");
    for (const datasets::FrameEntry& entry : reader->frames(i)) {
      EXPECT_EQ(entry.window.width_px, 672);
      EXPECT_EQ(entry.window.height_px, 504) << "the words below are not recorded";
    }
    for (const datasets::RecordedAction& step : reader->actions(i)) {
      EXPECT_EQ(step.origin, Origin::kHuman);
      presses_of_w += step.action.num_presses(control_named("w"));
      dx += std::abs(step.action.dx);
    }
  }
  EXPECT_GE(presses_of_w, num_tapped / 2) << "the person's own key for walking is told as the usual one";
  EXPECT_LE(presses_of_w, num_before + num_tapped);
  EXPECT_GE(dx, 20 * num_tapped / 2);
  EXPECT_LE(dx, 20 * (num_before + num_tapped));
  // Every picture is that of its tick, drawn for a person.
  const ProgramResult checked = run_atoll({"check", out, "--ticks", log, "--json"});
  const auto agreement = nlohmann::json::parse(checked.out).at("agreement");
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  EXPECT_EQ(agreement.at("equal_pictures"), agreement.at("pictures"));
  EXPECT_GE(agreement.at("distinct_pictures"), 10) << "nothing moved";
}

TEST_F(LivePerson, APersonWhoWantsTheSameTaskAgainGetsIt) {
  Program program(record("playhouse-window", {"--episodes", "2"}));
  tests::Person person(screen.display());
  // Keys between two episodes belong to neither: the person taps until so many episodes are over.
  const auto tap_until = [&](const char* key, std::size_t num_episodes) {
    SystemClock clock;
    for (const Timestamp end = clock.now() + std::chrono::seconds(60); clock.now() < end;) {
      if (num_logged() >= num_episodes) return true;
      person.press(control_named(key));
      person.release(control_named(key));
      clock.sleep_until(clock.now() + std::chrono::milliseconds(100));
    }
    return false;
  };
  ASSERT_TRUE(tap_until("r", 2));
  ASSERT_TRUE(tap_until("f2", num_logged() + 2));
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto reader = datasets::RecordingReader::open(out);
  std::size_t num_repeated = 0;
  for (std::size_t i = 0; i < reader->episodes().size(); ++i) {
    const datasets::Episode& episode = reader->episodes()[i];
    ASSERT_TRUE(episode.end);
    if (episode.end->reason != envs::kWantedAgain) continue;
    ++num_repeated;
    EXPECT_EQ(episode.end->verdict, "aborted");
    ASSERT_LT(i + 1, reader->episodes().size());
    EXPECT_EQ(reader->episodes()[i + 1].start.seed, episode.start.seed);
  }
  EXPECT_GE(num_repeated, 2u);
  EXPECT_EQ(reader->episodes().size(), num_repeated + 2);
}

// A person types "open the bag", opens it, does it once more, and goes on: what is recorded are their words from the
// moment they asked, and a success that is repeated counts once.
TEST_F(LivePerson, WhatAPersonTypesIsRecordedAsTheInstruction) {
  Program program(record("playhouse-window/flat", {"--task", "go to", "--episodes", "1", "--json"}));
  tests::Person person(screen.display());
  SystemClock clock;
  const auto tap = [&](std::string_view key) {
    person.press(control_named(key));
    person.release(control_named(key));
    clock.sleep_until(clock.now() + std::chrono::milliseconds(30));
  };
  // Does it again and again until so many episodes are over. Where nothing runs it means nothing.
  const auto until = [&](std::size_t num_episodes, const auto& does) {
    for (const Timestamp end = clock.now() + std::chrono::seconds(60); clock.now() < end;) {
      if (num_logged() >= num_episodes) return true;
      does();
      clock.sleep_until(clock.now() + std::chrono::milliseconds(30));
    }
    return false;
  };
  const auto open_bag = [&] { tap("tab"); };
  ASSERT_TRUE(until(1, [&] { tap("t"); }));  // leaves the first one
  for (int i = 0; i < 20; ++i) tap("backspace");
  for (const char letter : std::string("open the bag")) tap(letter == ' ' ? "space" : std::string(1, letter));
  tap("enter");
  ASSERT_TRUE(until(2, open_bag));
  tap("r");
  ASSERT_TRUE(until(3, open_bag));
  tap("enter");
  const ProgramResult result = program.wait();
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report.at("successes"), 1) << report;
  ASSERT_EQ(report.at("episodes").size(), 3u) << report;
  EXPECT_TRUE(report.at("episodes").at(1).contains("repeated"));
  EXPECT_FALSE(report.at("episodes").at(2).contains("repeated"));

  expect_ok(out);
  const auto reader = datasets::RecordingReader::open(out);
  const auto& episodes = reader->episodes();
  ASSERT_EQ(episodes.size(), 3u);
  EXPECT_EQ(episodes[0].end.value().reason, envs::kAskedElse);
  EXPECT_FALSE(episodes[0].start.goes_on);
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(episodes[i].start.seed, episodes[0].start.seed);
    EXPECT_EQ(episodes[i].start.instruction, "open the bag");
    EXPECT_EQ(episodes[i].start.target, "open your bag");
    EXPECT_TRUE(episodes[i].start.goes_on);
    EXPECT_EQ(episodes[i].end.value().verdict, "success");
  }
  for (std::size_t i = 0; i < 3; ++i) {
    for (const datasets::RecordedAction& step : reader->actions(i)) {
      for (const char* key : {"o", "p", "e", "n", "b", "a", "g", "space", "backspace"})
        EXPECT_EQ(step.action.num_presses(control_named(key)), 0) << key << " is no action of episode " << i;
    }
  }
  const ProgramResult checked = run_atoll({"check", out, "--ticks", log, "--json"});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  const ProgramResult again = run_atoll({"play", "playhouse-window/flat", "--policy", "demo:" + out});
  EXPECT_EQ(again.exit_code, 2) << "no seed gives the starts that were typed at";
  EXPECT_THAT(again.err, testing::HasSubstr("holds 0 episodes from a seed's start to their end"));
}

}  // namespace
}  // namespace atl::tools_test
