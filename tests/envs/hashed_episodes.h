// Episodes of every level, folded into numbers that no machine, compiler, sanitizer or number of threads may change.
#pragma once

#include <array>
#include <cstdint>
#include <ostream>
#include <string_view>

namespace atl::envs::playhouse {

/// The worlds that are hashed: every level, one of them in another look.
inline constexpr std::array<std::string_view, 5> kHashedWorlds{"playhouse", "playhouse/flat,reskin=5",
                                                               "playhouse/house", "playhouse/full", "playhouse/pair"};

/// Of every picture of every player, every state and every verdict. Half of the episodes are played by random hands (of
/// the world alone: these change with the world's version), half by experts, clean ones and some like people.
struct EpisodesHash {
  std::uint64_t by_hands = 0;
  std::uint64_t by_experts = 0;
  std::int64_t steps = 0;
  friend bool operator==(const EpisodesHash&, const EpisodesHash&) = default;
};
/// For gtest, as it would be written here.
inline void PrintTo(const EpisodesHash& hash, std::ostream* out) {
  *out << "{" << hash.by_hands << "u, " << hash.by_experts << "u, " << hash.steps << "}";
}

/// Plays the first `num_episodes` episodes, the same number in each of kHashedWorlds, through pools of `num_threads`.
/// Throws Error(kEnvironment) if one could not be played.
[[nodiscard]] EpisodesHash hash_episodes(int num_episodes, int num_threads);

/// What hash_episodes gives for 100 and 1,000 episodes. The second number and the steps follow the experts, which are
/// no part of the world: a change of theirs fills them in anew from what the failing test prints. The first number
/// changes only with the world's version.
inline constexpr EpisodesHash kHashOf100{12727042928382958949u, 3411410388709800502u, 10702};
inline constexpr EpisodesHash kHashOf1000{2371256166790614042u, 14860587058351960128u, 120921};

}  // namespace atl::envs::playhouse
