// Episodes for the referee to judge: at every level, of every family and split, played by the expert, by one like a
// person, by experts who were told something else or whose hands slip, and by random keys. All of it follows from an
// index.
#pragma once

#include "envs/playhouse/episode.h"
#include "tests/envs/house_referee.h"

#include <cstdint>
#include <optional>
#include <string>

namespace atl::envs::playhouse::referee {

enum class Hands : std::uint8_t {
  kExpert,
  kLikeAPerson,
  kToldElse,  // the expert at a mission about something else, then at the right one
  kSlipping,  // the expert, now and then with random keys instead
  kRandom,
};
inline constexpr std::array<std::string_view, 5> kHandsNames{"expert", "like a person", "told something else",
                                                             "slipping", "random keys"};

/// An episode from start to verdict, as the world judged it.
struct Game {
  std::uint64_t index = 0;
  std::uint64_t seed = 0;
  std::string level;
  Hands hands = Hands::kExpert;
  Episode episode;
  History history;
  Verdict verdict = Verdict::kRunning;
  int tick = 0;
  Entity object;
};

/// What is played, and how.
struct Plan {
  std::string level = "flat";
  std::string family{};
  std::string split = "train";
  std::string target{};  // a mission's name, instead of the one drawn
  Hands hands = Hands::kExpert;
  int limit_ticks = 0;  // 0: the family's; else that or this, whichever is shorter
};
/// The plan of an index: every level, family, split and kind of hands; more sequences and seldom verbs than are drawn.
[[nodiscard]] Plan plan_of(std::uint64_t index);

/// The game of a plan, with the development seed `index`; nothing where the level has none of the family in the split.
[[nodiscard]] std::optional<Game> play(const Plan& plan, std::uint64_t index);

/// `mission` with another thing, place, room, ... that can be asked for in the same start; nothing after many tries.
[[nodiscard]] std::optional<Mission> something_else(const House& house, const State& start, const Mission& mission,
                                                    Random& random);

}  // namespace atl::envs::playhouse::referee
