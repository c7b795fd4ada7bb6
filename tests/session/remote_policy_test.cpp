// A policy behind a server is the policy at home; whatever is wrong with it is said, and nothing waits for ever.
#include "session/remote_policy.h"

#include "core/error.h"
#include "core/random.h"
#include "session/policy_player.h"
#include "session/policy_server.h"
#include "session/policy_wire.h"
#include "session/stepped_session.h"
#include "tests/error_of.h"
#include "tests/session/counting_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

namespace atl::session {
namespace {

using testing::HasSubstr;

using tests::error_of;

PolicyContract contract_of_counting() {
  PolicyContract contract;
  contract.frame_width_px = 8;
  contract.frame_height_px = 8;
  contract.controls = {"space", "a"};
  contract.wheel_max = 2;
  contract.pointer = "patches";
  return contract;
}

// Draws from its seed and from all that it is shown, so that any difference of either shows.
class DrawingPolicy final : public agent::Policy {
 public:
  DrawingPolicy(const PolicyContract& contract, double counts_per_turn)
      : contract_(contract), counts_per_turn_(counts_per_turn) {}
  [[nodiscard]] const PolicyContract& contract() const override { return contract_; }
  void reset(std::uint64_t seed) override { random_ = Random(seed); }
  [[nodiscard]] agent::PolicyAnswer act(ImageView frame, std::string_view instruction,
                                        const ControlSet& held_before) override {
    if (instruction.find("fail") != std::string_view::npos) throw Error(ErrorKind::kContract, "cannot do that");
    std::uint64_t seen = hash_pixels(frame) ^ std::hash<std::string_view>{}(instruction) ^ held_before.count();
    agent::PolicyAnswer answer;
    ControlSet held = held_before;
    for (int i = 0; i < num_actions; ++i) {
      seen = mix_bits(seen ^ random_());
      Action action;
      if (seen % 4 == 0) tap(action, control_named(pressed));
      if (seen % 8 == 1) hold(action, control_named("a"), held);
      action.dx = static_cast<int>(seen % 100) - 50;
      action.dy = static_cast<int>(counts_per_turn_);
      if (seen % 3 == 0) action.pointer = PointerPosition{static_cast<int>(seen % 8), static_cast<int>(seen / 8 % 8)};
      action.wheel = static_cast<int>(seen % 5) - 2;
      if (change) change(action);
      held = action.held;
      answer.chunk.push_back(action);
    }
    answer.goal_probability = 0.25;
    return answer;
  }

  int num_actions = 8;
  std::string pressed = "space";
  std::function<void(Action&)> change{};

