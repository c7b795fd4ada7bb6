// What XTest puts into the window and what XComposite sees of it, against the stepped world.
#include "capture/x11_window.h"
#include "core/files.h"
#include "core/resize.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "tests/display/xvfb.h"
#include "tests/envs/window_hands.h"
#include "tests/envs/window_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace atl::envs::desktop {
namespace {

using tests::Driver;
using tests::presses_of;
using tests::random_action;
using tests::sum_of;
using tests::WindowProcess;
using tests::Xvfb;

// What the clean expert does in the stepped world.
std::vector<Action> expert_actions(std::uint64_t seed, const Task& task, const playhouse::EpisodeOptions& episode) {
  const auto world = create_playhouse({.frame = {8, 8}, .episode = episode});
  world->reset(seed, task);
  const auto expert = world->oracle()->create_expert(seed, {});
  std::vector<Action> actions;
  while (!world->outcome().is_over()) {
    actions.push_back(expert->next());
    world->step(actions.back());
  }
  return actions;
}

TEST(PlayhouseWindow, LiveEpisodesReplayBitEqualInTheSteppedWorld) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::string log = (folder.path() / "ticks.jsonl").string();
  WindowProcess window(screen.display(), {"--log", log, "--scale", "2", "--level", "flat"});
  EXPECT_NE(window.wait<OpenedEvent>().window, 0u);
  std::vector<VerdictEvent> verdicts;
  constexpr const char* kFamilies[] = {"pick up", "go to", "menu", "push", "put", "sequence"};
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const bool by_expert = seed % 2 == 0;
    const Task task{.family = kFamilies[seed], .time_limit_s = by_expert ? 8.0 : 1.5};
    window.send(ResetCommand{seed, task});
    const auto ready = window.wait<ReadyEvent>();
    EXPECT_EQ(ready.seed, seed);
    EXPECT_FALSE(ready.task.instruction.empty());
    Driver driver(screen.display(), ready.start);
    Random random(seed);
    if (by_expert) {
      for (const Action& action : expert_actions(seed, task, {.level = "flat"})) driver.carry_out(action);
      driver.release();
    } else {
      for (int i = 0; i < 15; ++i) driver.carry_out(random_action(random));
      driver.release();
    }
    verdicts.push_back(window.wait<VerdictEvent>());
  }
  window.send(QuitCommand{});
  ASSERT_TRUE(window.process().wait_exit(MonotonicClock::now() + std::chrono::seconds(20)));

  const std::vector<LoggedEpisode> episodes = read_tick_log(log);
  ASSERT_EQ(episodes.size(), verdicts.size());
  int moved = 0;
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    const playhouse::ReplayEnd end =
        playhouse::replay_ticks({.episode = episodes[i].world}, episodes[i].seed, episodes[i].task, episodes[i].ticks);
    EXPECT_EQ(end.state_hash, episodes[i].state_hash);
    EXPECT_EQ(end.state_hash, verdicts[i].state_hash);
    EXPECT_EQ(end.num_ticks, verdicts[i].num_ticks);
    EXPECT_EQ(end.outcome.verdict, verdicts[i].outcome.verdict);
    EXPECT_EQ(end.outcome.reason, verdicts[i].outcome.reason);
    moved += std::any_of(episodes[i].ticks.begin(), episodes[i].ticks.end(),
                         [](const auto& tick) { return tick[0] != playhouse::TickInput{}; });
  }
  EXPECT_EQ(moved, 6) << "input did not reach the window";
}

TEST(PlayhouseWindow, EveryCountAndTapArrivesOnce) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::string log = (folder.path() / "ticks.jsonl").string();
  WindowProcess window(screen.display(), {"--log", log});
  static_cast<void>(window.wait<OpenedEvent>());
  window.send(ResetCommand{3, {.family = "go to", .time_limit_s = 3.0}});
  const auto ready = window.wait<ReadyEvent>();
  Driver driver(screen.display(), ready.start);
  Random random(4);
  int taps = 0;
  int wheel = 0;
  for (const int dx : {1, 3, 10, 60, -1, -74, 341, -341, 2000, -2000, 0, 5}) {
    Action action;
    action.dx = dx;
    action.dy = dx / 2;
    action.wheel = dx % 3;
    wheel += action.wheel;
    if (dx > 0) {
      tap(action, control_named("q"));
      tap(action, control_named("mouse_left"));
    }
    taps += dx > 0;
    driver.carry_out(action);
  }
  const auto verdict = window.wait<VerdictEvent>();
  EXPECT_EQ(verdict.outcome.verdict, Verdict::kTimeout) << verdict.outcome.reason;
  const LoggedEpisode episode = read_tick_log(log).at(0);
  EXPECT_EQ(sum_of(episode, &playhouse::TickInput::dx), driver.sum_dx());
  EXPECT_EQ(sum_of(episode, &playhouse::TickInput::dy), driver.sum_dy());
  EXPECT_EQ(sum_of(episode, &playhouse::TickInput::wheel), wheel);
  EXPECT_EQ(presses_of(episode, playhouse::kRotate), taps);
  EXPECT_EQ(presses_of(episode, playhouse::kClick), taps);
}

