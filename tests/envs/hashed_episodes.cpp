#include "tests/envs/hashed_episodes.h"

#include "core/error.h"
#include "core/frame.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/pool.h"
#include "envs/seeds.h"
#include "tests/envs/random_hands.h"

#include <memory>
#include <string>
#include <vector>

namespace atl::envs::playhouse {
namespace {

constexpr int kEnvironments = 4;
constexpr double kHandsSeconds = 12.0;  // hands know no goal: their episodes end when this is over

// Who plays one episode, for each player.
class Cast {
 public:
  Cast(Oracle& oracle, std::uint64_t episode, std::size_t num_players) {
    for (std::size_t p = 0; p < num_players; ++p) {
      const std::uint64_t seed = derive_seed(episode, p);
      const bool is_clean = episode % 4 == 1;
      if (episode % 2 == 0)
        hands_.emplace_back(seed);
      else
        experts_.push_back(oracle.create_expert_for(
            p, seed, is_clean ? ExpertStyle{} : ExpertStyle{.noise = 0.03, .detour = 0.1, .reaction_steps = 2}));
    }
  }

  [[nodiscard]] std::vector<Action> next() {
    std::vector<Action> actions;
    for (RandomHands& hands : hands_) actions.push_back(hands.next());
    for (const std::unique_ptr<Expert>& expert : experts_) actions.push_back(expert->next());
    return actions;
  }

 private:
  std::vector<RandomHands> hands_;
  std::vector<std::unique_ptr<Expert>> experts_;
};

struct Seat {
  std::size_t episode = 0;
  std::unique_ptr<Cast> cast;
};

void mix_into(std::uint64_t& hash, std::uint64_t value) { hash = mix_bits(hash ^ value); }

// The hash of each episode of one world.
std::vector<std::uint64_t> hash_world(std::string_view name, int num_episodes, int num_threads, std::int64_t& steps) {
  const PlayhouseOptions options{.frame = {96, 72}, .episode = playhouse_named(name)};
  EnvironmentPool pool([&] { return create_playhouse(options); },
                       {.num_environments = kEnvironments, .batch_size = 1, .num_threads = num_threads});
  const auto num_players = static_cast<std::size_t>(pool.spec().num_players);
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(num_episodes));
  std::vector<Seat> seats(kEnvironments);
  std::size_t next = 0;
  int under_way = 0;
  const auto begin_next = [&](int environment) {
    if (next == hashes.size()) return;
    Task task;
    if (next % 2 == 0) task.time_limit_s = kHandsSeconds;
    seats[static_cast<std::size_t>(environment)] = {next, nullptr};
    pool.send_reset(environment, seed_in(SeedRange::kDevelopment, next), task);
    ++next;
    ++under_way;
  };
  for (int i = 0; i < kEnvironments; ++i) begin_next(i);
  while (under_way > 0) {
    const PoolRow& row = pool.recv().rows[0];
    --under_way;
    Seat& seat = seats[static_cast<std::size_t>(row.environment)];
    if (row.outcome.verdict == Verdict::kAborted)
      fail(ErrorKind::kEnvironment, "episode {} of {}: {}", seat.episode, name, row.outcome.reason);
    std::uint64_t& hash = hashes[seat.episode];
    Oracle& oracle = *pool.environment(row.environment)->oracle();
    if (row.is_first) seat.cast = std::make_unique<Cast>(oracle, seat.episode, num_players);
    for (std::size_t p = 0; p < num_players; ++p) mix_into(hash, hash_pixels(row.frame_of(p)));
    mix_into(hash, oracle.state_hash());
    mix_into(hash, static_cast<std::uint64_t>(row.outcome.verdict));
    if (row.outcome.is_over()) {
      seat.cast.reset();
      begin_next(row.environment);
    } else {
      pool.send_step_all(row.environment, seat.cast->next());
      ++under_way;
      ++steps;
    }
  }
  return hashes;
}

}  // namespace

EpisodesHash hash_episodes(int num_episodes, int num_threads) {
  constexpr int kWorlds = static_cast<int>(kHashedWorlds.size());
  ATOLL_CHECK(num_episodes % kWorlds == 0, "{} episodes in {} worlds, expected as many in each", num_episodes, kWorlds);
  EpisodesHash all;
  for (const std::string_view name : kHashedWorlds) {
    const std::vector<std::uint64_t> hashes = hash_world(name, num_episodes / kWorlds, num_threads, all.steps);
    for (std::size_t i = 0; i < hashes.size(); ++i) mix_into(i % 2 == 0 ? all.by_hands : all.by_experts, hashes[i]);
  }
  return all;
}

}  // namespace atl::envs::playhouse
