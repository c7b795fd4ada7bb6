#include "core/error.h"
#include "session/demo_player.h"
#include "session/expert_player.h"
#include "session/policy_player.h"
#include "session/stepped_session.h"
#include "session/takeover_player.h"
#include "session/trace.h"
#include "tests/error_of.h"
#include "tests/session/counting_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace atl::session {
namespace {

using session_test::CountingWorld;
using testing::HasSubstr;

PolicyContract small_contract() {
  PolicyContract contract;
  contract.frame_width_px = 8;
  contract.frame_height_px = 6;
  contract.controls = {"space", "a"};
  contract.delay_steps = 2;
  return contract;
}

// Holds "a" and reports what it was shown.
class WatchingPolicy final : public agent::Policy {
 public:
  struct Seen {
    FrameSize size;
    std::uint8_t blue = 0;
    std::string instruction;
    std::uint64_t seed = 0;
  };
  WatchingPolicy(PolicyContract contract, std::vector<Seen>& seen) : contract_(std::move(contract)), seen_(seen) {}
  [[nodiscard]] const PolicyContract& contract() const override { return contract_; }
  void reset(std::uint64_t seed) override { seed_ = seed; }
  [[nodiscard]] agent::PolicyAnswer act(ImageView frame, std::string_view instruction,
                                        const ControlSet& held_before) override {
    seen_.push_back({frame.size(), frame.data[0], std::string(instruction), seed_});
    agent::PolicyAnswer answer;
    answer.chunk.resize(8);
    ControlSet held = held_before;
    for (Action& action : answer.chunk) {
      hold(action, control_named("a"), held);
      held = action.held;
    }
    return answer;
  }

 private:
  PolicyContract contract_;
  std::vector<Seen>& seen_;
  std::uint64_t seed_ = 0;
};

// Remembers the steps it was asked at; holds one key.
class HoldingPlayer final : public Player {
 public:
  HoldingPlayer(Origin origin, const char* key, PlayerTiming timing, std::vector<std::uint64_t>& asked)
      : origin_(origin), key_(key), timing_(timing), asked_(asked) {}
  [[nodiscard]] std::string name() const override { return key_; }
  [[nodiscard]] Origin origin() const override { return origin_; }
  [[nodiscard]] PlayerTiming timing() const override { return timing_; }
  void begin(std::uint64_t) override {}
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet& held_before) override {
    asked_.push_back(observation.step);
    std::vector<Action> chunk(static_cast<std::size_t>(timing_.actions_per_question) + 4);
    ControlSet held = held_before;
    for (Action& action : chunk) {
      hold(action, control_named(key_), held);
      held = action.held;
    }
    return chunk;
  }

 private:
  Origin origin_;
  const char* key_;
  PlayerTiming timing_;
  std::vector<std::uint64_t>& asked_;
};

TEST(TakeoverPlayer, TheExpertGoesOnWhereTheAgentGotToAndEachStepIsOfWhoDidIt) {
  std::vector<std::uint64_t> agent;
  std::vector<std::uint64_t> expert;
  const auto create = [&](const Takeover& takeover) {
    return TakeoverPlayer(std::make_unique<HoldingPlayer>(Origin::kAgent, "a", PlayerTiming{4, 2}, agent),
                          std::make_unique<HoldingPlayer>(Origin::kExpert, "space", PlayerTiming{}, expert), takeover);
  };
  TakeoverPlayer player = create({.first = 9, .last = 12});
  std::set<std::uint64_t> begins;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    agent.clear();
    expert.clear();
    CountingWorld world({16, 12});
    TraceSink sink;
    const EpisodeResult result = run_episode(world, player, {.seed = 2, .player_seed = seed}, &sink);
    ASSERT_EQ(result.num_steps, 30U);
    ASSERT_FALSE(expert.empty());
    const std::uint64_t taken_over = expert.front();
    begins.insert(taken_over);
    EXPECT_EQ(expert.size(), 30 - taken_over) << "asked before every step";
    EXPECT_EQ(agent, (std::vector<std::uint64_t>{0, 4, 8}));
    for (const datasets::RecordedAction& done : sink.trace.actions) {
      const bool by_expert = done.step >= taken_over;
      ASSERT_EQ(done.origin, by_expert ? Origin::kExpert : Origin::kAgent) << done.step;
      EXPECT_EQ(done.action.is_held(control_named("space")), by_expert) << done.step;
      EXPECT_EQ(done.action.is_held(control_named("a")), !by_expert && done.step >= 2) << done.step << ", delay 2";
    }
  }
  EXPECT_EQ(begins, (std::set<std::uint64_t>{9, 10, 11, 12}));
  EXPECT_EQ(player.name(), "a+space");
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(create({.first = 5, .last = 4})); }),
              HasSubstr("between step 5 and step 4"));
}

