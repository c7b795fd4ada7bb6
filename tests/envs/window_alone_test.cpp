// A person at the window without a parent.
#include "capture/window_search.h"
#include "capture/x11_window.h"
#include "core/error.h"
#include "core/files.h"
#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/playhouse/playhouse.h"
#include "input/sink.h"
#include "tests/display/xvfb.h"
#include "tests/envs/window_hands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace atl::envs::desktop {
namespace {

using tests::comes_true;
using tests::OwnWindow;
using tests::presses_of;
using tests::tap_key;
using tests::Xvfb;

TEST(PlayhouseWindow, PlaysForAPersonWithoutAParent) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::filesystem::path log = folder.path() / "ticks.jsonl";
  ProcessConfig config;
  config.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_playhouse",
                    "--seed",
                    "5",
                    "--task",
                    "pick up",
                    "--log",
                    log.string()};
  config.environment = {"DISPLAY=" + screen.display(), "SDL_VIDEODRIVER=x11"};
  ChildProcess process(config);
  const auto window = capture::wait_window(screen.display(), {.pid = process.pid(), .title = "Playhouse: "},
                                           MonotonicClock::now() + std::chrono::seconds(30));
  ASSERT_TRUE(window);
  const auto world = create_playhouse({});
  EXPECT_EQ(window->title, "Playhouse: " + std::string(world->reset(5, {.family = "pick up"}).instruction));
  EXPECT_EQ(window->geometry.width_px, 672);
  const ExitStatus status = process.stop(std::chrono::seconds(20));
  EXPECT_EQ(status.signal, 0);
  EXPECT_EQ(status.code, 0);
  const std::vector<LoggedEpisode> episodes = read_tick_log(log);
  ASSERT_EQ(episodes.size(), 1u);  // left before its end, and logged all the same
  EXPECT_EQ(episodes[0].outcome.verdict, Verdict::kRunning);
  EXPECT_EQ(playhouse::replay_ticks({}, 5, episodes[0].task, episodes[0].ticks).state_hash, episodes[0].state_hash);
}

TEST(PlayhouseWindow, WordsAreAskedForInEachHouseThatHasWhatTheySpeakOf) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::string words = "please go to the red ball";
  OwnWindow own(screen.display(), folder.path(), {"--seed", "5", "--instruction", words});
  ASSERT_TRUE(own.window());
  EXPECT_EQ(own.window()->title, "Playhouse: " + words);
  const auto sink = input::create_x11_sink({.display = screen.display()});
  for (std::size_t num_left = 1; num_left <= 3; ++num_left) {
    tap_key(*sink, "f2");
    ASSERT_TRUE(comes_true([&] { return own.episodes().size() == num_left; }));
  }
  EXPECT_EQ(own.stop().code, 0);
  std::uint64_t seed = 5;
  for (const LoggedEpisode& episode : own.episodes()) {
    EXPECT_GE(episode.seed, seed);
    for (; seed < episode.seed; ++seed)
      EXPECT_THROW(static_cast<void>(playhouse::create_episode(seed, {.instruction = words}, {})), Error)
          << "left out: " << seed;
    ++seed;
    EXPECT_EQ(episode.task.target, "go to the red ball");
    EXPECT_EQ(episode.task.instruction, words);
  }
}

TEST(PlayhouseWindow, APersonGoesOnToTheNextTaskOrDoesTheSameAgain) {
  const Xvfb screen;
  const TemporaryFolder folder;
  OwnWindow own(screen.display(), folder.path(), {"--seed", "5", "--task", "go to"});
  ASSERT_TRUE(own.window());
  const auto sink = input::create_x11_sink({.display = screen.display()});
  std::size_t num_left = 0;
  for (const char* name : {"f2", "r", "r", "f2", "f2"}) {
    tap_key(*sink, name);
    ++num_left;
    ASSERT_TRUE(comes_true([&] { return own.episodes().size() == num_left; })) << name;
  }
  EXPECT_EQ(own.stop().code, 0);
  std::vector<std::uint64_t> seeds;
  for (const LoggedEpisode& episode : own.episodes()) seeds.push_back(episode.seed);
  EXPECT_THAT(seeds, testing::ElementsAre(5, 6, 6, 6, 7, 8));
}

TEST(PlayhouseWindow, TheHelpPageStopsTheWorldAndChangesKeysAtOnce) {
  const Xvfb screen;
  const TemporaryFolder folder;
  OwnWindow own(screen.display(), folder.path(), {"--seed", "5", "--task", "go to"});
  ASSERT_TRUE(own.window());
  const auto source = capture::create_x11_window_source(
      {.display = screen.display(), .window = own.window()->id, .settle_after_change = Duration::zero()});
  const auto sink = input::create_x11_sink({.display = screen.display()});
  const auto picture = [&] {
    Frame frame;
    while (source->wait_frame(MonotonicClock::now() + std::chrono::seconds(1), frame) ==
           capture::FrameStatus::kFrame) {  // until nothing is drawn any more
    }
    return hash_pixels(frame.view());
  };
  Frame frame;
  int num_shown = 0;
  ASSERT_TRUE(comes_true([&] {  // the world runs; it waits for a key that comes after its first picture
    if (source->wait_frame(MonotonicClock::now() + std::chrono::milliseconds(500), frame) ==
        capture::FrameStatus::kFrame) {
      ++num_shown;
    } else {
      tap_key(*sink, "space");
    }
    return num_shown > 5;
  }));
  tap_key(*sink, "f1");
  const std::uint64_t first = picture();  // comes back, as a running world's would not
  tap_key(*sink, "enter");
  EXPECT_NE(picture(), first);
  tap_key(*sink, "up");
  ASSERT_TRUE(comes_true([&] { return own.keys().name_of(KeyUse::kForward) == "up"; }));
  static_cast<void>(picture());
  tap_key(*sink, "f1");
  ASSERT_TRUE(comes_true([&] {  // the house again
    return source->wait_frame(MonotonicClock::now(), frame) == capture::FrameStatus::kFrame;
  }));
  tap_key(*sink, "up");
  tap_key(*sink, "w");
  tap_key(*sink, "f2");
  ASSERT_TRUE(comes_true([&] { return own.episodes().size() == 1; }));
  EXPECT_EQ(presses_of(own.episodes()[0], playhouse::kForward), 1);
  EXPECT_EQ(presses_of(own.episodes()[0], playhouse::kMenu), 0);
}

}  // namespace
}  // namespace atl::envs::desktop
