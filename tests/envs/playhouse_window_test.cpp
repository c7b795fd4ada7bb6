// The program atoll_playhouse on a display of its own: what XTest puts in and what XComposite sees, against the stepped
// world.
#include "capture/window_search.h"
#include "capture/x11_window.h"
#include "core/files.h"
#include "core/resize.h"
#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/wishes.h"
#include "input/sink.h"
#include "tests/display/xvfb.h"
#include "tests/envs/window_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

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

// Presses and releases a key, as a person does who has no clock.
void tap_key(input::InputSink& sink, std::string_view name) {
  Action action;
  tap(action, control_named(name));
  sink.send(expand(action, {}, MonotonicClock::now(), Origin::kAgent));
}

// Looks again and again until `is_so`; false after 20 s.
bool comes_true(const std::function<bool()>& is_so) {
  SystemClock clock;
  for (const Timestamp deadline = clock.now() + std::chrono::seconds(20); clock.now() < deadline;) {
    if (is_so()) return true;
    clock.sleep_until(clock.now() + std::chrono::milliseconds(5));
  }
  return false;
}

// A window without a parent.
class OwnWindow {
 public:
  OwnWindow(const std::string& display, const std::filesystem::path& folder, std::vector<std::string> flags)
      : log_(folder / "ticks.jsonl"), keys_(folder / "keys.toml"), process_(config_of(display, std::move(flags))) {
    window_ = capture::wait_window(display, {.pid = process_.pid(), .title = "Playhouse: "},
                                   MonotonicClock::now() + std::chrono::seconds(30));
  }
  [[nodiscard]] const std::optional<capture::WindowMatch>& window() const { return window_; }
  [[nodiscard]] std::vector<LoggedEpisode> episodes() const {
    return std::filesystem::exists(log_) ? read_tick_log(log_) : std::vector<LoggedEpisode>{};
  }
  [[nodiscard]] KeyBindings keys() const { return load_key_bindings(keys_); }
  ExitStatus stop() { return process_.stop(std::chrono::seconds(20)); }

 private:
  ProcessConfig config_of(const std::string& display, std::vector<std::string> flags) const {
    ProcessConfig config;
    config.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_playhouse", "--log", log_.string(), "--keys",
                      keys_.string()};
    config.command.insert(config.command.end(), flags.begin(), flags.end());
    config.environment = {"DISPLAY=" + display, "SDL_VIDEODRIVER=x11"};
    return config;
  }

  std::filesystem::path log_;
  std::filesystem::path keys_;
  ChildProcess process_;
  std::optional<capture::WindowMatch> window_;
};

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
  tap_key(*sink, "space");
  Frame frame;
  for (int i = 0; i < 5; ++i) {  // the world runs
    ASSERT_EQ(source->wait_frame(MonotonicClock::now() + std::chrono::seconds(20), frame),
              capture::FrameStatus::kFrame);
  }
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

TEST(PlayhouseWindow, TwoWindowsOnTwoScreensShareAHouse) {
  const Xvfb first;
  const Xvfb second;
  const TemporaryFolder folder;
  const TemporaryFolder others_folder;
  const std::string socket = (folder.path() / "two").string();
  OwnWindow host(first.display(), folder.path(), {"--seed", "5", "--level", "pair", "--host", socket});
  ASSERT_TRUE(host.window());
  OwnWindow guest(second.display(), others_folder.path(), {"--join", socket});
  ASSERT_TRUE(guest.window());
  EXPECT_EQ(host.window()->title, guest.window()->title) << "both are told what to do";
  const auto left = input::create_x11_sink({.display = first.display()});
  const auto right = input::create_x11_sink({.display = second.display()});
  Random random(3);
  const auto do_something = [&](input::InputSink& sink) {
    sink.send(expand(random_action(random), {}, MonotonicClock::now(), Origin::kAgent));
    sink.release_all();
  };
  // Tells from what it logs that the house went on: an episode that is left for the next one.
  SystemClock clock;
  for (std::size_t episode = 1; episode <= 2; ++episode) {
    for (int i = 0; i < 60; ++i) {
      do_something(*left);
      do_something(*right);
      clock.sleep_until(clock.now() + std::chrono::milliseconds(33));
    }
    tap_key(*left, "f2");
    ASSERT_TRUE(comes_true([&] { return host.episodes().size() >= episode && guest.episodes().size() >= episode; }));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const LoggedEpisode log = host.episodes()[i];
    EXPECT_EQ(log.seed, 5 + i);
    EXPECT_NE(sum_of(log, &playhouse::TickInput::dx), 0);
    std::int64_t others_dx = 0;
    for (const playhouse::PlayerInputs& tick : log.ticks) others_dx += std::abs(tick[1].dx);
    EXPECT_GT(others_dx, 0);
    EXPECT_GT(log.ticks.size(), 60u) << "long enough for hashes to be compared";
    EXPECT_EQ(playhouse::replay_ticks({.episode = log.world}, log.seed, log.task, log.ticks).state_hash,
              log.state_hash);
    // The one who followed was told of the next episode a tick or two after the host left this one.
    const LoggedEpisode other = guest.episodes()[i];
    const std::size_t both = std::min(log.ticks.size(), other.ticks.size());
    EXPECT_GE(both + 4, std::max(log.ticks.size(), other.ticks.size()));
    EXPECT_TRUE(
        std::equal(log.ticks.begin(), log.ticks.begin() + static_cast<std::ptrdiff_t>(both), other.ticks.begin()));
  }
  EXPECT_EQ(guest.stop().code, 0);
  // The host begins anew with the next one who comes.
  const TemporaryFolder next_folder;
  OwnWindow next(second.display(), next_folder.path(), {"--join", socket});
  ASSERT_TRUE(next.window());
  ASSERT_TRUE(comes_true([&] {
    tap_key(*left, "f2");
    return !next.episodes().empty();
  }));
  EXPECT_EQ(host.stop().code, 0);
}

