// What is asked for: at every level, of every family, from every split.
#include "core/error.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/lexicon.h"
#include "envs/seeds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <string>

namespace atl::envs::playhouse {
namespace {

using ::testing::HasSubstr;

std::uint64_t seed_of(std::uint64_t index) { return seed_in(SeedRange::kDevelopment, index); }

std::string name_of(Family family) { return std::string(kFamilyNames[static_cast<std::size_t>(family)]); }

Episode create(std::string_view level, Family family, std::string_view split, std::uint64_t index) {
  return create_episode(seed_of(index), {.family = name_of(family), .split = std::string(split)},
                        {.level = std::string(level)});
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kEnvironment) << error.what();
    return error.what();
  }
  return "no error";
}

// Calls visit(level, family, split) for all that there are.
template <class Visit>
void for_each_kind_of_task(Visit visit) {
  for (const Level& level : levels()) {
    for (std::size_t f = 0; f < kFamilyNames.size(); ++f) {
      for (std::size_t s = 0; s < kSplitNames.size(); ++s) {
        visit(level, static_cast<Family>(f), static_cast<Split>(s));
      }
    }
  }
}

/// Missions of a family, drawn at the level "house".
std::vector<Mission> missions_of(Family family, std::string_view split, std::uint64_t count) {
  std::vector<Mission> missions;
  for (std::uint64_t i = 0; i < count; ++i) {
    missions.push_back(create("house", family, split, i).quest.quest.mission);
  }
  return missions;
}

TEST(HouseEpisode, TheSameSeedAndTaskMeanTheSame) {
  for (std::uint64_t i = 0; i < 40; ++i) {
    const Episode once = create_episode(seed_of(i), {}, {.level = "house"});
    const Episode again = create_episode(seed_of(i), {}, {.level = "house"});
    EXPECT_EQ(once.house.hash, again.house.hash);
    EXPECT_EQ(once.task.instruction, again.task.instruction);
    EXPECT_EQ(once.quest.start, again.quest.start);
    // The task filled in means the same episode.
    const Episode filled = create_episode(seed_of(i), once.task, {.level = "house"});
    EXPECT_EQ(filled.task.target, once.task.target);
    EXPECT_EQ(filled.quest.start, once.quest.start);
    EXPECT_EQ(filled.quest.quest.mission, once.quest.quest.mission);
  }
}

TEST(HouseEpisode, NothingIsDoneAtTheStart) {
  for_each_kind_of_task([](const Level& level, Family family, Split split) {
    if (!has_split(level, family, split)) return;
    for (std::uint64_t i = 0; i < 8; ++i) {
      const Episode episode = create(level.name, family, kSplitNames[static_cast<std::size_t>(split)], i);
      World world(episode.house, episode.quest);
      for (int tick = 0; tick < kTickRateHz && !world.is_over(); ++tick) world.tick(PlayerInputs{});
      EXPECT_EQ(world.verdict(), Verdict::kRunning) << level.name << ": " << episode.task.instruction;
    }
  });
}

TEST(HouseEpisode, WhatASplitLacksIsSaidWithThoseThereAre) {
  int num_lacking = 0;
  for_each_kind_of_task([&](const Level& level, Family family, Split split) {
    if (!has_family(level, family) || has_split(level, family, split)) return;
    ++num_lacking;
    const std::string_view name = kSplitNames[static_cast<std::size_t>(split)];
    EXPECT_THAT(message_of([&] { static_cast<void>(create(level.name, family, name, 1)); }),
                HasSubstr("has no tasks of the split \"" + std::string(name) + "\""));
  });
  EXPECT_GE(num_lacking, 20);
  EXPECT_THAT(
      message_of([] { static_cast<void>(create("house", Family::kOpen, "held_out_pairs", 1)); }),
      HasSubstr("the family \"open\" has no tasks of the split \"held_out_pairs\" at the level \"house\"; it has: "
                "train, held_out_phrases"));
}

