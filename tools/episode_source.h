// Which episodes a command runs: seeds, task families in equal parts, words.
#pragma once

#include "envs/seeds.h"
#include "evaluation/suite.h"
#include "session/episode.h"
#include "tools/worlds.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace atl::tools {

struct EpisodeSource {
  envs::SeedRange range = envs::SeedRange::kTraining;
  std::uint64_t first = 0;            // index in the range
  std::vector<std::string> families;  // episode i asks for family i modulo their number; empty: the world's choice
  std::string instruction;            // empty: phrased by the world
  std::string target;                 // what is asked for, by the world's name; empty: drawn, or what the words mean
  std::optional<std::string> told{};  // what the player is told instead; task and judge stay
  double time_limit_s = 0.0;          // 0: the world's own
  std::string split = "train";        // or the held-out set that tasks are drawn from
  std::optional<evaluation::Suite> suite{};  // its rows by turns, on the starts and with the players' randomness of
                                             // `atoll eval`; then `range`, `families` and `split` mean nothing

  /// Episode `index` of the run. The player draws from a stream of its own.
  [[nodiscard]] session::EpisodeRequest request(std::uint64_t index) const;

 private:
  [[nodiscard]] session::EpisodeRequest request_of_suite(std::uint64_t index) const;
};

/// The families that were asked for, or all of the world's that have tasks of `split`. Throws Error(kUsage) naming the
/// nearest for an unknown one, and those that have such tasks where one has none. A world that cannot tell what can be
/// drawn there (WorldEntry::splits) is believed to offer it if it is behind a server, and no held-out sets otherwise.
[[nodiscard]] std::vector<std::string> choose_families(const WorldEntry& world, const std::vector<std::string>& asked,
                                                       const std::string& split = "train");

/// Where `world` is Playhouse and words or a target are given: throws Error(kUsage) with what its parser says (the
/// nearest that it understands) if they mean nothing there; words that mean nothing are free where there is a target.
/// Without `families_asked` the episodes are of the family that is meant: source.families is emptied.
void settle_words(const WorldEntry& world, bool families_asked, EpisodeSource& source);

/// A live world cannot tell what it draws from the seed; of Playhouse in a window it is known from the start on.
/// Returns `request` with every field of the task filled in, or unchanged for other worlds.
[[nodiscard]] session::EpisodeRequest resolve_request(const std::string& live_world, session::EpisodeRequest request);

}  // namespace atl::tools
