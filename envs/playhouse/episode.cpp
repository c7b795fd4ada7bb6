#include "envs/playhouse/episode.h"

#include "core/error.h"
#include "core/text.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/screens.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

constexpr std::uint64_t kFamilyStream = 64;
constexpr std::uint64_t kQuestStream = 128;
constexpr std::uint64_t kPhraseStream = 192;
constexpr std::uint64_t kHouseStream = 256;
constexpr int kMaxHouses = 200;  // that are looked at for one that offers what is asked for
constexpr int kMaxStarts = 24;   // in such a house, for one in which the words that were given can be asked for

template <std::size_t N>
std::size_t index_named(const std::array<std::string_view, N>& names, std::string_view name, std::string_view what) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) {
    fail(ErrorKind::kEnvironment, "playhouse: unknown {} \"{}\", expected one of: {}", what, name,
         fmt::join(names, ", "));
  }
  return static_cast<std::size_t>(it - names.begin());
}

Family draw_family(const Level& level, std::uint64_t seed) {
  std::vector<Family> possible;
  for (std::size_t i = 0; i < kFamilyNames.size(); ++i) {
    const auto family = static_cast<Family>(i);
    if (has_family(level, family) && is_for_two(family) == (level.players > 1)) possible.push_back(family);
  }
  Random random(derive_seed(seed, kFamilyStream));
  return possible[random.below(static_cast<std::uint32_t>(possible.size()))];
}

std::string no_tasks_of(const Level& level, Family family) {
  return fmt::format("the level \"{}\" has no tasks of the family \"{}\"; it has: {}", level.name,
                     kFamilyNames[static_cast<std::size_t>(family)], fmt::join(families_of(level), ", "));
}

void require_tasks(const Level& level, Family family, Split split) {
  if (!has_family(level, family)) fail(ErrorKind::kEnvironment, "playhouse: {}", no_tasks_of(level, family));
  if (!has_split(level, family, split)) {
    fail(ErrorKind::kEnvironment,
         "playhouse: the family \"{}\" has no tasks of the split \"{}\" at the level \"{}\"; it has: {}",
         kFamilyNames[static_cast<std::size_t>(family)], kSplitNames[static_cast<std::size_t>(split)], level.name,
         fmt::join(splits_of(level, family), ", "));
  }
}

// The mission that a task names, if it names one.
std::optional<Mission> asked_mission(const Task& task) {
  const std::string& text = task.target.empty() ? task.instruction : task.target;
  if (text.empty()) return std::nullopt;
  Parsed parsed = parse(text);
  if (!parsed.mission && !task.target.empty())
    fail(ErrorKind::kEnvironment, "playhouse: the task's target \"{}\" means nothing here: {}", text, parsed.problem);
  return parsed.mission;
}

void ask_for(Episode& episode, const Mission& mission, Family family) {
  const Family meant = family_of(mission);
  if (meant != family) {
    fail(ErrorKind::kEnvironment, "playhouse: \"{}\" is a task of the family \"{}\", but the task's family is \"{}\"",
         name_of(mission), kFamilyNames[static_cast<std::size_t>(meant)],
         kFamilyNames[static_cast<std::size_t>(family)]);
  }
  const Lookup lookup = look_up(episode.house, episode.quest.start, mission);
  if (!lookup.quest) fail(ErrorKind::kEnvironment, "playhouse: \"{}\": {}", name_of(mission), lookup.problem);
  episode.quest.quest = *lookup.quest;
}

int limit_of(const Task& task, int default_ticks) {
  if (task.time_limit_s == 0.0) return default_ticks;
  if (!(task.time_limit_s >= 1.0 / kActionRateHz && task.time_limit_s <= 86400.0)) {
    fail(ErrorKind::kEnvironment, "playhouse: time limit {} s, expected one action step (0.0667 s) to a day (86400 s)",
         task.time_limit_s);
  }
  return static_cast<int>(task.time_limit_s * kTickRateHz + 0.5);
}

// `task` with family, target and time limit as they came out.
Task named_task(const Task& task, const Quest& quest) {
  Task named = task;
  named.family = kFamilyNames[static_cast<std::size_t>(family_of(quest.mission))];
  named.target = name_of(quest.mission);
  named.time_limit_s = static_cast<double>(quest.limit_ticks) / kTickRateHz;
  return named;
}

// ---- Words about what happened.

// The deed that decided the verdict.
std::string deed_in_words(const World& world, std::string_view object) {
  const PlayerState& self = world.state().players[0];
  const Item* clicked = pointed_item(self);  // the pointer is still on it
  if (world.judge().deed != Deed::kSwitchedSetting || clicked == nullptr || clicked->kind != ItemKind::kSetting)
    return to_text(world.judge().deed, object);
  return fmt::format("turned {} {}", is_set(self, static_cast<Setting>(clicked->index)) ? "on" : "off", clicked->label);
}

}  // namespace

std::string name_at(const House& house, Entity entity) {
  if (entity.is_thing()) return name_of(house.things[entity.thing()].kind);
  if (entity.is_player()) return "other player";
  const Fixture& fixture = house.fixtures[entity.fixture()];
  const std::string_view kind = kFixtureNames[static_cast<std::size_t>(fixture.kind)];
  if (fixture.kind != FixtureKind::kButton) return std::string(kind);
  return fmt::format("{} {}", kColourNames[static_cast<std::size_t>(fixture.colour)], kind);
}

