// A world behind a server is the world at home, bit for bit; its requests can be repeated; its death is noticed.
#include "core/error.h"
#include "envs/remote/wire.h"
#include "tests/envs/remote_fixture.h"
#include "tests/error_of.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace atl::envs::remote {
namespace {

using net::Verb;
using testing::HasSubstr;

using tests::error_of;

TEST_F(RemoteTest, EpisodesAreThoseOfALocalWorldToTheirEnd) {
  const auto world = create_remote_environment(options());
  const auto local = create_playhouse({});
  EXPECT_EQ(world->spec().controls, local->spec().controls);
  EXPECT_EQ(world->spec().phrases, local->spec().phrases);
  EXPECT_EQ(world->spec().facts.counts_per_turn, local->spec().facts.counts_per_turn);
  EXPECT_EQ(world->oracle(), nullptr);
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const std::vector<Action> actions = expert_actions(seed);
    expect_equal(play(*world, seed, actions), play_locally(seed, actions));
    EXPECT_TRUE(world->outcome().is_over());
  }
}

TEST_F(RemoteTest, PicturesAreWrittenWhereTheyAreWanted) {
  const auto world = create_remote_environment(options());
  std::vector<std::uint8_t> pixels(96 * 72 * 4);
  world->render_into(pixels);
  const Observation observation = world->reset(3, {});
  EXPECT_EQ(observation.frame.data, pixels.data());
  const auto local = create_playhouse({});
  EXPECT_EQ(hash_of(observation.frame), hash_of(local->reset(3, {}).frame));
}

TEST_F(RemoteTest, SeveralEnvironmentsOfOneConnectionDoNotMeet) {
  constexpr int kEnvironments = 8;
  std::vector<std::vector<Action>> actions;
  std::vector<Told> told(kEnvironments);
  RemoteWorld world(options(), kEnvironments);
  for (int i = 0; i < kEnvironments; ++i) {
    actions.push_back(expert_actions(static_cast<std::uint64_t>(i)));
    world.send_reset(i, static_cast<std::uint64_t>(i), {});
  }
  for (int running = kEnvironments; running > 0;) {
    const RemoteRow row = world.wait_row();
    const auto i = static_cast<std::size_t>(row.environment);
    note(told[i], row.observation, *row.outcome);
    if (row.is_first) told[i].task = world.task(row.environment);
    if (row.outcome->is_over()) {
      --running;
    } else {
      world.send_step(row.environment, actions[i][row.observation.step]);
    }
  }
  for (std::size_t i = 0; i < kEnvironments; ++i) expect_equal(told[i], play_locally(i, actions[i]));
}

TEST_F(RemoteTest, ARepeatedStepMovesNothingAndGivesTheSameAnswer) {
  net::Client client(options(), "world");
  const net::Answer first = client.ask({.verb = Verb::kReset}, Verb::kObs, net::pack(ResetBody{.seed = 5, .task = {}}));
  const std::uint32_t episode = first.header.episode;
  const net::Bytes forward = net::pack(WireAction{.held = {22}, .presses = {22, 1}});
  const auto step = [&](std::uint64_t tick) {
    return client.ask({.verb = Verb::kStep, .tick = tick, .episode = episode}, Verb::kObs, forward);
  };
  const net::Answer once = step(0);
  const net::Answer again = step(0);
  EXPECT_EQ(once.header.tick, 1U);
  EXPECT_EQ(again.header.tick, 1U);
  EXPECT_NE(once.header.request_id, again.header.request_id) << "each request has a reply of its own";
  EXPECT_TRUE(std::equal(once.body().begin(), once.body().end(), again.body().begin(), again.body().end()));
  EXPECT_TRUE(std::equal(once.buffers()[0].begin(), once.buffers()[0].end(), again.buffers()[0].begin()));
  EXPECT_EQ(step(1).header.tick, 2U);
  EXPECT_THAT(error_of([&] { step(0); }), HasSubstr("STEP at tick 0, expected 2, or the one before again"));
  EXPECT_THAT(error_of([&] { step(3); }), HasSubstr("STEP at tick 3, expected 2"));
  static_cast<void>(client.ask({.verb = Verb::kReset}, Verb::kObs));
  EXPECT_THAT(error_of([&] { step(0); }), HasSubstr("in episode 1, the present one is 2"))
      << "a step of the old episode";
}

TEST_F(RemoteTest, RefusalsOfTheWorldAreItsOwnWords) {
  const auto world = create_remote_environment(options());
  Task task;
  task.family = "juggle";
  EXPECT_THAT(error_of([&] { static_cast<void>(world->reset(1, task)); }), HasSubstr("juggle"));
  EXPECT_TRUE(world->outcome().truncated);
  EXPECT_THAT(error_of([&] { static_cast<void>(world->step({})); }), HasSubstr("outside an episode"));
  static_cast<void>(world->reset(1, {}));
  EXPECT_FALSE(world->outcome().is_over()) << "the next episode is as any";
}

