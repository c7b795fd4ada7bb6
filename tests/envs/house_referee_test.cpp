// The judge against the referee, at the end of thousands of episodes, and the referee against histories that were
// tampered with.
//
// As a command (tools/studies/referee.sh): ATOLL_REFEREE_EPISODES=50000 ATOLL_REFEREE_OUT=FILE plays that many ends and
// writes the table; ATOLL_REFEREE_FIRST=INDEX ATOLL_REFEREE_EPISODES=1 plays a single one again.
#include "envs/playhouse/grammar.h"
#include "tests/envs/house_referee_tally.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

namespace atl::envs::playhouse::referee {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Runs of games until there are `wanted` ends; some indices mean nothing at their level.
Tally judge_ends(std::uint64_t first, std::uint64_t wanted) {
  Tally tally;
  const auto num_ends = [&] { return static_cast<std::uint64_t>(tally.all.agreed + tally.all.disagreed); };
  while (num_ends() < wanted) {
    const std::uint64_t missing = wanted - num_ends();
    tally.add(judge_games(first, missing));
    first += missing;
  }
  return tally;
}

int ends_with(const Row& row, Verdict verdict) { return row.ends.count(verdict) != 0 ? row.ends.at(verdict) : 0; }

constexpr std::uint64_t kEnds = 3000;

TEST(HouseReferee, AgreesWithTheJudgeAtEveryEnd) {
  const std::uint64_t wanted = number_from("ATOLL_REFEREE_EPISODES", kEnds);
  const Tally tally = judge_ends(number_from("ATOLL_REFEREE_FIRST", 0), wanted);
  const std::string text = to_text(tally);
  std::cout << text;
  if (const char* out = std::getenv("ATOLL_REFEREE_OUT"); out != nullptr) {
    std::ofstream file(out);
    file << text;
    ASSERT_TRUE(file.flush()) << "cannot write " << out;
  }
  EXPECT_TRUE(tally.disagreed.empty()) << tally.disagreed.size() << " disagreements";
  if (wanted < kEnds) return;  // too few for all kinds of ends
  for (const Verdict verdict : {Verdict::kSuccess, Verdict::kWrongObject, Verdict::kTimeout, Verdict::kFailed}) {
    EXPECT_GE(ends_with(tally.all, verdict), 30) << to_string(verdict);
  }
  for (std::size_t verb = 0; verb < kVerbNames.size(); ++verb) {
    EXPECT_GE(tally.verbs[verb], 10) << kVerbNames[verb];
    const std::string name(kVerbNames[verb]);
    if (static_cast<Verb>(verb) == Verb::kGoBack) continue;  // never by itself
    ASSERT_TRUE(tally.by_mission.count(name) != 0) << name;
    EXPECT_GE(ends_with(tally.by_mission.at(name), Verdict::kSuccess), 3) << name;
  }
  for (const std::string name :
       {"look at", "go to", "pick up", "put", "open", "turn on", "turn off", "push", "stack", "store", "give"}) {
    EXPECT_GE(ends_with(tally.by_mission.at(name), Verdict::kWrongObject), 1) << name;
  }
}

// ---- A referee that agreed with everything would be no proof.

Ruling rule_of_game(const Game& game, const Mission& mission, const History& history) {
  return Referee(game.episode.house, mission, game.episode.quest.quest.limit_ticks, history).rule();
}

/// Games of a family that the expert won, and whose mission `is_fit`.
template <class Fit>
std::vector<Game> won_games(std::string_view family, std::size_t wanted, Fit is_fit) {
  Plan plan;
  plan.family = family;
  std::vector<Game> games;
  for (std::uint64_t index = 0; index < 300 && games.size() < wanted; ++index) {
    auto game = play(plan, index);
    if (game && game->verdict == Verdict::kSuccess && is_fit(game->episode.quest.quest.mission)) {
      games.push_back(std::move(*game));
    }
  }
  return games;
}
bool is_any(const Mission&) { return true; }

TEST(HouseReferee, NoticesAMissionAboutSomethingElse) {
  const auto games = won_games("pick up", 10, is_any);
  ASSERT_EQ(games.size(), 10u);
  for (const Game& game : games) {
    const House& house = game.episode.house;
    const Mission& mission = game.episode.quest.quest.mission;
    for (std::size_t i = 0; i < house.things.size(); ++i) {
      const Kind& kind = house.things[i].kind;
      if (kind == house.things[game.object.thing()].kind) continue;
      Mission other = mission;
      other.first.object = {.noun = kind.shape, .size = kind.size, .colour = kind.colour};
      if (kind.shape == Shape::kBlock) other.first.object.size.reset();
      const Ruling ruling = rule_of_game(game, other, game.history);
      EXPECT_NE(ruling.verdict, Verdict::kSuccess) << name_of(mission) << ", not: " << name_of(other);
    }
  }
}

TEST(HouseReferee, NoticesAThingThatIsNotWhereItWasPut) {
  const auto games = won_games("put", 10, [](const Mission& m) { return m.first.object.count == 1; });
  ASSERT_EQ(games.size(), 10u);
  for (const Game& game : games) {
    History moved = game.history;
    const std::size_t thing = game.object.thing();
    for (std::size_t t = moved.states.size() - 10; t < moved.states.size(); ++t) {
      moved.states[t].things[thing].position.x += 20 * kMetre;
      moved.states[t].things[thing].support = {};
    }
    EXPECT_EQ(rule_of_game(game, game.episode.quest.quest.mission, moved).verdict, Verdict::kRunning);
  }
}

TEST(HouseReferee, NoticesASingleTickTooFew) {
  for (const std::string_view family :
       {"look at", "go to", "rooms", "pick up", "drop", "put", "open", "push", "build"}) {
    const auto games = won_games(family, 3, is_any);
    ASSERT_EQ(games.size(), 3u) << family;
    for (const Game& game : games) {
      History shorter = game.history;
      shorter.states.pop_back();
      shorter.events.pop_back();
      EXPECT_EQ(rule_of_game(game, game.episode.quest.quest.mission, shorter).verdict, Verdict::kRunning);
    }
  }
}

TEST(HouseReferee, NoticesTheWrongOrder) {
  const auto games = won_games("sequence", 10, [](const Mission& m) { return m.joint == Joint::kThen; });
  ASSERT_EQ(games.size(), 10u);
  int num_noticed = 0;
  for (const Game& game : games) {
    Mission other = game.episode.quest.quest.mission;
    other.joint = Joint::kAfter;
    const Ruling ruling = rule_of_game(game, other, game.history);
    num_noticed += ruling.verdict != Verdict::kSuccess ? 1 : 0;
  }
  EXPECT_GE(num_noticed, 8) << "of two clauses, the second is seldom done before the first";
}

TEST(HouseReferee, NoticesAnotherLimit) {
  const auto games = won_games("go to", 5, is_any);
  ASSERT_EQ(games.size(), 5u);
  for (const Game& game : games) {
    const Referee hurried(game.episode.house, game.episode.quest.quest.mission, game.tick - 1, game.history);
    EXPECT_EQ(hurried.rule().verdict, Verdict::kTimeout);
    EXPECT_EQ(hurried.rule().tick, game.tick - 1);
  }
}

}  // namespace
}  // namespace atl::envs::playhouse::referee