TEST(PlayhouseWindow, AParentsGuestPlaysWhatItAskedForOrIsToldOfTheDifference) {
  const Xvfb first;
  const Xvfb second;
  const TemporaryFolder folder;
  const std::string socket = (folder.path() / "two").string();
  const std::string log = (folder.path() / "ticks.jsonl").string();
  WindowProcess host(first.display(), {"--level", "pair", "--host", socket, "--agent-view"});
  static_cast<void>(host.wait<OpenedEvent>());
  WindowProcess guest(second.display(), {"--level", "pair", "--join", socket, "--agent-view", "--log", log});
  static_cast<void>(guest.wait<OpenedEvent>());
  const Task task{.family = "together", .time_limit_s = 1.5};
  for (const std::uint64_t seed : {3, 4}) {
    // Whoever asks first waits for the other.
    WindowProcess& early = seed == 3 ? host : guest;
    WindowProcess& late = seed == 3 ? guest : host;
    early.send(ResetCommand{seed, task});
    late.send(ResetCommand{seed, task});
    const auto ready = guest.wait<ReadyEvent>();
    EXPECT_EQ(ready.seed, seed);
    EXPECT_EQ(ready.state_hash, host.wait<ReadyEvent>().state_hash);
    Driver driver(second.display(), ready.start);
    Random random(seed);
    for (int i = 0; i < 10; ++i) driver.carry_out(random_action(random));
    driver.release();
    EXPECT_EQ(host.wait<VerdictEvent>().state_hash, guest.wait<VerdictEvent>().state_hash);
  }
  host.send(ResetCommand{5, task});
  guest.send(ResetCommand{6, task});
  EXPECT_THAT(guest.wait<ErrorEvent>().message, testing::HasSubstr("plays seed 5, expected 6"));
  const std::vector<LoggedEpisode> episodes = read_tick_log(log);
  ASSERT_EQ(episodes.size(), 2u);
  for (const LoggedEpisode& episode : episodes) {
    EXPECT_EQ(episode.player, 1u);
    std::int64_t dx = 0;
    for (const playhouse::PlayerInputs& tick : episode.ticks) dx += std::abs(tick[1].dx);
    EXPECT_GT(dx, 0);
    EXPECT_EQ(playhouse::replay_ticks({.episode = episode.world}, episode.seed, episode.task, episode.ticks).state_hash,
              episode.state_hash);
  }
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

TEST(PlayhouseWindow, APersonsRecordedWindowKeepsItsWordsOutOfTheArea) {
  const Xvfb screen;
  const TemporaryFolder folder;
  WindowProcess window(screen.display(), {"--person", "--scale", "5", "--keys", folder.path() / "keys.toml"});
  const auto opened = window.wait<OpenedEvent>();
  EXPECT_FALSE(opened.agent_view);
  EXPECT_EQ(opened.area, (WindowGeometry{0, 0, 480, 360}));
  EXPECT_EQ(window.wait<KeysEvent>().keys, KeyBindings());
  window.send(ResetCommand{4, {.family = "go to", .time_limit_s = 0.5}});
  static_cast<void>(window.wait<ReadyEvent>());
  const auto sink = input::create_x11_sink({.display = screen.display()});
  tap_key(*sink, "space");  // its clock waits for the person
  EXPECT_EQ(window.wait<VerdictEvent>().outcome.verdict, Verdict::kTimeout);
  const auto grab = [&](const WindowGeometry& area) {
    const auto source =
        capture::create_x11_window_source({.display = screen.display(), .window = opened.window, .area = area});
    Frame frame;
    EXPECT_EQ(source->wait_frame(MonotonicClock::now() + std::chrono::seconds(10), frame),
              capture::FrameStatus::kFrame);
    return frame;
  };
  const Frame whole = grab({});
  const Frame area = grab(opened.area);
  EXPECT_EQ(area.size(), (FrameSize{480, 360}));
  ASSERT_GT(whole.height_px, 360);
  ImageView upper = whole.view();
  upper.height_px = 360;
  EXPECT_EQ(hash_pixels(area.view()), hash_pixels(upper));
  const std::uint8_t* below = whole.view().row(whole.height_px - 1);  // B, G, R
  EXPECT_GT(below[2], below[1] + 40) << "red: the time is up";
  tap_key(*sink, "enter");
  EXPECT_FALSE(window.wait<WishEvent>().again);
}

TEST(PlayhouseWindow, AnEpisodesClockWaitsForThePersonAndCountsWhatTheyDidFirst) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::string log = (folder.path() / "ticks.jsonl").string();
  WindowProcess window(screen.display(),
                       {"--person", "--scale", "2", "--keys", folder.path() / "keys.toml", "--log", log});
  static_cast<void>(window.wait<OpenedEvent>());
  static_cast<void>(window.wait<KeysEvent>());
  window.send(ResetCommand{4, {.family = "go to", .time_limit_s = 0.5}});
  const auto ready = window.wait<ReadyEvent>();
  // For longer than the episode lasts, the window answers and says nothing else.
  while (MonotonicClock::now() < ready.start + std::chrono::milliseconds(1200)) {
    window.send_line("{}");
    static_cast<void>(window.wait<ErrorEvent>());
  }
  const auto sink = input::create_x11_sink({.display = screen.display()});
  Action first;
  tap(first, control_named("e"));
  first.dx = 100;
  sink->send(expand(first, {}, MonotonicClock::now(), Origin::kAgent));
  const auto verdict = window.wait<VerdictEvent>();
  EXPECT_GT(verdict.time, ready.start + std::chrono::milliseconds(1700));
  const LoggedEpisode episode = read_tick_log(log).at(0);
  EXPECT_EQ(sum_of(episode, &playhouse::TickInput::dx), 100);
  EXPECT_EQ(presses_of(episode, playhouse::kTake), 1);
  EXPECT_NE(episode.ticks.at(0)[0], playhouse::TickInput{});
}

