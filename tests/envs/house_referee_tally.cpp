#include "tests/envs/house_referee_tally.h"

#include "envs/playhouse/grammar.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace atl::envs::playhouse::referee {
namespace {

std::string name_of_entity(const House& house, Entity entity) {
  if (!entity.is_some()) return "nothing";
  if (entity.is_player()) return fmt::format("player {}", entity.player());
  if (entity.is_thing()) return fmt::format("{} ({})", name_of(house.things[entity.thing()].kind), entity.id);
  return fmt::format("{} ({})", kFixtureNames[static_cast<std::size_t>(house.fixtures[entity.fixture()].kind)],
                     entity.id);
}

template <class Range>
std::string names_of_entities(const House& house, const Range& entities) {
  std::string text;
  for (const Entity entity : entities) text += (text.empty() ? "" : ", ") + name_of_entity(house, entity);
  return text.empty() ? "nothing" : text;
}

std::string names_of_set(const House& house, const EntitySet& set) {
  std::vector<Entity> entities;
  for (std::size_t id = 0; id < set.size(); ++id) {
    if (set.test(id)) entities.push_back({static_cast<std::uint8_t>(id)});
  }
  return names_of_entities(house, entities);
}

/// Where the world's lookup means something else than the referee's; empty: nowhere.
std::string other_meanings(const Game& game, const Referee& referee) {
  const Quest& quest = game.episode.quest.quest;
  std::string text;
  for (int i = 0; i < quest.num_clauses(); ++i) {
    const Targets& targets = quest.targets[static_cast<std::size_t>(i)];
    const auto compare = [&](std::string_view what, const EntitySet& theirs, const EntitySet& ours) {
      if (theirs == ours) return;
      text += fmt::format("; {} of clause {}: the world means {}; the referee {}", what, i,
                          names_of_set(game.episode.house, theirs), names_of_set(game.episode.house, ours));
    };
    // The world looks for the blocks of a building when it is built.
    if (quest.clause(i).verb != Verb::kBuild) compare("objects", targets.objects, referee.meaning(i).objects);
    compare("places", targets.places, referee.meaning(i).places);
  }
  return text;
}

bool is_about(const Ruling& ruling, Entity object) {
  if (ruling.about.empty()) return !object.is_some();
  return std::find(ruling.about.begin(), ruling.about.end(), object) != ruling.about.end();
}

std::string row_of(const Mission& mission) {
  switch (mission.joint) {
    case Joint::kThen: return "... then ...";
    case Joint::kAfter: return "... after ...";
    case Joint::kAnd: return "... and ...";
    default: return std::string(kVerbNames[static_cast<std::size_t>(mission.first.verb)]);
  }
}

void append_rows(std::string& text, std::string_view title, const std::map<std::string, Row>& rows) {
  text += fmt::format("\n| {} | success | wrong object | failed | timeout | ends | agreed | disagreed |\n", title);
  text += "|---|---|---|---|---|---|---|---|\n";
  for (const auto& [name, row] : rows) {
    const auto num = [&ends = row.ends](Verdict v) { return ends.count(v) != 0 ? ends.at(v) : 0; };
    int sum = 0;
    for (const auto& [verdict, count] : row.ends) sum += count;
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", name, num(Verdict::kSuccess),
                        num(Verdict::kWrongObject), num(Verdict::kFailed), num(Verdict::kTimeout), sum, row.agreed,
                        row.disagreed);
  }
}

}  // namespace

std::string disagreement_about(const Game& game) {
  const House& house = game.episode.house;
  const Quest& quest = game.episode.quest.quest;
  const Referee referee(house, quest.mission, quest.limit_ticks, game.history);
  const Ruling ruling = referee.rule();
  const std::string about = fmt::format("game {} (seed {}, {}, {}): {}", game.index, game.seed, game.level,
                                        kHandsNames[static_cast<std::size_t>(game.hands)], name_of(quest.mission));
  const std::string meanings = other_meanings(game, referee);
  const bool is_same = ruling.verdict == game.verdict && ruling.tick == game.tick && is_about(ruling, game.object);
  if (is_same && meanings.empty()) return {};
  return fmt::format("{}: the judge says {} at tick {} about {}, the referee {} at tick {} about {}{}", about,
                     to_string(game.verdict), game.tick, name_of_entity(house, game.object), to_string(ruling.verdict),
                     ruling.tick, names_of_entities(house, ruling.about), meanings);
}

void Tally::add(const Game& game, const std::string& disagreement) {
  const Mission& mission = game.episode.quest.quest.mission;
  const std::string split = game.episode.task.split;
  const std::string hands(kHandsNames[static_cast<std::size_t>(game.hands)]);
  for (Row* row : {&all, &by_mission[row_of(mission)], &by_level[game.level], &by_split[split], &by_hands[hands]}) {
    row->ends[game.verdict] += 1;
    (disagreement.empty() ? row->agreed : row->disagreed) += 1;
  }
  verbs[static_cast<std::size_t>(mission.first.verb)] += 1;
  if (mission.joint != Joint::kNone) verbs[static_cast<std::size_t>(mission.second.verb)] += 1;
  if (!disagreement.empty()) disagreed[game.index] = disagreement;
}

void Tally::add(const Tally& other) {
  const auto add_row = [](Row& to, const Row& from) {
    for (const auto& [verdict, count] : from.ends) to.ends[verdict] += count;
    to.agreed += from.agreed;
    to.disagreed += from.disagreed;
  };
  const auto add_rows = [&](std::map<std::string, Row>& to, const std::map<std::string, Row>& from) {
    for (const auto& [name, row] : from) add_row(to[name], row);
  };
  add_row(all, other.all);
  add_rows(by_mission, other.by_mission);
  add_rows(by_level, other.by_level);
  add_rows(by_split, other.by_split);
  add_rows(by_hands, other.by_hands);
  for (std::size_t i = 0; i < verbs.size(); ++i) verbs[i] += other.verbs[i];
  disagreed.insert(other.disagreed.begin(), other.disagreed.end());
}

Tally judge_games(std::uint64_t first, std::uint64_t count) {
  std::atomic<std::uint64_t> next{0};
  std::mutex mutex;
  Tally sum;
  std::exception_ptr error;
  const auto work = [&] {
    Tally own;
    try {
      for (std::uint64_t i = next++; i < count; i = next++) {
        if (const auto game = play(plan_of(first + i), first + i)) own.add(*game, disagreement_about(*game));
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      error = std::current_exception();
      next = count;
    }
    const std::lock_guard lock(mutex);
    sum.add(own);
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(std::thread::hardware_concurrency(), 1U); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
  return sum;
}

std::string to_text(const Tally& tally) {
  std::string text;
  append_rows(text, "all", {{"all", tally.all}});
  append_rows(text, "mission", tally.by_mission);
  append_rows(text, "level", tally.by_level);
  append_rows(text, "split", tally.by_split);
  append_rows(text, "played by", tally.by_hands);
  if (!tally.disagreed.empty()) text += "\nDisagreed:\n\n";
  for (const auto& [index, line] : tally.disagreed) text += fmt::format("- {}\n", line);
  return text;
}

}  // namespace atl::envs::playhouse::referee
