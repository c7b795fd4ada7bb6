// Two players in one house, through the interfaces that everybody uses: each moves, each sees, alone or in a pool.
#include "core/error.h"
#include "core/frame.h"
#include "envs/oracle.h"
#include "envs/players.h"
#include "envs/playhouse/playhouse.h"
#include "envs/pool.h"
#include "envs/seeds.h"
#include "tests/envs/random_hands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

namespace atl::envs {
namespace {

using playhouse::PlayerInputs;
using playhouse::RandomHands;

using Pair = std::array<Action, 2>;
using Pictures = std::array<std::uint64_t, 2>;  // hashes, by player

const PlayhouseOptions kPair{.frame = {96, 72}, .episode = {.level = "pair"}};

std::uint64_t seed_of(std::uint64_t index) { return seed_in(SeedRange::kDevelopment, index); }

Pictures look(SteppedEnvironment& world) {
  std::vector<std::uint8_t> pixels(std::size_t{96} * 72 * kBytesPerPixel);
  Pictures seen{};
  for (std::size_t p = 0; p < seen.size(); ++p) seen[p] = hash_pixels(world.players()->observe_as(p, pixels).frame);
  return seen;
}

// An episode of two experts that play like people: what both did and saw.
struct Played {
  std::vector<Pair> actions;
  std::vector<Pictures> pictures;  // at the start and after each step
  std::uint64_t state = 0;
  Outcome outcome;
};

Played play_pair(std::uint64_t seed, const Task& task) {
  const auto world = create_playhouse(kPair);
  world->reset(seed, task);
  Played played;
  played.pictures.push_back(look(*world));
  const ExpertStyle style{.noise = 0.03, .detour = 0.1, .reaction_steps = 1};
  const auto first = world->oracle()->create_expert_for(0, seed, style);
  const auto second = world->oracle()->create_expert_for(1, seed + 1, style);
  while (!world->outcome().is_over()) {
    const Pair& pair = played.actions.emplace_back(Pair{first->next(), second->next()});
    world->players()->step_all(pair);
    played.pictures.push_back(look(*world));
  }
  played.state = world->oracle()->state_hash();
  played.outcome = world->outcome();
  return played;
}

TEST(PlayhousePair, BothViewsDifferAndEachIsWhatItsReplayAloneGives) {
  for (std::uint64_t i = 0; i < 6; ++i) {
    const Played played = play_pair(seed_of(i), {});
    // The pair as a log of ticks, replayed without the stepped world, once for each player's eyes.
    std::vector<PlayerInputs> log;
    std::array<std::uint16_t, 2> held{};
    for (const Pair& pair : played.actions) {
      const std::size_t begin = log.size();
      log.resize(begin + playhouse::kTicksPerStep);
      for (std::size_t p = 0; p < pair.size(); ++p) {
        const auto ticks = playhouse::ticks_of(pair[p], held[p]);
        for (std::size_t t = 0; t < ticks.size(); ++t) log[begin + t][p] = ticks[t];
        held[p] = ticks.back().held;
      }
    }
    for (std::size_t player = 0; player < 2; ++player) {
      std::map<int, std::uint64_t> seen;  // by tick
      const auto visit = [&](int tick, ImageView picture) { seen[tick] = hash_pixels(picture); };
      playhouse::ReplayEnd end;
      // The judge may have decided before the last step's end.
      for (std::vector<PlayerInputs> rest = log;; rest.pop_back()) {
        ASSERT_GT(rest.size() + playhouse::kTicksPerStep, log.size()) << "the replay ends too early";
        try {
          end = playhouse::replay_ticks(kPair, seed_of(i), {}, rest, visit, player);
          break;
        } catch (const Error& error) {
          ASSERT_THAT(error.what(), testing::HasSubstr("but the episode ended"));
        }
      }
      EXPECT_EQ(end.state_hash, played.state);
      EXPECT_EQ(end.outcome.reason, played.outcome.reason);
      int num_equal_views = 0;
      for (std::size_t step = 0; step < played.pictures.size(); ++step) {
        const int tick = std::min(static_cast<int>(step) * playhouse::kTicksPerStep, end.num_ticks);
        EXPECT_EQ(played.pictures[step][player], seen.at(tick)) << "player " << player << " after step " << step;
        num_equal_views += played.pictures[step][0] == played.pictures[step][1];
      }
      EXPECT_EQ(num_equal_views, 0) << "two players never see the same";
    }
  }
}

TEST(PlayhousePair, LookingChangesNothing) {
  const auto looking = create_playhouse(kPair);
  const auto blind = create_playhouse(kPair);
  looking->reset(seed_of(3), {});
  blind->reset(seed_of(3), {});
  std::array<RandomHands, 2> hands{RandomHands(1), RandomHands(2)};
  std::vector<std::uint8_t> pixels(std::size_t{96} * 72 * kBytesPerPixel);
  for (int i = 0; i < 60 && !blind->outcome().is_over(); ++i) {
    const Pair pair{hands[0].next(), hands[1].next()};
    const Observation seen = looking->players()->step_all(pair);
    const std::uint64_t picture = hash_pixels(seen.frame);
    const Observation second = looking->players()->observe_as(1, pixels);
    EXPECT_EQ(second.frame.data, pixels.data());
    EXPECT_EQ(second.instruction, seen.instruction);
    EXPECT_EQ(second.step, seen.step);
    EXPECT_EQ(second.time, seen.time);
    EXPECT_EQ(hash_pixels(seen.frame), picture) << "the first one's picture stays";
    EXPECT_EQ(hash_pixels(looking->players()->observe_as(0, pixels).frame), picture);
    EXPECT_EQ(hash_pixels(blind->players()->step_all(pair).frame), picture);
    EXPECT_EQ(looking->oracle()->state_hash(), blind->oracle()->state_hash());
  }
}

TEST(PlayhousePair, WithoutTheSecondOnesActionItStandsStill) {
  const auto world = create_playhouse(kPair);
  const auto twin = create_playhouse(kPair);
  world->reset(seed_of(4), {});
  twin->reset(seed_of(4), {});
  RandomHands hands(7);
  for (int i = 0; i < 40 && !world->outcome().is_over(); ++i) {
    const Action action = hands.next();
    world->step(action);
    twin->players()->step_all(Pair{action, {}});
    EXPECT_EQ(world->oracle()->state_hash(), twin->oracle()->state_hash());
  }
}

TEST(PlayhousePair, OneLevelHasTwoPlayersAndTheOthersOne) {
  for (const playhouse::Level& level : playhouse::levels()) {
    const auto world = create_playhouse({.frame = {96, 72}, .episode = {.level = std::string(level.name)}});
    EXPECT_EQ(world->spec().num_players, level.name == "pair" ? 2 : 1) << level.name;
    ASSERT_NE(world->players(), nullptr);
  }
}

TEST(PlayhousePair, MisuseIsRefused) {
  const auto world = create_playhouse(kPair);
  std::vector<std::uint8_t> pixels(std::size_t{96} * 72 * kBytesPerPixel);
  EXPECT_THROW(world->players()->step_all(Pair{}), Error);
  EXPECT_THROW(world->players()->observe_as(0, pixels), Error);
  world->reset(seed_of(1), {});
  EXPECT_THROW(world->players()->step_all(std::vector<Action>(1)), Error);
  EXPECT_THROW(world->players()->step_all(std::vector<Action>(3)), Error);
  EXPECT_THROW(world->players()->observe_as(2, pixels), Error);
  EXPECT_THROW(world->players()->observe_as(1, std::span(pixels).first(96 * 72)), Error);
  EXPECT_THROW(static_cast<void>(world->oracle()->create_expert_for(2, 1, {})), Error);
  EnvironmentPool pool([] { return create_playhouse(kPair); }, {.num_environments = 1, .batch_size = 1});
  pool.send_reset(0, seed_of(1), {});
  static_cast<void>(pool.recv());
  EXPECT_THROW(pool.send_step_all(0, std::vector<Action>(1)), Error);
  pool.send_step_all(0, Pair{});
  EXPECT_EQ(pool.recv().rows[0].observation.step, 1u);
}

class PairPool : public testing::TestWithParam<int> {};  // threads

TEST_P(PairPool, EpisodesAreThoseOfTheSteppedWorldBitForBit) {
  constexpr std::uint64_t kEpisodes = 9;
  std::vector<Played> expected;
  for (std::uint64_t i = 0; i < kEpisodes; ++i) expected.push_back(play_pair(seed_of(i), {}));
  EnvironmentPool pool([] { return create_playhouse(kPair); },
                       {.num_environments = 3, .batch_size = 1, .num_threads = GetParam()});
  EXPECT_EQ(pool.spec().num_players, 2);
  std::vector<std::vector<Pictures>> seen(kEpisodes);
  std::array<std::size_t, 3> episode_of{};
  std::size_t next = 0;
  int under_way = 0;
  const auto begin_next = [&](int environment) {
    if (next == kEpisodes) return;
    episode_of[static_cast<std::size_t>(environment)] = next;
    pool.send_reset(environment, seed_of(next++), {});
    ++under_way;
  };
  for (int i = 0; i < 3; ++i) begin_next(i);
  while (under_way > 0) {
    const PoolBatch batch = pool.recv();
    --under_way;
    const PoolRow& row = batch.rows[0];
    ASSERT_EQ(batch.pixels.size(), std::size_t{2} * 96 * 72 * kBytesPerPixel);
    EXPECT_EQ(row.frame_of(0).data, batch.pixels.data());
    EXPECT_EQ(row.frame_of(1).data, batch.pixels.data() + batch.pixels.size() / 2);
    const std::size_t episode = episode_of[static_cast<std::size_t>(row.environment)];
    seen[episode].push_back({hash_pixels(row.frame_of(0)), hash_pixels(row.frame_of(1))});
    if (row.outcome.is_over()) {
      EXPECT_EQ(row.outcome.reason, expected[episode].outcome.reason);
      EXPECT_EQ(pool.environment(row.environment)->oracle()->state_hash(), expected[episode].state);
      begin_next(row.environment);
    } else {
      pool.send_step_all(row.environment, expected[episode].actions.at(row.observation.step));
      ++under_way;
    }
  }
  for (std::size_t i = 0; i < kEpisodes; ++i) EXPECT_EQ(seen[i], expected[i].pictures) << "episode " << i;
  EXPECT_EQ(pool.num_aborted(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Threads, PairPool, testing::Values(1, 2));

TEST(PlayhousePairPool, WithoutTheSecondOnesActionItStandsStill) {
  EnvironmentPool pool([] { return create_playhouse(kPair); }, {.num_environments = 1, .batch_size = 1});
  const auto world = create_playhouse(kPair);
  world->reset(seed_of(2), {});
  pool.send_reset(0, seed_of(2), {});
  static_cast<void>(pool.recv());
  std::array<RandomHands, 2> hands{RandomHands(3), RandomHands(4)};
  for (int i = 0; i < 40 && !world->outcome().is_over(); ++i) {
    // By turns, so that nothing of an earlier step may be left in the slot.
    const Pair pair{hands[0].next(), hands[1].next()};
    if (i % 2 == 0) {
      pool.send_step_all(0, pair);
      world->players()->step_all(pair);
    } else {
      pool.send_step(0, pair[0]);
      world->step(pair[0]);
    }
    const PoolBatch batch = pool.recv();
    const Pictures expected = look(*world);
    EXPECT_EQ(hash_pixels(batch.rows[0].frame_of(0)), expected[0]);
    EXPECT_EQ(hash_pixels(batch.rows[0].frame_of(1)), expected[1]);
  }
}

}  // namespace
}  // namespace atl::envs
