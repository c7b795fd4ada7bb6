// The checked-in scenarios give the same bits as on the machine where they were written; the file says what it means,
// and nothing else is taken for one.
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "core/text.h"
#include "envs/playhouse/action_text.h"
#include "envs/playhouse/scenario.h"
#include "tests/envs/random_hands.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

using testing::HasSubstr;

std::vector<std::filesystem::path> checked_in() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator("tests/envs/scenarios"))
    if (entry.path().extension() == ".toml") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(PlayhouseScenarios, CheckedInOnesReplayBitForBit) {
  const std::vector<std::filesystem::path> paths = checked_in();
  EXPECT_GE(paths.size(), 12u);
  for (const std::filesystem::path& path : paths) {
    const Scenario scenario = read_scenario(path);
    EXPECT_THAT(differences(scenario), testing::IsEmpty()) << path;
  }
}

using tests::error_of;

// Random hands in a pair: every field of an action, both players.
Scenario random_scenario(int steps) {
  Scenario scenario;
  scenario.world = "playhouse/pair,reskin=3";
  scenario.seed = 77;
  scenario.frame = {97, 71};
  scenario.task.family = "together";
  scenario.task.time_limit_s = 60;
  std::array<RandomHands, 2> hands{RandomHands(5), RandomHands(6)};
  for (int i = 0; i < steps; ++i) scenario.steps.push_back({hands[0].next(), hands[1].next()});
  return scenario;
}

TEST(PlayhouseScenario, AFileSaysWhatItWasMadeOf) {
  Scenario scenario = random_scenario(75);
  prove(scenario);
  ASSERT_EQ(scenario.checkpoints.size(), 4u);
  EXPECT_EQ(scenario.checkpoints.back().step, 75);
  EXPECT_EQ(scenario.checkpoints.back().pictures.size(), 2u);
  const std::string text = to_text(scenario);
  const Scenario read = parse_scenario(text, "a.toml");
  EXPECT_EQ(read.world, scenario.world);
  EXPECT_EQ(read.seed, scenario.seed);
  EXPECT_EQ(read.frame, scenario.frame);
  EXPECT_EQ(read.task.family, "together");
  EXPECT_EQ(read.task.time_limit_s, 60.0);
  EXPECT_EQ(read.steps, scenario.steps);
  EXPECT_EQ(read.checkpoints, scenario.checkpoints);
  EXPECT_EQ(read.verdict, scenario.verdict);
  EXPECT_EQ(to_text(read), text);
  EXPECT_THAT(differences(read), testing::IsEmpty());
}

TEST(PlayhouseScenario, WhatDiffersIsNamedAtTheFirstStepWhereItDoes) {
  Scenario scenario = random_scenario(75);
  prove(scenario);
  Scenario changed = scenario;
  changed.checkpoints[2].state ^= 1;
  changed.checkpoints[3].state ^= 1;
  EXPECT_THAT(differences(changed),
              testing::ElementsAre(HasSubstr("state at step 60: "), HasSubstr("all was equal up to step 30")));
  changed = scenario;
  changed.checkpoints[0].pictures[1] ^= 1;
  EXPECT_THAT(differences(changed), testing::ElementsAre(HasSubstr("picture of player 1 at step 0: ")));
  changed = scenario;
  changed.steps[33][1].dx += 1;
  EXPECT_THAT(differences(changed), testing::Contains(HasSubstr("state at step 60: ")));
  changed = scenario;
  changed.verdict = Verdict::kSuccess;
  EXPECT_THAT(differences(changed), testing::ElementsAre("verdict at step 75: running, expected success"));
  changed = scenario;
  changed.seed += 1;
  EXPECT_THAT(differences(changed), testing::Contains(HasSubstr("state at step 0: ")));
}

TEST(PlayhouseScenario, StepsBehindTheEndOfTheEpisodeAreRefused) {
  Scenario scenario = random_scenario(40);
  scenario.task.time_limit_s = 1.0;
  EXPECT_THAT(error_of([&] { prove(scenario); }), HasSubstr("but the episode ended after 15 (time ran out"));
}

