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

constexpr double kRateHz = 15.0;

LiveGameConfig on_own_display() {
  LiveGameConfig config;
  config.action_rate_hz = kRateHz;
  config.display = DisplayChoice::kVirtual;
  return config;
}

// `hands` as in a profile's [[trials]].
Outcome ask(LiveGame& world, const std::string& instruction, const std::string& hands, double wait_s = 4.0) {
  return play_hands(world, 0, instruction, {hands}, wait_s);
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
    const Outcome taken = ask(world, "take the rocket launcher", "w 30");
    EXPECT_EQ(taken.verdict, Verdict::kSuccess);
    EXPECT_EQ(taken.object, "weapon_rocketlauncher");
    pid = world.game_pid();
    EXPECT_EQ(ask(world, "jump", "space 3").verdict, Verdict::kSuccess);
    EXPECT_FALSE(ask(world, "jump", "a 5", 1).is_over());
    EXPECT_EQ(ask(world, "fire your weapon", "mouse_left 4").verdict, Verdict::kSuccess);
    EXPECT_FALSE(ask(world, "fire ten shots", "mouse_left 2", 1).is_over());
    EXPECT_EQ(ask(world, "change your weapon without firing", "1 2").verdict, Verdict::kSuccess);
    EXPECT_EQ(ask(world, "turn right", "- 18 30 0").verdict, Verdict::kSuccess);
    EXPECT_EQ(ask(world, "turn left", "- 18 30 0").verdict, Verdict::kWrongObject);
    EXPECT_EQ(ask(world, "look up", "- 10 0 -16").verdict, Verdict::kSuccess);
    EXPECT_EQ(ask(world, "look down", "- 10 0 -16").verdict, Verdict::kWrongObject);
    EXPECT_EQ(world.game_pid(), pid) << "it stays from one episode to the next";
  }
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(Games, NeverballTellsHowTheBallRolled) {
  const std::string forward = "- 10 0 -40";
  {
    LiveGame world(at_place("neverball", 5), on_own_display());  // a floor with holes
    EXPECT_EQ(ask(world, "let the ball fall off", forward, 15).verdict, Verdict::kSuccess);
    EXPECT_EQ(ask(world, "roll into the goal", forward, 15).verdict, Verdict::kFailed);
  }
  LiveGame world(at_place("neverball", 0), on_own_display());  // coins ahead, to the left
  EXPECT_EQ(ask(world, "collect a coin", "- 10 -4 -20", 10).verdict, Verdict::kSuccess);
  EXPECT_FALSE(ask(world, "collect a coin", "- 1", 2).is_over());
  EXPECT_EQ(ask(world, "keep the ball still", forward, 10).verdict, Verdict::kFailed);
}

TEST(Games, ChromiumBsuTellsWhereTheShipIs) {
  LiveGame world(load_profile("chromium_bsu"), on_own_display());
  EXPECT_EQ(ask(world, "fly to the left edge", "- 10 -25 0").verdict, Verdict::kSuccess);
  EXPECT_FALSE(ask(world, "fly to the left edge", "- 10 25 0", 1).is_over());
  EXPECT_EQ(ask(world, "fly to the bottom", "- 10 0 25").verdict, Verdict::kSuccess);
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
