// SNAPSHOT and RESTORE: going back behind a server is going back at home; what is no snapshot of the episode is refused
// with a reason and harms nothing.
#include "core/error.h"
#include "envs/players.h"
#include "envs/remote/wire.h"
#include "envs/snapshots.h"
#include "tests/envs/remote_fixture.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>

#include <array>

namespace atl::envs::remote {
namespace {

using net::Bytes;
using net::Part;
using net::Verb;
using testing::HasSubstr;

using tests::error_of;

class RemoteSnapshotTest : public RemoteTest {
 protected:
  // A request of this connection as it is, also one that the client would not send.
  static net::Answer ask(net::Client& client, Verb verb, Verb expected, const std::vector<Bytes>& buffers,
                         std::uint32_t episode = 0) {
    const std::vector<Part> parts(buffers.begin(), buffers.end());
    return client.ask({.verb = verb, .episode = episode}, expected, {}, parts);
  }
  static net::Answer reset(net::Client& client, std::uint64_t seed) {
    return client.ask({.verb = Verb::kReset}, Verb::kObs, net::pack(ResetBody{.seed = seed, .task = {}}));
  }
};

TEST_F(RemoteSnapshotTest, GoingBackGivesWhatTheEpisodeGave) {
  const auto world = create_remote_environment(options());
  const auto local = create_playhouse({});
  ASSERT_NE(world->snapshots(), nullptr);
  EXPECT_EQ(world->spec().snapshot_bytes, local->spec().snapshot_bytes);
  const std::vector<Action> actions = expert_actions(3);
  const std::size_t cut = actions.size() / 2;
  static_cast<void>(world->reset(3, {}));
  static_cast<void>(local->reset(3, {}));
  for (std::size_t i = 0; i < cut; ++i) {
    static_cast<void>(world->step(actions[i]));
    static_cast<void>(local->step(actions[i]));
  }
  const std::vector<std::uint8_t> saved = world->snapshots()->save();
  EXPECT_EQ(saved, local->snapshots()->save()) << "the same bytes on both sides";
  for (int round = 0; round < 3; ++round) {
    const Observation back = world->snapshots()->restore(saved);
    const Observation local_back = local->snapshots()->restore(saved);
    EXPECT_EQ(back.step, cut);
    EXPECT_EQ(back.time, local_back.time);
    EXPECT_EQ(back.instruction, local_back.instruction);
    EXPECT_EQ(hash_of(back.frame), hash_of(local_back.frame));
    EXPECT_FALSE(world->outcome().is_over()) << "the second round begins after the end";
    for (std::size_t i = cut; i < actions.size(); ++i)
      EXPECT_EQ(hash_of(world->step(actions[i]).frame), hash_of(local->step(actions[i]).frame)) << "step " << i;
    EXPECT_TRUE(world->outcome().is_over());
    EXPECT_EQ(world->outcome().reason, local->outcome().reason);
  }
}

TEST_F(RemoteSnapshotTest, SnapshotsOfOneConnectionOverlap) {
  RemoteWorld world(options(), 2);
  for (int i = 0; i < 2; ++i) world.send_reset(i, static_cast<std::uint64_t>(i), {});
  for (int i = 0; i < 2; ++i) static_cast<void>(world.wait_row());
  std::array<std::vector<std::uint8_t>, 2> saved;
  for (int i = 0; i < 2; ++i) world.send_save(i);
  for (int i = 0; i < 2; ++i) {
    const RemoteRow row = world.wait_row();
    saved[static_cast<std::size_t>(row.environment)].assign(row.snapshot.begin(), row.snapshot.end());
  }
  EXPECT_NE(saved[0], saved[1]);
  // Each other's: both are refused, and both go on.
  for (int i = 0; i < 2; ++i) world.send_restore(i, saved[static_cast<std::size_t>(1 - i)]);
  for (int i = 0; i < 2; ++i)
    EXPECT_THAT(error_of([&] { static_cast<void>(world.wait_row()); }), HasSubstr("snapshot of seed"));
  for (int i = 0; i < 2; ++i) world.send_restore(i, saved[static_cast<std::size_t>(i)]);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(world.wait_row().observation.step, 0U);
  for (int i = 0; i < 2; ++i) world.send_step(i, {});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(world.wait_row().observation.step, 1U);
}

TEST_F(RemoteSnapshotTest, AStepThatWasOnItsWayWhenTheWorldWentBackIsRefused) {
  net::Client client(options(), "world");
  const std::uint32_t episode = reset(client, 5).header.episode;
  const net::Answer saved = ask(client, Verb::kSnapshot, Verb::kSnapshot, {});
  EXPECT_EQ(saved.header.episode, episode);
  const Bytes bytes(saved.buffers()[0].begin(), saved.buffers()[0].end());
  const net::Answer back = ask(client, Verb::kRestore, Verb::kObs, {bytes});
  EXPECT_EQ(back.header.episode, episode + 1);
  const Bytes still = net::pack(WireAction{});
  const auto step = [&](std::uint32_t of) {
    return client.ask({.verb = Verb::kStep, .tick = 0, .episode = of}, Verb::kObs, still);
  };
  EXPECT_THAT(error_of([&] { static_cast<void>(step(episode)); }),
              HasSubstr("STEP in episode 1, the present one is 2"));
  EXPECT_EQ(step(episode + 1).header.tick, 1U);
}

TEST_F(RemoteSnapshotTest, WhatIsNoSnapshotIsRefusedAndTheEpisodeGoesOn) {
  net::Client client(options(), "world");
  const auto refusal = [&](Verb verb, const std::vector<Bytes>& buffers) {
    return error_of([&] { static_cast<void>(ask(client, verb, Verb::kObs, buffers)); });
  };
  EXPECT_THAT(refusal(Verb::kRestore, {Bytes(100)}), HasSubstr("env_id 0, which is not there"));
  static_cast<void>(client.ask({.verb = Verb::kSpec}, Verb::kSpec));
  EXPECT_THAT(refusal(Verb::kRestore, {Bytes(100)}), HasSubstr("RESTORE before RESET"));
  const std::uint32_t episode = reset(client, 7).header.episode;
  const net::Answer saved = ask(client, Verb::kSnapshot, Verb::kSnapshot, {});
  const Bytes good(saved.buffers()[0].begin(), saved.buffers()[0].end());
  Bytes cut = good;
  cut.pop_back();
  Bytes changed = good;
  changed[200] ^= 1;
  Bytes grown = good;
  grown.push_back(0);
  Bytes newer = good;
  newer[4] = 200;
  EXPECT_THAT(refusal(Verb::kRestore, {}), HasSubstr("RESTORE has 2 parts, expected 3"));
  EXPECT_THAT(refusal(Verb::kRestore, {Bytes(100)}), HasSubstr("do not begin with \"ATSN\""));
  EXPECT_THAT(refusal(Verb::kRestore, {cut}), HasSubstr("it was cut or something was added"));
  EXPECT_THAT(refusal(Verb::kRestore, {changed}), HasSubstr("it was changed"));
  EXPECT_THAT(refusal(Verb::kRestore, {newer}), HasSubstr("snapshot of format 200, this Atoll reads 2"));
  EXPECT_THAT(refusal(Verb::kRestore, {grown}), HasSubstr("bytes, expected at most"));
  EXPECT_THAT(refusal(Verb::kRestore, {Bytes(900000)}), HasSubstr("900000 bytes, expected at most"));
  EXPECT_THAT(refusal(Verb::kSnapshot, {good}), HasSubstr("the message has 3 parts, SNAPSHOT has 2"));
  // None of them moved it.
  const net::Answer after =
      client.ask({.verb = Verb::kStep, .tick = 0, .episode = episode}, Verb::kObs, net::pack(WireAction{}));
  EXPECT_EQ(after.header.tick, 1U);
}

TEST(RemotePair, TheSecondPlayerStandsStill) {
  std::atomic<bool> stop{false};
  const PlayhouseOptions pair{.episode = {.level = "pair"}};
  net::Server server(environment_service([&] { return create_playhouse(pair); }), {});
  std::thread thread([&] { server.run([&] { return stop.load(); }); });
  {
    const auto world = create_remote_environment({.address = server.address()});
    const auto local = create_playhouse(pair);
    EXPECT_EQ(world->spec().num_players, 1);
    EXPECT_EQ(world->players(), nullptr);
    EXPECT_EQ(hash_of(world->reset(4, {}).frame), hash_of(local->reset(4, {}).frame));
    const auto expert = local->oracle()->create_expert(1, {});
    for (int i = 0; i < 30 && !local->outcome().is_over(); ++i) {
      const Action action = expert->next();
      const std::uint64_t seen = hash_of(local->players()->step_all(std::array<Action, 2>{action, {}}).frame);
      EXPECT_EQ(hash_of(world->step(action).frame), seen);
    }
  }
  stop = true;
  thread.join();
}

}  // namespace
}  // namespace atl::envs::remote
