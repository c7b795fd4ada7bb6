// A person types at the window what is to be done.
#include "capture/x11_window.h"
#include "core/files.h"
#include "envs/wishes.h"
#include "tests/display/xvfb.h"
#include "tests/envs/window_hands.h"
#include "tests/envs/window_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;
using tests::comes_true;
using tests::OwnWindow;
using tests::presses_of;
using tests::RecordedWindow;
using tests::sum_of;
using tests::tap_key;
using tests::WindowProcess;
using tests::Xvfb;

void turn(input::InputSink& sink, int dx) {
  Action action;
  action.dx = dx;
  sink.send(expand(action, {}, MonotonicClock::now(), Origin::kAgent));
}

// A person's keys are some ticks apart. SDL takes a key that comes twice within 2 ms for one that stays down.
void take_time() {
  SystemClock clock;
  clock.sleep_until(clock.now() + std::chrono::milliseconds(50));
}

void type(input::InputSink& sink, std::string_view words) {
  take_time();
  for (const char letter : words) tap_key(sink, letter == ' ' ? "space" : std::string(1, letter));
}

int num_ticks_with_keys(const LoggedEpisode& episode) {
  return static_cast<int>(std::count_if(episode.ticks.begin(), episode.ticks.end(),
                                        [](const auto& tick) { return tick[0].held != 0 || tick[0].pressed != 0; }));
}

std::uint64_t hash_of_replay(const LoggedEpisode& episode) {
  return playhouse::replay_ticks({8, 8}, start_of(episode), episode.ticks).state_hash;
}

TEST(PlayhouseWindow, WhatAPersonTypesIsTheTaskFromWhereTheyStand) {
  const Xvfb screen;
  const TemporaryFolder folder;
  OwnWindow own(screen.display(), folder.path(), {"--seed", "5", "--task", "go to", "--level", "flat"});
  ASSERT_TRUE(own.window());
  const auto sink = input::create_x11_sink({.display = screen.display()});
  for (int i = 0; i < 5; ++i) {  // the first may come before the episode does
    turn(*sink, 60);
    take_time();
  }
  tap_key(*sink, "t");
  // Every key of the world is in these words; the first are refused and mended.
  type(*sink, "turn left wasdefqx");
  tap_key(*sink, "enter");
  take_time();
  for (int i = 0; i < 9; ++i) tap_key(*sink, "backspace");
  tap_key(*sink, "enter");
  ASSERT_TRUE(comes_true([&] { return own.episodes().size() == 1; }));
  const LoggedEpisode left = own.episodes()[0];
  EXPECT_EQ(left.outcome.verdict, Verdict::kRunning);
  EXPECT_EQ(num_ticks_with_keys(left), 0) << "what is typed is for the line";
  ASSERT_TRUE(comes_true([&] {
    turn(*sink, -60);
    return own.episodes().size() == 2;
  }));
  tap_key(*sink, "enter");
  take_time();
  tap_key(*sink, "f2");
  ASSERT_TRUE(comes_true([&] { return own.episodes().size() == 3; }));
  EXPECT_EQ(own.stop().code, 0);
  const std::vector<LoggedEpisode> episodes = own.episodes();
  EXPECT_EQ(episodes[1].task.instruction, "turn left");
  EXPECT_EQ(episodes[1].task.target, "turn left");
  EXPECT_EQ(episodes[1].outcome.verdict, Verdict::kSuccess) << episodes[1].outcome.reason;
  EXPECT_EQ(episodes[1].seed, 5u);
  ASSERT_TRUE(episodes[1].earlier);
  EXPECT_EQ(episodes[1].earlier->ticks, left.ticks);
  EXPECT_GE(sum_of(left, &playhouse::TickInput::dx), 200);
  EXPECT_EQ(num_ticks_with_keys(episodes[1]), 0);
  EXPECT_EQ(episodes[2].seed, 6u);
  EXPECT_FALSE(episodes[2].earlier);
  for (const LoggedEpisode& episode : episodes) EXPECT_EQ(hash_of_replay(episode), episode.state_hash);
}

TEST(PlayhouseWindow, WhoTypesNothingAfterAllGoesOnWithTheirTask) {
  const Xvfb screen;
  const TemporaryFolder folder;
  OwnWindow own(screen.display(), folder.path(), {"--seed", "5", "--task", "go to", "--level", "flat"});
  ASSERT_TRUE(own.window());
  const auto sink = input::create_x11_sink({.display = screen.display()});
  tap_key(*sink, "q");
  take_time();
  tap_key(*sink, "t");
  type(*sink, "open the bag");
  tap_key(*sink, "escape");
  for (int i = 0; i < 5; ++i) {  // the world runs on
    take_time();
    tap_key(*sink, "q");
  }
  take_time();
  tap_key(*sink, "f2");
  ASSERT_TRUE(comes_true([&] { return own.episodes().size() == 1; }));
  const LoggedEpisode episode = own.episodes()[0];
  EXPECT_FALSE(episode.earlier);
  EXPECT_GE(presses_of(episode, playhouse::kRotate), 5) << "the first may come before the episode does";
  EXPECT_EQ(presses_of(episode, playhouse::kMenu), 0) << "Escape was for the line";
  EXPECT_EQ(hash_of_replay(episode), episode.state_hash);
}

