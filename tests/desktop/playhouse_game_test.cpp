// Playhouse's window as a live world, beside the stepped one.
#include "capture/window_search.h"
#include "core/resize.h"
#include "envs/desktop/game/live_game.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"
#include "tests/desktop/doom_data.h"
#include "tests/display/person.h"
#include "tests/display/test_window.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace atl::envs::desktop {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr FrameSize kAgentFrame{96, 72};

LiveGameConfig on_own_display() {
  LiveGameConfig config;
  config.display = DisplayChoice::kVirtual;
  config.origin = Origin::kExpert;
  return config;
}

Task pick_up() {
  Task task;
  task.family = "pick up";
  return task;
}

// What a clean expert does in the stepped world, and what comes of it.
struct StepsOfExpert {
  std::string instruction;
  std::uint64_t first_hash = 0;  // of the first picture
  std::vector<Action> actions;
  Outcome outcome;
};

StepsOfExpert play_stepped(std::uint64_t seed, const Task& task) {
  const auto world = create_playhouse({.frame = kAgentFrame, .episode = {}});
  StepsOfExpert steps;
  const Observation first = world->reset(seed, task);
  steps.instruction = first.instruction;
  steps.first_hash = hash_pixels(first.frame);
  const auto expert = world->oracle()->create_expert(1, {});
  while (!world->outcome().is_over()) {
    steps.actions.push_back(expert->next());
    (void)world->step(steps.actions.back());
  }
  steps.outcome = world->outcome();
  return steps;
}

// Plays the actions from the first picture on; chunks of 32, as a session hands them over.
void play_live(LiveEnvironment& world, const std::vector<Action>& actions, Timestamp start) {
  constexpr std::size_t kChunk = 32;
  const Duration period = period_of(world.spec().action_rate_hz);
  for (std::size_t first = 0; first < actions.size() && !world.outcome().is_over(); first += kChunk) {
    const Timestamp begin = start + period * static_cast<std::int64_t>(first);
    while (MonotonicClock::now() < begin - 100ms) (void)world.observe(begin - 100ms);
    const std::size_t end = std::min(actions.size(), first + kChunk);
    world.schedule(
        {first,
         begin,
         {actions.begin() + static_cast<std::ptrdiff_t>(first), actions.begin() + static_cast<std::ptrdiff_t>(end)}});
  }
}

Outcome wait_for_end(LiveEnvironment& world) {
  for (const Timestamp deadline = MonotonicClock::now() + 20s; MonotonicClock::now() < deadline;) {
    (void)world.observe(MonotonicClock::now() + 20ms);
    if (Outcome outcome = world.outcome(); outcome.is_over()) return outcome;
  }
  return {};
}

TEST(PlayhouseGame, DeclaresTheFactsOfTheSteppedWorld) {
  const GameProfile profile = load_profile("playhouse_window");
  const EnvironmentSpec stepped = playhouse_spec({.frame = kAgentFrame, .episode = {}});
  EXPECT_EQ(profile.game.counts_per_turn, stepped.facts.counts_per_turn);
  EXPECT_EQ(profile.game.field_of_view_deg, stepped.facts.field_of_view_deg);
  EXPECT_EQ(profile.game.key_bindings, stepped.facts.key_bindings);
  EXPECT_EQ(profile.game.action_rate_hz, stepped.action_rate_hz);
  EXPECT_EQ(profile.game.controls, stepped.controls);
  EXPECT_EQ(profile.tasks.families, stepped.tasks);
}

TEST(PlayhouseGame, ShowsAndJudgesWhatTheSteppedWorldDoes) {
  constexpr int kAttempts = 5;  // nobody corrects what a busy machine delays: now and then the expert's plan misses
  const std::uint64_t seed = seed_in(SeedRange::kDevelopment, 0);
  Task task = pick_up();
  task.time_limit_s = 15.0;
  const StepsOfExpert expected = play_stepped(seed, task);
  ASSERT_EQ(expected.outcome.verdict, Verdict::kSuccess);

  LiveGame world(load_profile("playhouse_window"), on_own_display());
  Resizer shrunk(kAgentFrame);
  Frame picture = make_frame(kAgentFrame);
  Outcome outcome;
  for (int attempt = 0; attempt < kAttempts && outcome.verdict != Verdict::kSuccess; ++attempt) {
    EXPECT_EQ(world.reset(seed, task), expected.instruction);
    const auto first = world.observe(MonotonicClock::now() + 5s);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->size(), world.spec().frame);
    shrunk.resize(first->view(), picture.pixels);
    EXPECT_EQ(hash_pixels(picture.view()), expected.first_hash);
    play_live(world, expected.actions, first->done + 20ms);
    outcome = wait_for_end(world);
  }
  EXPECT_EQ(outcome.verdict, Verdict::kSuccess) << outcome.reason;
  EXPECT_EQ(outcome.object, expected.outcome.object);
}

TEST(PlayhouseGame, TellsTheTimeout) {
  LiveGame world(load_profile("playhouse_window"), on_own_display());
  Task task = pick_up();
  task.time_limit_s = 0.5;
  (void)world.reset(seed_in(SeedRange::kDevelopment, 0), task);
  EXPECT_EQ(wait_for_end(world).verdict, Verdict::kTimeout);
}

TEST(PlayhouseGame, RefusesATaskInTheWorldsWords) {
  LiveGame world(load_profile("playhouse_window"), on_own_display());
  Task task;
  task.family = "juggle";
  EXPECT_THAT(error_of([&] { (void)world.reset(seed_in(SeedRange::kDevelopment, 0), task); }),
              testing::AllOf(HasSubstr("playhouse-window cannot begin"), HasSubstr("juggle")));
}