TEST(PlayhouseWindow, EscapeIsTheWorldsAndF10LetsTheMouseGo) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::string log = (folder.path() / "ticks.jsonl").string();
  WindowProcess window(screen.display(), {"--log", log});
  static_cast<void>(window.wait<OpenedEvent>());
  window.send(ResetCommand{3, {.family = "look at", .time_limit_s = 3.0}});
  const auto ready = window.wait<ReadyEvent>();
  Driver driver(screen.display(), ready.start);
  const auto carry_out = [&](const char* tapped, int dx) {
    Action action;
    action.dx = dx;
    if (*tapped != '\0') tap(action, control_named(tapped));
    driver.carry_out(action);
  };
  carry_out("escape", 0);
  carry_out("", 10);  // Escape leaves the mouse where it is
  carry_out("f10", 0);
  carry_out("", 200);
  carry_out("mouse_left", 0);  // takes the mouse, and is no click in the world
  carry_out("", 3);
  carry_out("mouse_left", 0);
  static_cast<void>(window.wait<VerdictEvent>());
  const LoggedEpisode episode = read_tick_log(log).at(0);
  EXPECT_EQ(presses_of(episode, playhouse::kMenu), 1);
  EXPECT_EQ(presses_of(episode, playhouse::kClick), 1);
  EXPECT_EQ(sum_of(episode, &playhouse::TickInput::dx), 13);
}

TEST(PlayhouseWindow, OtherLevelsAndLooksReplayToo) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::string log = (folder.path() / "ticks.jsonl").string();
  const PlayhouseOptions options{.frame = {96, 72}, .episode = {.level = "flat", .reskin = 7}};
  WindowProcess window(screen.display(), {"--log", log, "--level", "flat", "--reskin", "7", "--agent-view"});
  const auto opened = window.wait<OpenedEvent>();
  EXPECT_EQ(opened.world.level, "flat");
  EXPECT_EQ(opened.world.reskin, 7u);
  window.send(ResetCommand{2, {.family = "rooms", .time_limit_s = 1.0}});
  const auto ready = window.wait<ReadyEvent>();
  Driver driver(screen.display(), ready.start);
  Random random(2);
  for (int i = 0; i < 10; ++i) driver.carry_out(random_action(random));
  driver.release();
  const auto verdict = window.wait<VerdictEvent>();
  const LoggedEpisode episode = read_tick_log(log).at(0);
  EXPECT_EQ(episode.world.level, "flat");
  EXPECT_EQ(episode.world.reskin, 7u);
  EXPECT_EQ(playhouse::replay_ticks(options, 2, episode.task, episode.ticks).state_hash, verdict.state_hash);
}

TEST(PlayhouseWindow, AgentViewShowsTheSteppedPixelsAsBlocks) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::string log = (folder.path() / "ticks.jsonl").string();
  WindowProcess window(screen.display(), {"--agent-view", "--scale", "5", "--log", log});
  const auto opened = window.wait<OpenedEvent>();
  EXPECT_TRUE(opened.agent_view);
  EXPECT_EQ(opened.scale, 5);
  const auto source = capture::create_x11_window_source(
      {.display = screen.display(), .window = opened.window, .settle_after_change = Duration::zero()});
  window.send(ResetCommand{11, {.family = "look at", .time_limit_s = 4.0}});
  const auto ready = window.wait<ReadyEvent>();
  Driver driver(screen.display(), ready.start);
  Random random(9);
  Resizer resizer({96, 72});
  std::vector<std::uint8_t> small(96 * 72 * 4);
  std::vector<std::uint64_t> captured;
  Frame frame;
  for (int step = 0; step < 45; ++step) {
    Action action = random_action(random);
    // Keys that a person's window has for itself are nothing here.
    if (step % 4 == 0) tap(action, control_named(std::array{"f1", "f2", "r", "f11"}[step / 4 % 4]));
    driver.carry_out(action);
    while (source->wait_frame(MonotonicClock::now(), frame) == capture::FrameStatus::kFrame) {
      ASSERT_EQ(frame.size(), (FrameSize{480, 360}));
      if (frame.requested < ready.start) continue;  // of before the reset
      int broken = 0;
      for (int y = 0; y < 360; ++y) {
        for (int x = 0; x < 480; ++x) {
          broken += std::memcmp(frame.view().row(y) + 4 * x, frame.view().row(y / 5 * 5) + x / 5 * 5 * 4, 3) != 0;
        }
      }
      EXPECT_EQ(broken, 0) << "pixels that are not blocks of 5 x 5";
      resizer.resize(frame.view(), small);
      captured.push_back(hash_pixels({small.data(), 96, 72, 96 * 4}));
    }
  }
  driver.release();
  static_cast<void>(window.wait<VerdictEvent>());

  const LoggedEpisode episode = read_tick_log(log).at(0);
  std::vector<std::uint64_t> stepped;
  const auto end = playhouse::replay_ticks({}, episode.seed, episode.task, episode.ticks,
                                           [&](int, ImageView picture) { stepped.push_back(hash_pixels(picture)); });
  EXPECT_EQ(end.state_hash, episode.state_hash);
  EXPECT_GE(captured.size(), 20u);
  // Every captured picture is one of the stepped world's, in its order.
  std::size_t at = 0;
  for (const std::uint64_t hash : captured) {
    while (at < stepped.size() && stepped[at] != hash) ++at;
    ASSERT_LT(at, stepped.size()) << "a picture that the stepped world does not show";
  }
}

}  // namespace
}  // namespace atl::envs::desktop