Family family_named(std::string_view name) {
  return static_cast<Family>(index_named(kFamilyNames, name, "task family"));
}
Split split_named(std::string_view name) { return static_cast<Split>(index_named(kSplitNames, name, "split")); }

std::vector<std::string> families_of(const Level& level) {
  std::vector<std::string> families;
  for (std::size_t i = 0; i < kFamilyNames.size(); ++i) {
    if (has_family(level, static_cast<Family>(i))) families.emplace_back(kFamilyNames[i]);
  }
  return families;
}

Episode create_episode(std::uint64_t seed, const Task& task, const EpisodeOptions& options) {
  const Level& level = level_named(options.level);
  const Split split = split_named(task.split);
  const std::optional<Mission> mission = asked_mission(task);
  const Family family = !task.family.empty() ? family_named(task.family)
                        : mission            ? family_of(*mission)
                                             : draw_family(level, seed);
  const std::string_view family_name = kFamilyNames[static_cast<std::size_t>(family)];
  require_tasks(level, family, split);
  Episode episode;
  std::optional<DrawnQuest> drawn;
  // The first house of the seed that offers what is asked for: nearly always the first or second.
  for (int i = 0; i < kMaxHouses && !drawn; ++i) {
    const auto stream = static_cast<std::uint64_t>(i);
    episode.house = create_house(i == 0 ? seed : derive_seed(seed, kHouseStream + stream), level, options.reskin);
    Random random(derive_seed(seed, kQuestStream + stream + (static_cast<std::uint64_t>(family) << 16) +
                                        (static_cast<std::uint64_t>(split) << 24)));
    drawn = draw_quest(episode.house, family, split, random);
    // Words alone may need a start of their own: a screen that is open, a thing in the bag.
    const bool may_vary = mission && task.family.empty();
    for (int k = 0; may_vary && drawn && k < kMaxStarts; ++k) {
      if (look_up(episode.house, drawn->start, *mission).quest) break;
      if (auto other = draw_quest(episode.house, family, split, random)) drawn = other;
    }
  }
  if (!drawn) {
    fail(ErrorKind::kEnvironment,
         "playhouse: {} houses of seed {} at level \"{}\" offer no task \"{}\" of the split {}", kMaxHouses, seed,
         level.name, family_name, task.split);
  }
  episode.quest = *drawn;
  if (mission) ask_for(episode, *mission, family);
  Quest& quest = episode.quest.quest;
  quest.limit_ticks = limit_of(task, quest.limit_ticks);

  episode.task = named_task(task, quest);
  episode.task.family = family_name;
  if (task.instruction.empty()) {
    Random random(derive_seed(seed, kPhraseStream + (static_cast<std::uint64_t>(family) << 16)));
    const PhraseSet phrases = split == Split::kHeldOutPhrases ? PhraseSet::kHeldOut : PhraseSet::kTraining;
    episode.task.instruction = phrase(quest.mission, phrases, random);
  }
  return episode;
}

AskedHere ask_here(const House& house, const State& now, const Task& task) {
  const Parsed parsed = parse(task.target.empty() ? task.instruction : task.target);
  if (!parsed.mission) return {std::nullopt, parsed.problem};
  const Family family = family_of(*parsed.mission);
  if (!has_family(*house.level, family)) return {std::nullopt, no_tasks_of(*house.level, family)};
  State start = now;
  start.num_ticks = 0;
  Lookup lookup = look_up(house, start, *parsed.mission);
  if (!lookup.quest) return {std::nullopt, std::move(lookup.problem)};
  lookup.quest->limit_ticks = limit_of(task, lookup.quest->limit_ticks);
  Episode episode{house, {*lookup.quest, start}, named_task(task, *lookup.quest)};
  if (task.instruction.empty()) episode.task.instruction = episode.task.target;
  return {std::move(episode), {}};
}

State state_after(const Episode& episode, std::span<const PlayerInputs> ticks) {
  State state = episode.quest.start;
  const auto num_players = static_cast<std::size_t>(episode.house.level->players);
  for (const PlayerInputs& inputs : ticks) {
    Events events;
    advance(episode.house, state, std::span(inputs).first(num_players), events);
  }
  return state;
}

Outcome outcome_of(const World& world) {
  Outcome outcome;
  const JudgeState& judge = world.judge();
  outcome.verdict = judge.verdict;
  if (!world.is_over()) return outcome;
  if (judge.object.is_some()) outcome.object = name_at(world.house(), judge.object);
  const std::string asked = name_of(world.quest().mission);
  const std::string deed = deed_in_words(world, outcome.object);
  outcome.terminated = judge.verdict != Verdict::kTimeout;
  outcome.truncated = !outcome.terminated;
  outcome.reward = judge.verdict == Verdict::kSuccess ? 1.0 : 0.0;
  switch (judge.verdict) {
    case Verdict::kSuccess:
      outcome.reason =
          judge.object.is_some() ? fmt::format("done: {} ({})", asked, deed) : fmt::format("done: {}", asked);
      break;
    case Verdict::kTimeout:
      outcome.reason = fmt::format("time ran out after {:.1f} s, asked to {}",
                                   static_cast<double>(world.state().num_ticks) / kTickRateHz, asked);
      break;
    default: outcome.reason = fmt::format("{}, asked to {}", deed, asked);
  }
  return outcome;
}

}  // namespace atl::envs::playhouse