TEST(PlayhouseGame, AWindowThatDiesEndsTheEpisodeAndComesBack) {
  LiveGame world(load_profile("playhouse_window"), on_own_display());
  (void)world.reset(seed_in(SeedRange::kDevelopment, 0), pick_up());
  kill(world.game_pid(), SIGKILL);
  const Outcome outcome = wait_for_end(world);
  EXPECT_EQ(outcome.verdict, Verdict::kAborted);
  EXPECT_TRUE(outcome.truncated);
  (void)world.reset(seed_in(SeedRange::kDevelopment, 0), pick_up());
  EXPECT_FALSE(world.outcome().is_over());
}

// Presses of w by the agent; nothing if none came in ten seconds.
bool presses_w(LiveGame& world) {
  Action action;
  hold(action, control_named("w"), {});
  world.schedule({0, MonotonicClock::now() + 20ms, std::vector<Action>(32, action)});
  for (const Timestamp deadline = MonotonicClock::now() + 10s; MonotonicClock::now() < deadline;) {
    (void)world.observe(MonotonicClock::now() + 20ms);
    for (const InputEvent& event : world.events()) {
      if (event.control == control_named("w") && event.pressed && event.origin == Origin::kExpert) return true;
    }
  }
  return false;
}

void press_kill_key(const std::string& display) {
  tests::Person person(display);
  person.press(control_named("f12"));
  person.release(control_named("f12"));
}

TEST(PlayhouseGame, KillKeyEndsTheEpisodeAndIsOverAtTheNextOne) {
  LiveGameConfig config = on_own_display();
  int num_told = 0;
  config.on_kill_key = [&] { ++num_told; };
  LiveGame world(load_profile("playhouse_window"), config);
  (void)world.reset(seed_in(SeedRange::kDevelopment, 0), pick_up());
  const pid_t pid = world.game_pid();
  press_kill_key(world.display());
  const Outcome outcome = wait_for_end(world);
  EXPECT_EQ(outcome.verdict, Verdict::kAborted);
  EXPECT_TRUE(outcome.truncated);
  EXPECT_EQ(outcome.reason, "a person pressed the kill key f12");
  EXPECT_EQ(world.outcome().reason, outcome.reason);
  EXPECT_EQ(num_told, 1);

  (void)world.reset(seed_in(SeedRange::kDevelopment, 1), pick_up());
  EXPECT_EQ(num_told, 1) << "it was told already";
  EXPECT_EQ(world.game_pid(), pid);
  EXPECT_FALSE(world.outcome().is_over());
  EXPECT_TRUE(presses_w(world));
}

TEST(PlayhouseGame, KillKeyBetweenTwoEpisodesIsNotLost) {
  LiveGameConfig config = on_own_display();
  int num_told = 0;
  config.on_kill_key = [&] { ++num_told; };
  LiveGame world(load_profile("playhouse_window"), config);
  (void)world.reset(seed_in(SeedRange::kDevelopment, 0), pick_up());
  press_kill_key(world.display());  // nobody asks for the outcome any more
  const Timestamp deadline = MonotonicClock::now() + 10s;
  const auto is_f12 = [](const InputEvent& event) { return event.control == control_named("f12"); };
  std::vector<InputEvent> events;
  while (std::none_of(events.begin(), events.end(), is_f12) && MonotonicClock::now() < deadline) {
    (void)world.observe(MonotonicClock::now() + 20ms);
    events = world.events();
  }
  (void)world.reset(seed_in(SeedRange::kDevelopment, 1), pick_up());
  EXPECT_EQ(num_told, 1);
}

// The guard that this process started.
pid_t guard_pid() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    pid_t pid = 0;
    pid_t parent = 0;
    std::string name;
    std::string state;
    if (file >> pid >> name >> state >> parent && name == "(atoll_guard)" && parent == getpid()) return pid;
  }
  return 0;
}

TEST(PlayhouseGame, LostGuardEndsTheEpisodeAndANewOneComes) {
  LiveGame world(load_profile("playhouse_window"), on_own_display());
  (void)world.reset(seed_in(SeedRange::kDevelopment, 0), pick_up());
  const pid_t pid = guard_pid();
  ASSERT_GT(pid, 0);
  kill(pid, SIGKILL);
  const Outcome outcome = wait_for_end(world);
  EXPECT_EQ(outcome.verdict, Verdict::kAborted);
  EXPECT_THAT(outcome.reason, HasSubstr("the guard is lost: "));
  (void)world.reset(seed_in(SeedRange::kDevelopment, 1), pick_up());
  EXPECT_FALSE(world.outcome().is_over());
  EXPECT_TRUE(presses_w(world));
}

TEST(PlayhouseGame, WindowThatStaysHasTheFocusAgainAtTheNextEpisode) {
  LiveGame world(load_profile("playhouse_window"), on_own_display());
  (void)world.reset(seed_in(SeedRange::kDevelopment, 0), pick_up());
  const x11::Connection connection(world.display());
  const auto window = capture::wait_window(world.display(), {.pid = world.game_pid()}, MonotonicClock::now() + 10s);
  ASSERT_TRUE(window.has_value());
  tests::TestWindow other(world.display(), {0, 0, 40, 30});
  other.focus();
  EXPECT_FALSE(x11::has_focus(connection, window->id));
  (void)world.reset(seed_in(SeedRange::kDevelopment, 1), pick_up());
  EXPECT_TRUE(x11::has_focus(connection, window->id));
}

}  // namespace
}  // namespace atl::envs::desktop