TEST(HouseEpisode, HeldOutSetsKeepApart) {
  for (std::uint64_t i = 0; i < 60; ++i) {
    const Mission training = create_episode(seed_of(i), {}, {.level = "house"}).quest.quest.mission;
    EXPECT_FALSE(mentions_held_out_pair(training)) << name_of(training);
    EXPECT_FALSE(is_held_out_composition(training)) << name_of(training);
  }
  for_each_kind_of_task([](const Level& level, Family family, Split split) {
    if (!has_split(level, family, split)) return;
    for (std::uint64_t i = 0; i < 5; ++i) {
      const Episode episode = create(level.name, family, kSplitNames[static_cast<std::size_t>(split)], i);
      const Mission& mission = episode.quest.quest.mission;
      EXPECT_EQ(mentions_held_out_pair(mission), split == Split::kHeldOutPairs) << name_of(mission);
      EXPECT_EQ(is_held_out_composition(mission), split == Split::kHeldOutCompositions) << name_of(mission);
      const PhraseSet said = parse(episode.task.instruction).set;
      EXPECT_EQ(said == PhraseSet::kHeldOut, split == Split::kHeldOutPhrases) << episode.task.instruction;
    }
  });
}

// A paraphrase that can never be asked for tests nothing.
TEST(HouseEpisode, EveryVerbIsAskedForInTrainingAndInHeldOutPhrases) {
  for (const std::string_view split : {"train", "held_out_phrases"}) {
    std::set<Verb> verbs;
    bool drops_it = false;
    for (std::size_t f = 0; f < kNumSoloFamilies; ++f) {
      for (const Mission& mission : missions_of(static_cast<Family>(f), split, 60)) {
        verbs.insert(mission.first.verb);
        drops_it = drops_it || mission.first == Clause{.verb = Verb::kDrop};
      }
    }
    for (const Family family : {Family::kHandOver, Family::kTogether, Family::kHelp}) {
      verbs.insert(create("pair", family, split, 0).quest.quest.mission.first.verb);
    }
    verbs.insert(create("memory", Family::kGoBack, split, 0).quest.quest.mission.second.verb);
    EXPECT_EQ(verbs.size(), static_cast<std::size_t>(kNumVerbs)) << split;
    EXPECT_TRUE(drops_it) << split;
  }
}

using FamilyPair = std::pair<Family, Family>;

FamilyPair families_of(const Mission& mission) {
  const FamilyPair pair = std::minmax(family_of(mission.first.verb), family_of(mission.second.verb));
  return pair;
}

TEST(HouseEpisode, AllFamiliesMeetInSequences) {
  std::set<FamilyPair> trained;
  std::set<FamilyPair> held_out;
  for (const Mission& mission : missions_of(Family::kSequence, "train", 1200)) trained.insert(families_of(mission));
  for (const Mission& mission : missions_of(Family::kSequence, "held_out_compositions", 300))
    held_out.insert(families_of(mission));
  const auto listed = held_out_families();
  for (std::size_t b = 0; b < kNumSoloFamilies - 1; ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      const FamilyPair pair{static_cast<Family>(a), static_cast<Family>(b)};
      const bool is_held_out = std::any_of(listed.begin(), listed.end(), [&](const FamilyPair& p) {
        return std::minmax(p.first, p.second) == std::minmax(pair.first, pair.second);
      });
      const std::string name = name_of(pair.first) + " and " + name_of(pair.second);
      EXPECT_EQ(trained.count(pair), is_held_out ? 0u : 1u) << name;
      EXPECT_TRUE(!is_held_out || held_out.count(pair) == 1) << name;
    }
  }
}

TEST(HouseEpisode, SequencesAreAlsoAboutOneThing) {
  int num_it = 0;
  std::set<std::pair<Verb, Verb>> said;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Episode episode = create("house", Family::kSequence, "train", i);
    const Mission& m = episode.quest.quest.mission;
    const bool is_first_earlier = m.joint != Joint::kAfter;
    const Clause& earlier = is_first_earlier ? m.first : m.second;
    const Clause& later = is_first_earlier ? m.second : m.first;
    const bool shares =
        earlier.object != NounPhrase{} && (earlier.object == later.object || earlier.object == later.place);
    if (shares) said.insert({earlier.verb, later.verb});
    // Each word by itself: "it" may end the sentence.
    const std::string text = " " + episode.task.instruction + " ";
    num_it += text.find(" it ") != std::string::npos || text.find(" it,") != std::string::npos;
  }
  EXPECT_TRUE(said.count({Verb::kOpen, Verb::kPut}));
  EXPECT_TRUE(said.count({Verb::kPickUp, Verb::kPut}));
  EXPECT_GE(said.size(), 8u);
  EXPECT_GE(num_it, 20);
}