 private:
  PolicyContract contract_;
  double counts_per_turn_;
  Random random_{0};
};

class PolicyServerTest : public testing::Test {
 protected:
  void start(std::function<void(DrawingPolicy&)> change = {}) {
    ServedPolicy policy{"drawing", contract_of_counting(), [change](double counts_per_turn) {
                          auto made = std::make_unique<DrawingPolicy>(contract_of_counting(), counts_per_turn);
                          if (change) change(*made);
                          return made;
                        }};
    server_ = std::make_unique<net::Server>(policy_service(std::move(policy)), net::ServerOptions{});
    thread_ = std::thread([this] { server_->run([this] { return stop_.load(); }); });
  }
  ~PolicyServerTest() override {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::unique_ptr<agent::Policy> connect() const {
    return create_remote_policy({.address = server_->address()}, 720.0);
  }

  std::atomic<bool> stop_{false};
  std::unique_ptr<net::Server> server_;
  std::thread thread_;
};

TEST_F(PolicyServerTest, PlaysAsAtHome) {
  start();
  const auto play = [](std::unique_ptr<agent::Policy> policy, std::uint64_t seed) {
    session_test::CountingWorld world;
    envs::EnvironmentSpec spec = world.spec();
    spec.facts.cursor = "drawn";
    PolicyPlayer player(std::move(policy), "drawing", spec);
    static_cast<void>(run_episode(world, player, {.seed = seed, .player_seed = seed + 7}));
    return world.taken;
  };
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const std::vector<Action> local = play(std::make_unique<DrawingPolicy>(contract_of_counting(), 720.0), seed);
    EXPECT_GT(local.size(), 2U);
    EXPECT_EQ(play(connect(), seed), local);
  }
  EXPECT_EQ(connect()->contract(), contract_of_counting());
}

TEST_F(PolicyServerTest, TwoOfOneServerHaveMindsOfTheirOwn) {
  start();
  const auto first = connect();
  const auto second = connect();
  DrawingPolicy local(contract_of_counting(), 720.0);
  const Frame frame = make_frame({8, 8});
  first->reset(1);
  second->reset(2);
  local.reset(1);
  for (int i = 0; i < 5; ++i) {
    const std::vector<Action> expected = local.act(frame.view(), "go", {}).chunk;
    EXPECT_EQ(first->act(frame.view(), "go", {}).chunk, expected);
    EXPECT_NE(second->act(frame.view(), "go", {}).chunk, expected);
  }
}

TEST_F(PolicyServerTest, AnotherWorldIsRefusedWithBothSides) {
  start();
  session_test::CountingWorld world;
  envs::EnvironmentSpec other = world.spec();
  other.action_rate_hz = 30.0;
  EXPECT_THAT(error_of([&] { PolicyPlayer player(connect(), "drawing", other); }),
              HasSubstr("action_rate_hz: 15 (policy) and 30 (world)"));
}

TEST_F(PolicyServerTest, WhatThePolicyThrowsIsSaid) {
  start();
  const auto policy = connect();
  policy->reset(1);
  const Frame frame = make_frame({8, 8});
  EXPECT_THAT(error_of([&] { static_cast<void>(policy->act(frame.view(), "fail", {})); }), HasSubstr("cannot do that"));
  EXPECT_EQ(policy->act(frame.view(), "go", {}).chunk.size(), 8U) << "the next question is as any";
  const Frame large = make_frame({9, 8});
  EXPECT_THAT(error_of([&] { static_cast<void>(policy->act(large.view(), "go", {})); }), HasSubstr("expected 8x8"));
}

TEST_F(PolicyServerTest, AnswersAgainstTheContractAreRefused) {
  start([](DrawingPolicy& policy) { policy.num_actions = 5; });
  const auto policy = connect();
  policy->reset(1);
  const Frame frame = make_frame({8, 8});
  EXPECT_THAT(error_of([&] { static_cast<void>(policy->act(frame.view(), "go", {})); }),
              HasSubstr("answered with 5 actions, its contract says 8"));
}

TEST_F(PolicyServerTest, ControlsBeyondTheContractAreRefused) {
  start([](DrawingPolicy& policy) { policy.pressed = "f12"; });
  const auto policy = connect();
  policy->reset(1);
  const Frame frame = make_frame({8, 8});
  EXPECT_THAT(error_of([&] {
                for (int i = 0; i < 20; ++i) static_cast<void>(policy->act(frame.view(), "go", {}));
              }),
              HasSubstr("presses f12, its contract names space a"));
}

TEST_F(PolicyServerTest, MotionBeyondTheContractIsRefused) {
  start([](DrawingPolicy& policy) { policy.change = [](Action& action) { action.pointer = PointerPosition{3, 8}; }; });
  const Frame frame = make_frame({8, 8});
  const auto answer_of = [&](agent::Policy& policy) {
    policy.reset(1);
    return error_of([&] { static_cast<void>(policy.act(frame.view(), "go", {})); });
  };
  EXPECT_THAT(answer_of(*connect()), HasSubstr("sets the pointer to 3, 8; its contract says pointer = \"patches\" and "
                                               "pictures of 8x8 px"));
}

TEST_F(PolicyServerTest, ATurnBeyondTheContractIsRefused) {
  start([](DrawingPolicy& policy) { policy.change = [](Action& action) { action.wheel = -3; }; });
  const auto policy = connect();
  policy->reset(1);
  const Frame frame = make_frame({8, 8});
  EXPECT_THAT(error_of([&] { static_cast<void>(policy->act(frame.view(), "go", {})); }),
              HasSubstr("turns the wheel by -3, its contract says wheel_max = 2"));
}

TEST_F(PolicyServerTest, BadQuestionsAreRefusedByTheServer) {
  start();
  net::Client client({.address = server_->address()}, "policy");
  const auto ask = [&](const net::Header& header, net::Part body = {}, std::span<const net::Part> buffers = {}) {
    return error_of([&] { static_cast<void>(client.ask(header, net::Verb::kSend, body, buffers)); });
  };
  static_cast<void>(client.ask({.verb = net::Verb::kSpec}, net::Verb::kSpec));
  EXPECT_THAT(ask({.verb = net::Verb::kObs}), HasSubstr("OBS before SPEC and RESET"));
  static_cast<void>(client.ask({.verb = net::Verb::kReset}, net::Verb::kReset));
  EXPECT_THAT(ask({.verb = net::Verb::kObs, .episode = 1}), HasSubstr("0 bytes of picture, expected 256 (8x8 px"));
  EXPECT_THAT(ask({.verb = net::Verb::kObs, .tick = 2, .episode = 1}), HasSubstr("tick 2, expected 0"));
  EXPECT_THAT(ask({.verb = net::Verb::kObs, .episode = 5}), HasSubstr("episode 5, the present one is 1"));
  EXPECT_THAT(ask({.verb = net::Verb::kStep}), HasSubstr("STEP is not offered by a policy"));
}

}  // namespace
}  // namespace atl::session
