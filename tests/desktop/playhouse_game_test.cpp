// Playhouse's window as a live world, beside the stepped one.
#include "core/resize.h"
#include "envs/desktop/game/live_game.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>
#include <signal.h>

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
  const auto world = create_playhouse({.frame = kAgentFrame});
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
  const EnvironmentSpec stepped = playhouse_spec({.frame = kAgentFrame});
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
  task.time_limit_s = 6.0;
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

}  // namespace
}  // namespace atl::envs::desktop
