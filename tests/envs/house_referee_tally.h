// What the referee said of many games, counted.
#pragma once

#include "tests/envs/house_referee_games.h"

#include <map>
#include <string>
#include <vector>

namespace atl::envs::playhouse::referee {

inline constexpr std::array<std::string_view, kNumVerbs> kVerbNames{
    "look at", "turn left", "turn right", "go to", "walk forward",  "walk back",      "jump",         "enter",
    "find",    "pick up",   "drop",       "put",   "open",          "close",          "turn on",      "turn off",
    "press",   "push",      "stack",      "build", "open the menu", "close the menu", "open the bag", "close the bag",
    "store",   "take out",  "setting",    "give",  "both stand",    "hold open",      "go back"};

/// Compares verdict, tick, object and what the clauses speak of: what each side says where the referee disagrees;
/// nothing where it agrees.
[[nodiscard]] std::string disagreement_about(const Game& game);

/// Ends of one kind of mission.
struct Row {
  std::map<Verdict, int> ends;
  int agreed = 0, disagreed = 0;
};

struct Tally {
  Row all;
  std::map<std::string, Row> by_mission;  // a verb, or how two clauses are joined
  std::map<std::string, Row> by_level, by_split, by_hands;
  std::array<int, kNumVerbs> verbs{};              // missions with the verb in a clause
  std::map<std::uint64_t, std::string> disagreed;  // by index

  void add(const Game& game, const std::string& disagreement);
  void add(const Tally& other);
};

/// Plays and judges the games `first` .. `first + count` - 1, but for those that no level offers, on all cores.
[[nodiscard]] Tally judge_games(std::uint64_t first, std::uint64_t count);

/// Markdown.
[[nodiscard]] std::string to_text(const Tally& tally);

}  // namespace atl::envs::playhouse::referee