TEST(PlayhouseWindow, ARecordedPersonsWordsAreToldToTheParent) {
  RecordedWindow person;
  WindowProcess& window = person.window;
  const auto& sink = person.sink;
  window.send(ResetCommand{.seed = 4, .task = {}, .from = StartFrom::kHere});
  EXPECT_THAT(window.wait<ErrorEvent>().message, HasSubstr("no episode of seed 4 to go on from"));
  window.send(ResetCommand{4, {.family = "go to", .time_limit_s = 60.0}});
  const auto first = window.wait<ReadyEvent>();
  turn(*sink, 300);
  take_time();
  tap_key(*sink, "t");
  const auto left = window.wait<VerdictEvent>();
  EXPECT_EQ(left.outcome.verdict, Verdict::kAborted);
  EXPECT_EQ(left.outcome.reason, kAskedElse);
  type(*sink, "turn left");
  tap_key(*sink, "enter");
  const auto wish = window.wait<WishEvent>();
  ASSERT_TRUE(wish.task);
  EXPECT_EQ(wish.task->instruction, "turn left");
  EXPECT_EQ(wish.task->target, "turn left");
  window.send(ResetCommand{5, *wish.task, StartFrom::kHere});
  EXPECT_THAT(window.wait<ErrorEvent>().message, HasSubstr("no episode of seed 5 to go on from"));
  window.send(ResetCommand{4, *wish.task, StartFrom::kHere});
  const auto second = window.wait<ReadyEvent>();
  EXPECT_EQ(second.task.instruction, "turn left");
  EXPECT_NE(second.state_hash, first.state_hash);
  const auto succeed = [&] {
    std::optional<WindowEvent> told;
    for (const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(20);
         !told && MonotonicClock::now() < deadline;) {
      turn(*sink, -60);
      told = window.poll_event(MonotonicClock::now() + std::chrono::milliseconds(20));
    }
    EXPECT_EQ(std::get<VerdictEvent>(told.value()).outcome.verdict, Verdict::kSuccess);
  };
  succeed();
  tap_key(*sink, "r");
  EXPECT_TRUE(window.wait<WishEvent>().again);
  window.send(ResetCommand{4, second.task, StartFrom::kAgain});
  EXPECT_EQ(window.wait<ReadyEvent>().state_hash, second.state_hash) << "from where it was typed";
  // Who changes their mind goes on from here with the words and the time that they had.
  tap_key(*sink, "t");
  EXPECT_EQ(window.wait<VerdictEvent>().outcome.reason, kAskedElse);
  type(*sink, "go");
  tap_key(*sink, "escape");
  const auto rest = window.wait<WishEvent>();
  ASSERT_TRUE(rest.task);
  EXPECT_EQ(rest.task->instruction, "turn left");
  EXPECT_LE(rest.task->time_limit_s, second.task.time_limit_s);
  window.send(ResetCommand{4, *rest.task, StartFrom::kHere});
  static_cast<void>(window.wait<ReadyEvent>());
  succeed();
  const std::vector<LoggedEpisode> episodes = read_tick_log(person.log);
  ASSERT_EQ(episodes.size(), 4u);
  for (const LoggedEpisode& episode : episodes) EXPECT_EQ(hash_of_replay(episode), episode.state_hash);
}

TEST(PlayhouseWindow, NothingOfTheLineStaysBesideTheHouse) {
  const Xvfb screen({1280, 720});
  const TemporaryFolder folder;
  WindowProcess window(screen.display(), {"--person", "--fullscreen", "--keys", folder.path() / "keys.toml"});
  const auto opened = window.wait<OpenedEvent>();
  static_cast<void>(window.wait<KeysEvent>());
  ASSERT_GT(opened.area.x_px, 50) << "there is something beside the house";
  const auto source = capture::create_x11_window_source({.display = screen.display(),
                                                         .window = opened.window,
                                                         .area = {0, 0, opened.area.x_px, opened.area.height_px},
                                                         .settle_after_change = Duration::zero()});
  Frame frame;
  const auto is_black_beside = [&] {
    static_cast<void>(source->wait_frame(MonotonicClock::now() + std::chrono::milliseconds(50), frame));
    for (int y = 0; y < frame.height_px; ++y) {
      for (int x = 0; x < 4 * frame.width_px; ++x) {
        if (x % 4 != 3 && frame.view().row(y)[x] != 0) return false;
      }
    }
    return true;
  };
  const auto sink = input::create_x11_sink({.display = screen.display()});
  window.send(ResetCommand{4, {.family = "go to"}});
  static_cast<void>(window.wait<ReadyEvent>());
  tap_key(*sink, "t");
  static_cast<void>(window.wait<VerdictEvent>());
  EXPECT_TRUE(comes_true([&] { return !is_black_beside(); }));
  tap_key(*sink, "escape");
  const auto rest = window.wait<WishEvent>();
  window.send(ResetCommand{4, rest.task.value(), StartFrom::kHere});
  static_cast<void>(window.wait<ReadyEvent>());
  EXPECT_TRUE(comes_true(is_black_beside));
}

TEST(PlayhouseWindow, AnAgentsWindowHasNoLineToTypeInto) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::string log = (folder.path() / "ticks.jsonl").string();
  WindowProcess window(screen.display(), {"--agent-view", "--log", log});
  static_cast<void>(window.wait<OpenedEvent>());
  window.send(ResetCommand{3, {.family = "look at", .time_limit_s = 1.0}});
  static_cast<void>(window.wait<ReadyEvent>());
  const auto sink = input::create_x11_sink({.display = screen.display()});
  tap_key(*sink, "t");
  tap_key(*sink, "q");
  static_cast<void>(window.wait<VerdictEvent>());
  EXPECT_EQ(presses_of(read_tick_log(log).at(0), playhouse::kRotate), 1);
}

}  // namespace
}  // namespace atl::envs::desktop
