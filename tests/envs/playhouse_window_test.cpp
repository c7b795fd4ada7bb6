// The program atoll_playhouse on a display of its own: what XTest puts in and what XComposite sees, against the stepped
// world.
#include "capture/window_search.h"
#include "capture/x11_window.h"
#include "core/files.h"
#include "core/resize.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "input/sink.h"
#include "tests/display/xvfb.h"
#include "tests/envs/window_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace atl::envs::desktop {
namespace {

using tests::WindowProcess;
using tests::Xvfb;

// Sends actions step by step at the live world's times.
class Driver {
 public:
  Driver(const std::string& display, Timestamp start)
      : sink_(input::create_x11_sink({.display = display})), start_(start) {}

  void carry_out(const Action& action) {
    SystemClock().sleep_until(start_ + period_of(15.0) * step_++);
    const Action possible = normalise(action, held_);
    sink_->send(expand(possible, held_, MonotonicClock::now(), Origin::kAgent));
    held_ = possible.held;
    sum_dx_ += action.dx;
    sum_dy_ += action.dy;
  }
  void release() { sink_->release_all(); }
  [[nodiscard]] std::int64_t sum_dx() const { return sum_dx_; }
  [[nodiscard]] std::int64_t sum_dy() const { return sum_dy_; }

 private:
  std::unique_ptr<input::InputSink> sink_;
  Timestamp start_;
  int step_ = 0;
  ControlSet held_;
  std::int64_t sum_dx_ = 0;
  std::int64_t sum_dy_ = 0;
};

Action random_action(Random& random) {
  Action action;
  action.dx = random.between(-150, 150);
  action.dy = random.between(-20, 20);
  for (const char* name : {"w", "a", "s", "d"}) {
    if (random.chance(1, 3)) action.held.set(static_cast<std::size_t>(index_of(control_named(name))));
  }
  action.wheel = random.between(-1, 1);
  for (const char* name : {"e", "f", "q", "space", "tab", "escape", "mouse_left"}) {
    if (random.chance(1, 12)) tap(action, control_named(name));
  }
  return action;
}

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

std::int64_t sum_of(const LoggedEpisode& episode, std::int32_t playhouse::TickInput::*field) {
  std::int64_t sum = 0;
  for (const playhouse::PlayerInputs& tick : episode.ticks) sum += tick[0].*field;
  return sum;
}

int presses_of(const LoggedEpisode& episode, playhouse::KeyBit key) {
  return static_cast<int>(std::count_if(episode.ticks.begin(), episode.ticks.end(),
                                        [&](const auto& tick) { return (tick[0].pressed & key) != 0; }));
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

TEST(PlayhouseWindow, AnUnknownLevelIsNamed) {
  const TemporaryFolder folder;
  ProcessConfig config;
  config.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_playhouse", "--level", "flut"};
  config.log = folder.path() / "log";
  ChildProcess process(config);
  const auto status = process.wait_exit(MonotonicClock::now() + std::chrono::seconds(20));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 1);
  EXPECT_THAT(process.log_tail(), testing::HasSubstr("\"flut\": did you mean \"flat\"?"));
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
    driver.carry_out(random_action(random));
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