TEST(PolicyPlayer, ShowsThePolicyWhatItsContractSays) {
  CountingWorld world({16, 12});
  std::vector<WatchingPolicy::Seen> seen;
  PolicyPlayer player(std::make_unique<WatchingPolicy>(small_contract(), seen), "run-7", world.spec());
  EXPECT_EQ(player.timing().actions_per_question, 4);
  EXPECT_EQ(player.timing().delay_steps, 2);
  EXPECT_EQ(player.name(), "run-7");
  const EpisodeResult result = run_episode(world, player, {.seed = 2, .player_seed = 99});
  EXPECT_EQ(result.num_questions, seen.size());
  ASSERT_EQ(seen.size(), 8u) << "30 steps, a question every 4";
  EXPECT_EQ(seen[3].size, (FrameSize{8, 6}));
  EXPECT_EQ(seen[3].blue, 12) << "the picture of step 12";
  EXPECT_EQ(seen[3].instruction, world.task().instruction);
  EXPECT_EQ(seen[3].seed, 99u);
  EXPECT_EQ(world.taken[1], Action{});
  EXPECT_TRUE(world.taken[2].is_held(control_named("a")));
  int presses = 0;
  for (const Action& action : world.taken) presses += action.num_presses(control_named("a"));
  EXPECT_EQ(presses, 1) << "held over every chunk border";
}

TEST(PolicyPlayer, RefusesAWorldThatDoesNotFitAndPrintsBothSides) {
  CountingWorld world({16, 12});
  envs::EnvironmentSpec spec = world.spec();
  spec.facts.counts_per_turn = 0.0;
  PolicyContract contract = small_contract();
  contract.action_rate_hz = 17.5;
  contract.controls = {"q", "w"};
  contract.frame_width_px = 32;
  try {
    require_fit(contract, "run-7", spec);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kContract);
    EXPECT_THAT(error.what(), HasSubstr("policy run-7 does not fit world counting"));
    EXPECT_THAT(error.what(), HasSubstr("action_rate_hz: 17.5 (policy) and 15 (world)"));
    EXPECT_THAT(error.what(), HasSubstr("q w (policy) and space a d (world), which lacks q w"));
    EXPECT_THAT(error.what(), HasSubstr("frame: 32x6 px (policy) and 16x12 px (world)"));
    EXPECT_THAT(error.what(), HasSubstr("degrees (policy) and unknown counts per turn (world)"));
  }
  EXPECT_NO_THROW(require_fit(small_contract(), "run-7", world.spec()));
}

// Sets the pointer to a place of the picture that it is shown.
class PointingPolicy final : public agent::Policy {
 public:
  PointingPolicy(PolicyContract contract, PointerPosition place) : contract_(std::move(contract)), place_(place) {}
  [[nodiscard]] const PolicyContract& contract() const override { return contract_; }
  void reset(std::uint64_t /*seed*/) override {}
  [[nodiscard]] agent::PolicyAnswer act(ImageView /*frame*/, std::string_view /*instruction*/,
                                        const ControlSet& /*held_before*/) override {
    agent::PolicyAnswer answer;
    answer.chunk.resize(8);
    answer.chunk[0].pointer = place_;
    return answer;
  }