TEST_F(RemoteTest, WhatTheWorldDoesNotOfferIsSaid) {
  net::Client client(options(), "world");
  static_cast<void>(client.ask({.verb = Verb::kSpec}, Verb::kSpec));
  EXPECT_THAT(error_of([&] { static_cast<void>(client.ask({.verb = Verb::kSend}, Verb::kObs)); }),
              HasSubstr("SEND is not offered by this world, expected SPEC, RESET, STEP, OUTCOME, SNAPSHOT, RESTORE"));
  EXPECT_THAT(error_of([&] { static_cast<void>(client.ask({.verb = Verb::kSnapshot}, Verb::kSnapshot)); }),
              HasSubstr("SNAPSHOT before RESET"));
  EXPECT_THAT(error_of([&] { static_cast<void>(client.ask({.verb = Verb::kSpec, .agent_id = 1}, Verb::kSpec)); }),
              HasSubstr("agent_id 1"));
  EXPECT_THAT(error_of([&] { static_cast<void>(client.ask({.verb = Verb::kStep}, Verb::kObs)); }),
              HasSubstr("STEP before RESET"));
}

TEST_F(RemoteTest, AClientThatVanishesInAnEpisodeFreesItsEnvironments) {
  const auto stays = create_remote_environment(options());
  const std::vector<Action> actions = expert_actions(9);
  {
    net::Dealer dealer({server_.address(), std::nullopt});
    for (const Verb verb : {Verb::kHello, Verb::kReset}) {
      static_cast<void>(dealer.send({{.verb = verb}}));
      ASSERT_TRUE(dealer.wait_receive(MonotonicClock::now() + std::chrono::minutes(1)));
    }
  }
  const Timestamp deadline = MonotonicClock::now() + std::chrono::minutes(1);
  while (server_.statistics().clients_lost == 0 && MonotonicClock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(server_.statistics().clients_lost, 1U);
  EXPECT_EQ(server_.statistics().lanes, 1);
  expect_equal(play(*stays, 9, actions), play_locally(9, actions));
}

// A server in a child process.
class ServerProcess {
 public:
  explicit ServerProcess(const std::string& address = "tcp://127.0.0.1:*") {
    int ends[2];
    const char* folder = std::getenv("ATOLL_BIN");
    ATOLL_CHECK(folder != nullptr, "ATOLL_BIN is not set; run the test through ctest");
    const std::string program = std::string(folder) + "/atoll_test_remote_server";
    ATOLL_CHECK(pipe(ends) == 0, "no pipe");
    pid_ = fork();
    ATOLL_CHECK(pid_ >= 0, "no process");
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      execl(program.c_str(), program.c_str(), address.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    std::FILE* out = fdopen(ends[0], "r");
    char line[256];
    ATOLL_CHECK(std::fgets(line, sizeof line, out) != nullptr, "{} said nothing", program);
    address_ = line;
    address_.pop_back();
    std::fclose(out);
  }
  ~ServerProcess() { end(SIGKILL); }
  void end(int signal) {
    if (pid_ <= 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  pid_t pid_ = -1;
  std::string address_;
};

TEST(RemoteDeath, AServerThatIsKilledIsAnErrorWithinTheHeartbeatTime) {
  ServerProcess server;
  const auto world = create_remote_environment({.address = server.address()});
  static_cast<void>(world->reset(1, {}));
  static_cast<void>(world->step({}));
  server.end(SIGKILL);
  const Timestamp begin = MonotonicClock::now();
  EXPECT_THAT(error_of([&] { static_cast<void>(world->step({})); }), HasSubstr("has been silent for"));
  const Duration taken = MonotonicClock::now() - begin;
  EXPECT_GE(taken, net::kSilence);
  EXPECT_LT(taken, net::kSilence + std::chrono::seconds(5));  // the machine may be busy
  EXPECT_TRUE(world->outcome().truncated);
  EXPECT_EQ(world->outcome().verdict, Verdict::kAborted);
  EXPECT_THAT(world->outcome().reason, HasSubstr(server.address()));
}

TEST(RemoteDeath, AServerThatIsStartedAgainServesTheNextEpisode) {
  auto server = std::make_unique<ServerProcess>();
  const std::string address = server->address();
  const auto world = create_remote_environment({.address = address, .silence = std::chrono::seconds(2)});
  static_cast<void>(world->reset(1, {}));
  server->end(SIGKILL);
  EXPECT_THAT(error_of([&] { static_cast<void>(world->step({})); }), HasSubstr("silent"));
  server = std::make_unique<ServerProcess>(address);
  const std::vector<Action> actions = expert_actions(2);
  expect_equal(play(*world, 2, actions), play_locally(2, actions));
}

TEST(RemoteDeath, AServerThatIsStoppedByASignalEndsNormally) {
  ServerProcess server;
  const auto world = create_remote_environment({.address = server.address()});
  static_cast<void>(world->reset(1, {}));
  server.end(SIGTERM);
  EXPECT_THAT(error_of([&] { static_cast<void>(world->step({})); }), HasSubstr("silent"));
}

}  // namespace
}  // namespace atl::envs::remote