TEST(HouseEpisode, ThingsAreCountedWhereverTheyArePut) {
  std::map<Relation, int> counted;
  int colours = 0;
  for (const Mission& mission : missions_of(Family::kPut, "train", 400)) {
    if (mission.first.object.count > 1) ++counted[mission.first.relation];
    colours += mission.first.place.noun == Noun(FixtureKind::kBox) && mission.first.place.colour;
  }
  for (const Relation relation : {Relation::kOn, Relation::kIn, Relation::kNextTo})
    EXPECT_GE(counted[relation], 3) << static_cast<int>(relation);
  EXPECT_GE(colours, 5) << "boxes are told by their colour";
}

TEST(HouseEpisode, DoorsThatButtonsMoveAreNotToBeMovedByHand) {
  int num_doors = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Episode episode = create("pair", Family::kOpen, "train", i);
    const EntitySet& objects = episode.quest.quest.targets[0].objects;
    bool is_any_movable = false;
    for (std::size_t f = 0; f < episode.house.fixtures.size(); ++f) {
      if (!holds(objects, fixture_entity(f))) continue;
      num_doors += episode.house.fixtures[f].kind == FixtureKind::kDoor ? 1 : 0;
      is_any_movable = is_any_movable || !episode.house.is_gate(f);
    }
    EXPECT_TRUE(is_any_movable) << episode.task.instruction;
  }
  EXPECT_GE(num_doors, 20);
}

TEST(HouseEpisode, WhatIsNotThereIsSaid) {
  const auto ask = [](std::string_view level, const Task& task) {
    return message_of([&] { static_cast<void>(create_episode(seed_of(0), task, {.level = std::string(level)})); });
  };
  EXPECT_THAT(ask("house", {.family = "pick up", .target = "go to the table"}), HasSubstr("is a task of the family"));
  EXPECT_THAT(ask("room", {.family = "rooms"}), HasSubstr("has no tasks of the family"));
  EXPECT_THROW(static_cast<void>(create_episode(seed_of(0), {}, {.level = "palace"})), Error);
}

// ---- What is done already.

class AlreadyDone : public ::testing::Test {
 protected:
  /// What is said to a target in the start of some task of its family.
  [[nodiscard]] std::string refusal_of(const std::string& target) const {
    return message_of([&] { static_cast<void>(look_up_or_throw(target)); });
  }
  [[nodiscard]] Quest look_up_or_throw(const std::string& target) const {
    const Lookup lookup = look_up(house_, start_, parse(target).mission.value());
    if (!lookup.quest) fail(ErrorKind::kEnvironment, "{}", lookup.problem);
    return *lookup.quest;
  }

  House house_ = create_house(seed_of(3), level_named("house"));
  State start_ = start_state(house_);
};

TEST_F(AlreadyDone, ThingsThatAreWhereTheyAreToBe) {
  bool found = false;
  for (std::size_t i = 0; i < house_.things.size() && !found; ++i) {
    const Entity support = start_.things[i].support;
    if (!support.is_fixture()) continue;
    const FixtureKind kind = house_.fixtures[support.fixture()].kind;
    if (!has_top(kind) || has_lid(kind)) continue;
    found = true;
    const std::string thing = "the " + name_of(house_.things[i].kind);
    const std::string top(kFixtureNames[static_cast<std::size_t>(kind)]);
    const std::string target = "put " + thing + " on the " + top;
    EXPECT_EQ(refusal_of(target), "it is there already") << target;
    EXPECT_EQ(refusal_of("jump and " + target), "it is there already");
    EXPECT_EQ(refusal_of("pick up " + thing + ", then " + target), "no error") << "it is not there any more by then";
  }
  EXPECT_TRUE(found);
}

TEST_F(AlreadyDone, FurnitureThatIsAsItIsToBe) {
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    if (house_.fixtures[i].kind == FixtureKind::kTv) start_.fixtures[i].is_on = 1;
    if (house_.fixtures[i].kind == FixtureKind::kBox) start_.fixtures[i] = {};
    if (house_.fixtures[i].kind == FixtureKind::kDoor) start_.fixtures[i] = {.angle = kOpenAngle, .is_on = 1};
  }
  EXPECT_EQ(refusal_of("turn on the tv"), "it is on already");
  EXPECT_EQ(refusal_of("turn off the tv"), "no error");
  EXPECT_EQ(refusal_of("close a box"), "it is shut already");
  EXPECT_EQ(refusal_of("open a box"), "no error");
  EXPECT_EQ(refusal_of("open a door"), "it is open already");
  EXPECT_EQ(refusal_of("open a box, then close a box"), "no error");
  EXPECT_EQ(refusal_of("open a box and close a box"), "it is shut already");
}

