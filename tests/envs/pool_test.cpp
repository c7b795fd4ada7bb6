#include "envs/pool.h"

#include "core/error.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>

namespace atl::envs {
namespace {

// What an episode showed, frame by frame.
struct Seen {
  std::vector<std::uint64_t> frames;
  std::string reason;
  friend bool operator==(const Seen&, const Seen&) = default;
};

std::vector<Action> expert_actions(std::uint64_t seed, Seen& seen) {
  const auto world = create_playhouse({});
  std::vector<Action> actions;
  seen.frames.push_back(hash_pixels(world->reset(seed, {}).frame));
  const auto expert = world->oracle()->create_expert(seed, {.noise = 0.05, .detour = 0.0, .reaction_steps = 1});
  while (!world->outcome().is_over()) {
    actions.push_back(expert->next());
    seen.frames.push_back(hash_pixels(world->step(actions.back()).frame));
  }
  seen.reason = world->outcome().reason;
  return actions;
}

class EnvironmentPoolTest : public testing::TestWithParam<PoolOptions> {};

TEST_P(EnvironmentPoolTest, EpisodesAreThoseOfSingleEnvironmentsToTheirEnd) {
  constexpr std::uint64_t kEpisodes = 24;
  std::vector<Seen> expected(kEpisodes);
  std::vector<std::vector<Action>> actions;
  for (std::uint64_t seed = 0; seed < kEpisodes; ++seed) actions.push_back(expert_actions(seed, expected[seed]));

  EnvironmentPool pool([] { return create_playhouse({}); }, GetParam());
  std::vector<Seen> seen(kEpisodes);
  std::vector<std::uint64_t> episode_of(static_cast<std::size_t>(GetParam().num_environments));
  std::vector<std::size_t> step_of(episode_of.size());
  std::uint64_t next_episode = 0;
  std::uint64_t finished = 0;
  int in_flight = 0;
  const auto send = [&](int environment, bool is_over) {
    const auto i = static_cast<std::size_t>(environment);
    if (is_over) {
      // Seeds beyond the last keep the pool full to the end.
      episode_of[i] = next_episode++;
      step_of[i] = 0;
      pool.send_reset(environment, episode_of[i], {});
    } else {
      const std::uint64_t episode = episode_of[i];
      pool.send_step(environment, episode < kEpisodes ? actions[episode][step_of[i]++] : Action{});
    }
    ++in_flight;
  };
  for (int i = 0; i < GetParam().num_environments; ++i) send(i, true);
  while (finished < kEpisodes) {
    const PoolBatch batch = pool.recv();
    in_flight -= static_cast<int>(batch.rows.size());
    ASSERT_EQ(batch.rows.size(), static_cast<std::size_t>(GetParam().batch_size));
    for (std::size_t row = 0; row < batch.rows.size(); ++row) {
      const PoolRow& r = batch.rows[row];
      EXPECT_EQ(r.observation.frame.data, batch.pixels.data() + row * 96 * 72 * 4) << "pixels lie elsewhere";
      const std::uint64_t episode = episode_of[static_cast<std::size_t>(r.environment)];
      if (episode < kEpisodes) {
        seen[episode].frames.push_back(hash_pixels(r.observation.frame));
        if (r.outcome.is_over()) {
          seen[episode].reason = r.outcome.reason;
          ++finished;
        }
      }
    }
    for (const PoolRow& r : batch.rows) send(r.environment, r.outcome.is_over());
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(pool.num_aborted(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Sizes, EnvironmentPoolTest,
                         testing::Values(PoolOptions{.num_environments = 1, .batch_size = 1, .num_threads = 1},
                                         PoolOptions{.num_environments = 5, .batch_size = 2, .num_threads = 1},
                                         PoolOptions{.num_environments = 5, .batch_size = 2, .num_threads = 2},
                                         PoolOptions{.num_environments = 4, .batch_size = 4, .num_threads = 3},
                                         PoolOptions{.num_environments = 7, .batch_size = 3, .num_threads = 4}));

// A Playhouse that breaks at a chosen step: the injected fault of these tests.
class Breaking final : public SteppedEnvironment {
 public:
  explicit Breaking(int good_steps) : world_(create_playhouse({})), left_(good_steps) {}
  const EnvironmentSpec& spec() const override { return world_->spec(); }
  Observation reset(std::uint64_t seed, const Task& task) override { return world_->reset(seed, task); }
  const Task& task() const override { return world_->task(); }
  Observation step(const Action& action) override {
    if (left_-- == 0) fail(ErrorKind::kEnvironment, "the game went away");
    return world_->step(action);
  }
  const Outcome& outcome() const override { return world_->outcome(); }
  void render_into(std::span<std::uint8_t> pixels) override { world_->render_into(pixels); }
  envs::Oracle* oracle() override { return world_->oracle(); }

 private:
  std::unique_ptr<SteppedEnvironment> world_;
  int left_;
};

TEST(EnvironmentPool, AnExceptionIsATruncatedRowAndTheEnvironmentIsReplaced) {
  std::atomic<int> made{0};
  EnvironmentPool pool([&] { return std::make_unique<Breaking>(++made == 1 ? 3 : 1000); },
                       {.num_environments = 2, .batch_size = 2, .num_threads = 2});
  for (int i = 0; i < 2; ++i) pool.send_reset(i, 7, {});
  std::map<int, int> aborted;
  for (int round = 0; round < 10; ++round) {
    for (const PoolRow& row : pool.recv().rows) {
      if (!row.outcome.is_over()) {
        pool.send_step(row.environment, {});
        continue;
      }
      ++aborted[row.environment];
      EXPECT_TRUE(row.outcome.truncated);
      EXPECT_FALSE(row.outcome.terminated);
      EXPECT_EQ(row.outcome.verdict, Verdict::kAborted);
      EXPECT_EQ(row.outcome.reason, "the game went away");
      EXPECT_EQ(row.observation.frame.size(), (FrameSize{96, 72}));
      EXPECT_EQ(pool.environment(row.environment), nullptr);
      EXPECT_THROW(pool.send_step(row.environment, {}), Error);
      pool.send_reset(row.environment, 8, {});
    }
  }
  EXPECT_EQ(aborted, (std::map<int, int>{{0, 1}}));
  EXPECT_EQ(pool.num_aborted(), 1u);
  EXPECT_EQ(made, 3);
}

TEST(EnvironmentPool, ATaskThatCannotBeIsAnAbortedRowWithItsReason) {
  EnvironmentPool pool([] { return create_playhouse({}); }, {.num_environments = 1, .batch_size = 1});
  pool.send_reset(0, 1, {.family = "fly to"});
  const PoolBatch batch = pool.recv();
  EXPECT_EQ(batch.rows[0].outcome.verdict, Verdict::kAborted);
  EXPECT_THAT(batch.rows[0].outcome.reason, testing::HasSubstr("unknown task family \"fly to\""));
  EXPECT_TRUE(std::all_of(batch.pixels.begin(), batch.pixels.end(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST(EnvironmentPool, MisuseIsRefused) {
  const auto make = [] { return create_playhouse({}); };
  EXPECT_THROW(EnvironmentPool(make, {.num_environments = 2, .batch_size = 3}), Error);
  EXPECT_THROW(EnvironmentPool(make, {.num_environments = 0, .batch_size = 0}), Error);
  EXPECT_THROW(EnvironmentPool(make, {.num_environments = 2, .batch_size = 2, .num_threads = 0}), Error);
  EnvironmentPool pool(make, {.num_environments = 2, .batch_size = 2, .num_threads = 1});
  EXPECT_THROW(pool.send_step(0, {}), Error);      // no episode yet
  EXPECT_THROW(pool.send_reset(2, 1, {}), Error);  // no such environment
  EXPECT_THROW(pool.send_reset(-1, 1, {}), Error);
  EXPECT_THROW(static_cast<void>(pool.recv()), Error);  // would wait for ever
  pool.send_reset(0, 1, {});
  EXPECT_THROW(pool.send_reset(0, 1, {}), Error);  // in the pool's hands
  EXPECT_THROW(static_cast<void>(pool.environment(0)), Error);
  EXPECT_THROW(static_cast<void>(pool.recv()), Error);
  pool.send_reset(1, 1, {});
  EXPECT_EQ(pool.recv().rows.size(), 2u);
  EXPECT_NE(pool.environment(0)->oracle(), nullptr);
}

TEST(EnvironmentPool, EndsWhileWorkIsUnderWay) {
  EnvironmentPool pool([] { return create_playhouse({}); }, {.num_environments = 8, .batch_size = 2, .num_threads = 2});
  for (int i = 0; i < 8; ++i) pool.send_reset(i, 1, {});
}

}  // namespace
}  // namespace atl::envs
