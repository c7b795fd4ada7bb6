// The program atoll_playhouse and its parent: errors, pauses, ends.
#include "core/files.h"
#include "tests/display/xvfb.h"
#include "tests/envs/window_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace atl::envs::desktop {
namespace {

using tests::WindowProcess;
using tests::Xvfb;

// What it says, run with these flags, when it does not open a window.
std::string refusal_of(const std::vector<std::string>& flags) {
  const TemporaryFolder folder;
  ProcessConfig config;
  config.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_playhouse"};
  config.command.insert(config.command.end(), flags.begin(), flags.end());
  config.environment = {"DISPLAY"};
  config.log = folder.path() / "log";
  ChildProcess process(config);
  const auto status = process.wait_exit(MonotonicClock::now() + std::chrono::seconds(20));
  EXPECT_EQ(status.value().code, 1);
  return process.log_tail();
}

TEST(PlayhouseWindow, AnUnknownLevelIsNamed) {
  EXPECT_THAT(refusal_of({"--level", "flut"}), testing::HasSubstr("\"flut\": did you mean \"flat\"?"));
}

TEST(PlayhouseWindow, WordsThatCanBeAskedForNowhereAreRefusedWithTheNearest) {
  using testing::HasSubstr;
  EXPECT_THAT(refusal_of({"--instruction", "go to the red sphare"}), HasSubstr("did you mean \"sphere\"?"));
  EXPECT_THAT(refusal_of({"--instruction", "open the bag"}),
              HasSubstr("which the level \"room\" has not; it has: look at, go to, pick up"));
  EXPECT_THAT(refusal_of({"--instruction", "go to the red ball", "--task", "pick up"}),
              HasSubstr("of the family \"go to\", --task says \"pick up\""));
  EXPECT_THAT(refusal_of({"--instruction", "go to the red ball", "--controlled"}), HasSubstr("the parent"));
  EXPECT_THAT(refusal_of({"--instruction", "go to the red ball", "--join", "x"}), HasSubstr("the host"));
}

TEST(PlayhouseWindow, PausesAndErrorsLeaveTheEpisodeAsItIs) {
  const Xvfb screen;
  WindowProcess window(screen.display(), {"--scale", "1"});
  static_cast<void>(window.wait<OpenedEvent>());
  window.send_line("nonsense");
  EXPECT_THAT(window.wait<ErrorEvent>().message, testing::HasSubstr("\"nonsense\" is no JSON object"));
  window.send(ResetCommand{1, {.family = "go to", .time_limit_s = 0.5}});
  const auto ready = window.wait<ReadyEvent>();
  window.send(PauseCommand{});
  window.send(ResetCommand{2, {.family = "dance"}});
  EXPECT_THAT(window.wait<ErrorEvent>().message, testing::HasSubstr("unknown task family \"dance\""));
  // For longer than the episode would have lasted, the window answers and says nothing else.
  while (MonotonicClock::now() < ready.start + std::chrono::milliseconds(1500)) {
    window.send_line("{}");
    static_cast<void>(window.wait<ErrorEvent>());
  }
  window.send(ResumeCommand{});
  const auto verdict = window.wait<VerdictEvent>();
  EXPECT_EQ(verdict.num_ticks, 30);
  EXPECT_GT(verdict.time, ready.start + std::chrono::milliseconds(1500));
}

TEST(PlayhouseWindow, BadKeysAreNamedBeforeAWindowOpens) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "keys.toml", std::string_view("forwad = \"w\"\n"));
  ProcessConfig config;
  config.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_playhouse", "--keys",
                    (folder.path() / "keys.toml").string()};
  config.environment = {"DISPLAY"};
  config.log = folder.path() / "log";
  ChildProcess process(config);
  const auto status = process.wait_exit(MonotonicClock::now() + std::chrono::seconds(20));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 1);
  EXPECT_THAT(process.log_tail(), testing::HasSubstr("\"forward\""));
}

TEST(PlayhouseWindow, EndsWithItsParent) {
  const Xvfb screen;
  WindowProcess window(screen.display(), {"--scale", "1"});
  static_cast<void>(window.wait<OpenedEvent>());
  window.process().close_stdin();
  const auto status = window.process().wait_exit(MonotonicClock::now() + std::chrono::seconds(20));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 0);
}

TEST(PlayhouseWindow, SaysWhatIsMissingWithoutAScreen) {
  const TemporaryFolder folder;
  ProcessConfig config;
  config.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_playhouse"};
  config.environment = {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER=x11"};
  config.log = folder.path() / "log";
  ChildProcess process(config);
  const auto status = process.wait_exit(MonotonicClock::now() + std::chrono::seconds(20));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 1);
  EXPECT_THAT(process.log_tail(), testing::HasSubstr("is DISPLAY set?"));
}

}  // namespace
}  // namespace atl::envs::desktop