TEST(PlayhouseScenario, WhatIsWrongInAFileIsNamed) {
  Scenario scenario = random_scenario(2);
  scenario.steps = {{Action{}, Action{}}, {Action{}, Action{}}};
  prove(scenario);
  const std::string good = to_text(scenario);
  EXPECT_EQ(parse_scenario(good, "a.toml").steps.size(), 2u);
  const auto problem = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " is not in\n" << good;
    if (at == std::string::npos) return std::string();
    text.replace(at, from.size(), to);
    return error_of([&] { static_cast<void>(parse_scenario(text, "a.toml")); });
  };
  EXPECT_THAT(problem("version = 1", "version = 9"), HasSubstr("version is 9, expected 1 to 1"));
  EXPECT_THAT(problem("playhouse/pair,reskin=3", "playhouse/palace"), HasSubstr("palace"));
  EXPECT_THAT(problem("playhouse/pair,reskin=3", "doom"), HasSubstr("world is \"doom\""));
  EXPECT_THAT(problem("verdict = ", "verdikt = "), HasSubstr("verdikt"));
  EXPECT_THAT(problem("running", "walking"), HasSubstr("verdict is \"walking\""));
  EXPECT_THAT(problem("2* - | -", "3* - | -"), HasSubstr("prefix.actions has 2 steps and more, prefix.steps says 2"));
  EXPECT_THAT(problem("2* - | -", "- | -"), HasSubstr("prefix.actions has 1 steps, prefix.steps says 2"));
  EXPECT_THAT(problem("2* - | -", "0* - | -"), HasSubstr("expected 2 to 1000000 before \"*\""));
  EXPECT_THAT(problem("2* - | -", "- | -; -"), HasSubstr("step 1, \"-\": 1 actions for 2 players"));
  EXPECT_THAT(problem("2* - | -", "- | - | -; - | -"), HasSubstr("more actions than 2 players"));
  EXPECT_THAT(problem("2* - | -", "- | -; jump | -"), HasSubstr("\"jump\": no key, button"));
  EXPECT_THAT(problem("2* - | -", "- | -; w w | -"), HasSubstr("\"w\": its key is named twice"));
  const std::string state = to_hex(scenario.checkpoints[0].state);
  EXPECT_THAT(problem(state, state.substr(1)), HasSubstr("expected 16 lower-case hexadecimal digits"));
  EXPECT_THAT(problem("step = 2", "step = 1"), HasSubstr("the last at the cut, step 2"));
  EXPECT_THAT(problem("step = 2", "step = 0"), HasSubstr("step is 0, expected more than 0"));
}

TEST(PlayhouseActionText, EveryActionHasATextThatMeansItAlone) {
  RandomHands hands(8);
  ControlSet held;
  Random random(4);
  for (int i = 0; i < 5000; ++i) {
    Action action = hands.next();
    // What hands do not do: any control, presses of all numbers, held without a press.
    if (i % 3 == 0) {
      const auto control = static_cast<std::size_t>(random.below(kNumControls));
      action.held.set(control, random.chance(1, 2));
      action.presses[control] = static_cast<std::uint8_t>(random.below(kMaxPresses + 1));
    }
    const std::string text = text_of(action, held);
    EXPECT_EQ(action_of(text, held), action) << text;
    held = action.held;
  }
  EXPECT_EQ(text_of({}, held), "-");
}

TEST(PlayhouseActionText, IsShortWhereItCanBe) {
  ControlSet held;
  Action action;
  hold(action, control_named("w"), held);
  tap(action, control_named("e"));
  action.dx = 12;
  action.dy = -3;
  EXPECT_EQ(text_of(action, held), "e:1 w x=12 y=-3");
  EXPECT_EQ(action_of("w", {}).num_presses(control_named("w")), 1);
  EXPECT_EQ(action_of("w", action.held).num_presses(control_named("w")), 0);
  EXPECT_EQ(action_of("w+0", {}).num_presses(control_named("w")), 0);
}

TEST(PlayhouseActionText, WhatIsWrongIsNamed) {
  const auto problem = [](std::string_view text) { return error_of([&] { static_cast<void>(action_of(text, {})); }); };
  EXPECT_THAT(problem(""), HasSubstr("expected words with one space between them"));
  EXPECT_THAT(problem("w  a"), HasSubstr("expected words with one space between them"));
  EXPECT_THAT(problem("x=one"), HasSubstr("expected a whole number after \"x=\""));
  EXPECT_THAT(problem("x=1 x=2"), HasSubstr("\"x\" is said twice"));
  EXPECT_THAT(problem("x=99999999999"), HasSubstr("expected a whole number"));
  EXPECT_THAT(problem("e:0"), HasSubstr("expected 1 to 3 presses"));
  EXPECT_THAT(problem("e:4"), HasSubstr("expected 1 to 3 presses"));
  EXPECT_THAT(problem("e+4"), HasSubstr("expected 0 to 3 presses"));
  EXPECT_THAT(problem("e:"), HasSubstr("expected 1 to 3 presses"));
  EXPECT_THAT(problem("fly"), HasSubstr("\"fly\": no key"));
  Action pointing;
  pointing.pointer = PointerPosition{3, 4};
  EXPECT_THAT(error_of([&] { static_cast<void>(text_of(pointing, {})); }), HasSubstr("a pointer at 3, 4"));
}

}  // namespace
}  // namespace atl::envs::playhouse