TEST(PlayhouseWindow, HelpEndsARecordedEpisodeWhichBeginsAgainAfterIt) {
  const Xvfb screen;
  const TemporaryFolder folder;
  const std::string keys = (folder.path() / "keys.toml").string();
  WindowProcess window(screen.display(), {"--person", "--scale", "2", "--keys", keys});
  static_cast<void>(window.wait<OpenedEvent>());
  static_cast<void>(window.wait<KeysEvent>());
  window.send(ResetCommand{4, {.family = "go to", .time_limit_s = 60.0}});
  static_cast<void>(window.wait<ReadyEvent>());
  const auto sink = input::create_x11_sink({.display = screen.display()});
  tap_key(*sink, "w");
  tap_key(*sink, "f1");
  const auto verdict = window.wait<VerdictEvent>();
  EXPECT_EQ(verdict.outcome.verdict, Verdict::kAborted);
  EXPECT_EQ(verdict.outcome.reason, kWantedAgain);
  // The page comes a moment later; until then keys are nobody's. It takes Enter and then the new key.
  std::optional<WindowEvent> told;
  for (const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(20); !told;) {
    ASSERT_LT(MonotonicClock::now(), deadline);
    tap_key(*sink, "enter");
    tap_key(*sink, "up");
    told = window.poll_event(MonotonicClock::now() + std::chrono::milliseconds(50));
  }
  EXPECT_EQ(std::get<KeysEvent>(*told).keys.name_of(KeyUse::kForward), "up");
  EXPECT_EQ(load_key_bindings(keys).name_of(KeyUse::kForward), "up");
  tap_key(*sink, "f1");
  EXPECT_TRUE(window.wait<WishEvent>().again);
}

TEST(PlayhouseWindow, APersonWhoLeavesARecordedEpisodeSaysWhatComesNext) {
  const Xvfb screen;
  const TemporaryFolder folder;
  WindowProcess window(screen.display(), {"--person", "--scale", "2", "--keys", folder.path() / "keys.toml"});
  static_cast<void>(window.wait<OpenedEvent>());
  static_cast<void>(window.wait<KeysEvent>());
  const auto sink = input::create_x11_sink({.display = screen.display()});
  for (const char* name : {"r", "f2"}) {
    window.send(ResetCommand{4, {.family = "go to", .time_limit_s = 60.0}});
    static_cast<void>(window.wait<ReadyEvent>());
    tap_key(*sink, name);
    const auto verdict = window.wait<VerdictEvent>();
    EXPECT_EQ(verdict.outcome.verdict, Verdict::kAborted);
    EXPECT_TRUE(verdict.outcome.truncated);
    EXPECT_EQ(verdict.outcome.reason == kWantedAgain, name == std::string("r")) << verdict.outcome.reason;
    EXPECT_THAT(verdict.outcome.reason, testing::HasSubstr("the person"));
    EXPECT_EQ(window.wait<WishEvent>().again, name == std::string("r"));
  }
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