TEST_F(AlreadyDone, PlacesScreensAndSettings) {
  PlayerState& self = start_.players[0];
  const int here = house_.cell_at(self.position);
  const std::string room(kRoomNames[static_cast<std::size_t>(house_.cells[static_cast<std::size_t>(here)].name)]);
  EXPECT_EQ(refusal_of("go to the " + room), "you are in the " + room + " already");
  EXPECT_EQ(refusal_of("jump, then go to the " + room), "no error");
  EXPECT_EQ(refusal_of("close the menu"), "the menu is not open");
  EXPECT_EQ(refusal_of("open the bag"), "no error");
  EXPECT_EQ(refusal_of("turn off the hints"), "the hints are off already");
  self.settings = 1;
  EXPECT_EQ(refusal_of("turn on the music"), "the music is on already");
  EXPECT_EQ(refusal_of("turn off the music"), "no error");
  self.screen = Screen::kBag;
  EXPECT_EQ(refusal_of("open the bag"), "the bag is open already");
  EXPECT_EQ(refusal_of("open the menu"), "a screen is open already: close it first");
  EXPECT_EQ(refusal_of("close the bag"), "no error");
}

TEST_F(AlreadyDone, BuildingsThatStand) {
  std::vector<std::size_t> blocks;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    if (house_.things[i].kind.shape == Shape::kBlock) blocks.push_back(i);
  }
  ASSERT_GE(blocks.size(), 2u);
  EXPECT_EQ(refusal_of("build a tower of two blocks"), "no error");
  ThingState& upper = start_.things[blocks[1]];
  upper = start_.things[blocks[0]];
  upper.position.z += kBlockSide;
  upper.support = thing_entity(blocks[0]);
  EXPECT_EQ(refusal_of("build a tower of two blocks"), "there is such a tower already");
}

// Rooms as joined by doorways, all but one.
std::vector<std::size_t> joined_without(const House& house, std::size_t left_out) {
  const auto num_rooms = static_cast<std::size_t>(house.num_rooms);
  std::vector<std::size_t> group(num_rooms);
  std::iota(group.begin(), group.end(), std::size_t{0});
  for (std::size_t doorway = num_rooms; doorway < house.cells.size(); ++doorway) {
    if (doorway == left_out) continue;
    const auto& sides = house.cells[doorway].portals;
    std::replace(group.begin(), group.end(), std::size_t{group[sides[0].cell]}, std::size_t{group[sides[1].cell]});
  }
  return group;
}

TEST(HouseEpisode, HoldsDoorsOpenToWhereThereIsNoOtherWay) {
  int num_far = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const House house = create_house(seed_of(i), level_named("pair"));
    std::size_t gate = 0;
    while (!house.is_gate(gate)) gate += 1;
    const Cell& doorway = house.cells[house.fixtures[gate].cell];
    const std::vector<std::size_t> joined = joined_without(house, house.fixtures[gate].cell);
    State start = start_state(house);
    for (std::size_t room = 0; room < joined.size(); ++room) {
      start.players[1].position = house.cells[room].floor.middle();
      const Lookup lookup = look_up(house, start, {.first = {.verb = Verb::kHoldOpen}});
      const bool is_way_round = joined[doorway.portals[0].cell] == joined[doorway.portals[1].cell];
      ASSERT_EQ(lookup.quest.has_value(), !is_way_round) << lookup.problem;
      if (is_way_round) continue;
      const std::uint8_t behind = lookup.quest->targets[0].room;
      EXPECT_NE(joined[behind], joined[room]);
      EXPECT_TRUE(behind == doorway.portals[0].cell || behind == doorway.portals[1].cell);
      num_far += doorway.portals[0].cell != room && doorway.portals[1].cell != room ? 1 : 0;
    }
  }
  EXPECT_GE(num_far, 10) << "from rooms that are not beside the door";
}

}  // namespace
}  // namespace atl::envs::playhouse
