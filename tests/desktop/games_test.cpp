// Games that a profile alone describes, played by scripted hands through the guard: what their judges say of what was
// really done, and of what was not.
#include "envs/desktop/game/live_game.h"
#include "envs/desktop/game/trials.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <string>
#include <vector>

namespace atl::envs::desktop {
namespace {

using namespace std::chrono_literals;

constexpr double kRateHz = 15.0;

LiveGameConfig on_own_display() {
  LiveGameConfig config;
  config.action_rate_hz = kRateHz;
  config.display = DisplayChoice::kVirtual;
  return config;
}

// A move: `control` held for each of `steps` steps ("": none), with the mouse moved by dx, dy in each.
struct Move {
  std::string control{};
  int steps = 15;
  int dx = 0;
  int dy = 0;
};

std::vector<Action> actions_of(const Move& hands) {
  Action action;
  if (!hands.control.empty()) action.held.set(static_cast<std::size_t>(index_of(control_named(hands.control))));
  action.dx = hands.dx;
  action.dy = hands.dy;
  return std::vector<Action>(static_cast<std::size_t>(hands.steps), normalise(action, {}));
}

// What the judge says once it has said something, or when `patience_s` after the hands rest are over.
Outcome ask(LiveGame& world, const std::string& words, const std::vector<Move>& script, double patience_s = 4.0) {
  Task task;
  task.instruction = words;
  (void)world.reset(0, task);
  std::uint64_t step = 0;
  Timestamp at = MonotonicClock::now() + 100ms;
  const auto look = [&](Timestamp until) {
    while (MonotonicClock::now() < until && !world.outcome().is_over()) (void)world.observe(until);
  };
  for (const Move& hands : script) {
    world.schedule({step, at, actions_of(hands)});
    step += static_cast<std::uint64_t>(hands.steps) + 1;
    at += from_seconds((hands.steps + 1) / kRateHz);
    look(at);
  }
  look(at + from_seconds(patience_s));
  return world.outcome();
}

GameProfile at_place(const std::string& game, std::size_t place) {
  GameProfile profile = load_profile(game);
  profile.reset.starts = {profile.reset.starts.at(place)};
  return profile;
}

TEST(Games, OpenArenaTellsWhatWasDone) {
  pid_t pid = 0;
  {
    LiveGame world(at_place("openarena", 0), on_own_display());  // a rocket launcher lies ahead
    const Outcome taken = ask(world, "take the rocket launcher", {{.control = "w", .steps = 30}});
    EXPECT_EQ(taken.verdict, Verdict::kSuccess);
    EXPECT_EQ(taken.object, "weapon_rocketlauncher");
    pid = world.game_pid();
    EXPECT_EQ(ask(world, "jump", {{.control = "space", .steps = 3}}).verdict, Verdict::kSuccess);
    EXPECT_FALSE(ask(world, "jump", {{.control = "a", .steps = 5}}, 1).is_over());
    EXPECT_EQ(ask(world, "fire your weapon", {{.control = "mouse_left", .steps = 4}}).verdict, Verdict::kSuccess);
    EXPECT_FALSE(ask(world, "fire ten shots", {{.control = "mouse_left", .steps = 2}}, 1).is_over());
    EXPECT_EQ(ask(world, "change your weapon without firing", {{.control = "1", .steps = 2}}).verdict,
              Verdict::kSuccess);
    EXPECT_EQ(ask(world, "turn right", {{.steps = 18, .dx = 30}}).verdict, Verdict::kSuccess);
    EXPECT_EQ(ask(world, "turn left", {{.steps = 18, .dx = 30}}).verdict, Verdict::kWrongObject);
    EXPECT_EQ(ask(world, "look up", {{.steps = 10, .dy = -16}}).verdict, Verdict::kSuccess);
    EXPECT_EQ(ask(world, "look down", {{.steps = 10, .dy = -16}}).verdict, Verdict::kWrongObject);
    EXPECT_EQ(world.game_pid(), pid) << "it stays from one episode to the next";
  }
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(Games, NeverballTellsHowTheBallRolled) {
  const std::vector<Move> forward = {{.steps = 10, .dy = -40}};
  {
    LiveGame world(at_place("neverball", 5), on_own_display());  // a floor with holes
    EXPECT_EQ(ask(world, "let the ball fall off", forward, 15).verdict, Verdict::kSuccess);
    EXPECT_EQ(ask(world, "roll into the goal", forward, 15).verdict, Verdict::kFailed);
  }
  LiveGame world(at_place("neverball", 0), on_own_display());  // coins ahead, to the left
  EXPECT_EQ(ask(world, "collect a coin", {{.steps = 10, .dx = -4, .dy = -20}}, 10).verdict, Verdict::kSuccess);
  EXPECT_FALSE(ask(world, "collect a coin", {{.steps = 1}}, 2).is_over());
  EXPECT_EQ(ask(world, "keep the ball still", forward, 10).verdict, Verdict::kFailed);
}

TEST(Games, ChromiumBsuTellsWhereTheShipIs) {
  LiveGame world(load_profile("chromium_bsu"), on_own_display());
  EXPECT_EQ(ask(world, "fly to the left edge", {{.steps = 10, .dx = -25}}).verdict, Verdict::kSuccess);
  EXPECT_FALSE(ask(world, "fly to the left edge", {{.steps = 10, .dx = 25}}, 1).is_over());
  EXPECT_EQ(ask(world, "fly to the bottom", {{.steps = 10, .dy = 25}}).verdict, Verdict::kSuccess);
}

// The same trial beside a judge that is right, one that says yes to anything and one that never does.
TEST(Games, TrialsFindTheJudgeThatIsWrong) {
  GameProfile profile = load_profile("chromium_bsu");
  std::erase_if(profile.trials, [](const TrialProfile& t) { return t.instruction != "fly to the left edge"; });
  ASSERT_EQ(profile.trials.size(), 1U);
  const auto tried = [&](const std::vector<std::string>& success) {
    std::vector<TrialResult> results;
    GameProfile changed = profile;
    for (JudgeProfile& judge : changed.judges) {
      if (judge.name == "at the left" && !success.empty()) judge.success = success;
    }
    try_instructions(changed, on_own_display(), [&](const TrialResult& result) { results.push_back(result); });
    return results;
  };
  const auto right = tried({});
  ASSERT_EQ(right.size(), 1U);
  EXPECT_TRUE(right[0].yes_seen() && right[0].no_seen());
  const auto easy = tried({"ship >= 0"});
  ASSERT_EQ(easy.size(), 1U);
  EXPECT_TRUE(easy[0].yes_seen() && !easy[0].no_seen());
  const auto blind = tried({"ship > 1"});
  ASSERT_EQ(blind.size(), 1U);
  EXPECT_TRUE(!blind[0].yes_seen() && blind[0].no_seen());
}

// Each of the instructions has words, a judge, and one that can say yes.
TEST(Games, EachHasTenInstructionsThatAreJudged) {
  for (const char* name : {"neverball", "openarena", "chromium_bsu", "doom"}) {
    const GameProfile profile = load_profile(name);
    EXPECT_GE(all_instructions(profile).size(), 10U) << name;
    for (const InstructionProfile& instruction : profile.instructions)
      EXPECT_FALSE(judge_named(profile, instruction.judge).success.empty()) << name << ": " << instruction.text;
  }
}

}  // namespace
}  // namespace atl::envs::desktop