 private:
  PolicyContract contract_;
  PointerPosition place_;
};

TEST(PolicyPlayer, BringsThePointerToTheWorldsPicture) {
  CountingWorld world({16, 18});
  envs::EnvironmentSpec spec = world.spec();
  PolicyContract contract = small_contract();
  contract.delay_steps = 0;
  contract.pointer = "patches";
  const auto player_of = [&](PointerPosition place) {
    return PolicyPlayer(std::make_unique<PointingPolicy>(contract, place), "run-7", spec);
  };
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(player_of({0, 0})); }), HasSubstr("a hidden cursor (world)"));
  spec.facts.cursor = "drawn";
  for (const auto& [place, expected] : {std::pair{PointerPosition{0, 0}, PointerPosition{1, 1}},
                                        std::pair{PointerPosition{7, 5}, PointerPosition{15, 16}},
                                        std::pair{PointerPosition{3, 2}, PointerPosition{7, 7}}}) {
    PolicyPlayer player = player_of(place);
    static_cast<void>(run_episode(world, player, {.seed = 2}));
    EXPECT_EQ(world.taken[0].pointer, expected) << "of 8x6 px, in 16x18";
    EXPECT_FALSE(world.taken[1].pointer) << "it stays";
  }
}

// Agents of several worlds have the controls of all.
TEST(PolicyPlayer, NeverPressesWhatTheWorldLacks) {
  CountingWorld world({16, 12});
  envs::EnvironmentSpec spec = world.spec();
  std::erase(spec.controls, "a");
  std::vector<WatchingPolicy::Seen> seen;
  PolicyPlayer player(std::make_unique<WatchingPolicy>(small_contract(), seen), "run-7", spec);
  static_cast<void>(run_episode(world, player, {.seed = 2}));
  EXPECT_FALSE(seen.empty());
  for (const Action& action : world.taken) EXPECT_EQ(action, Action{}) << "the policy holds a";
}

TEST(DemoPlayer, WithADelayEveryRecordedStepIsStillPlayed) {
  CountingWorld world;
  std::vector<Action> actions(10);
  for (std::size_t i = 0; i < actions.size(); ++i) actions[i].dx = static_cast<int>(i) + 1;
  DemoPlayer demo("demo", actions, {4, 2});
  static_cast<void>(run_episode(world, demo, {.seed = 1}));
  for (std::size_t i = 0; i < 30; ++i) {
    const int expected = i < 2 || i >= 12 ? 0 : static_cast<int>(i) - 1;
    EXPECT_EQ(world.taken[i].dx, expected) << "step " << i;
  }
}

TEST(ExpertPlayer, SameSeedsPlayTheSameEpisode) {
  CountingWorld world;
  ExpertPlayer expert(world, {});
  const EpisodeRequest request{.seed = 11, .player_seed = 12};
  const EpisodeResult first = run_episode(world, expert, request);
  const std::vector<Action> taken = world.taken;
  const EpisodeResult second = run_episode(world, expert, request);
  EXPECT_EQ(world.taken, taken);
  EXPECT_EQ(first.end_hash, second.end_hash);
  EXPECT_EQ(first.latencies_ms.size(), first.num_steps);
}

TEST(ExpertPlayer, RecordingsKeepWhatItSaysWhenThatChanges) {
  CountingWorld world;
  ExpertPlayer expert(world, {});
  EXPECT_EQ(expert.narrator()->doing(), "");
  TraceSink sink;
  const EpisodeResult result = run_episode(world, expert, {.seed = 11, .player_seed = 12}, &sink);
  ASSERT_GE(result.num_steps, 3u);
  std::string last;
  for (std::size_t step = 0; step < world.taken.size(); ++step) {
    const std::string said = world.taken[step].num_presses(control_named("space")) > 0 ? "press space" : "wait";
    EXPECT_EQ(sink.trace.actions[step].doing, said == last ? "" : said) << "step " << step;
    last = said;
  }
}

}  // namespace
}  // namespace atl::session
