// What has to be remembered, at the level "memory": the families "go back" and "seen first".
#include "core/error.h"
#include "envs/playhouse/drawing.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/expert.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/oracle.h"
#include "envs/playhouse/renderer.h"
#include "envs/playhouse/sight.h"
#include "envs/playhouse/snapshot.h"
#include "envs/seeds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <set>

namespace atl::envs::playhouse {
namespace {

using ::testing::HasSubstr;

constexpr FrameSize kFrame{96, 72};

Episode create(Family family, std::uint64_t index, std::string_view split = "train") {
  Task task;
  task.family = kFamilyNames[static_cast<std::size_t>(family)];
  task.split = split;
  return create_episode(seed_in(SeedRange::kDevelopment, index), task, {.level = "memory"});
}

Entity only_one(const EntitySet& set) {
  EXPECT_EQ(set.count(), 1u);
  return {static_cast<std::uint8_t>(set._Find_first())};
}

/// The two things of a "seen first" episode: the one that was seen first, and the other.
struct Two {
  Entity first;
  Entity other;
};
Two two_of(const World& world) {
  const EntitySet& both = world.quest().targets[1].objects;
  EXPECT_EQ(both.count(), 2u);
  const Entity a{static_cast<std::uint8_t>(both._Find_first())};
  const Entity b{static_cast<std::uint8_t>(both._Find_next(a.id))};
  const Entity first = only_one(targets_now(world.quest(), 1, world.judge()).objects);
  return {first, first == a ? b : a};
}

/// Pixels of each thing in the picture of a state.
std::array<int, kMaxThings> pixels_of(const House& house, const State& state) {
  static Renderer renderer(kFrame);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kFrame.width_px * kFrame.height_px) * kBytesPerPixel);
  renderer.draw(house, state, 0, pixels);
  std::array<int, kMaxThings> count{};
  for (const std::uint8_t id : renderer.object_ids()) {
    if (id > 0 && id <= kMaxThings) ++count[id - 1U];
  }
  return count;
}

NounPhrase phrase_of(const House& house, Entity thing) {
  const Kind kind = house.things[thing.thing()].kind;
  return {.noun = kind.shape, .colour = kind.colour};
}

/// The same world, in which something else is asked for.
World asked_instead(const World& world, const Mission& mission) {
  World other = world;
  const Lookup lookup = look_up(world.house(), world.start(), mission);
  EXPECT_TRUE(lookup.quest) << lookup.problem;
  other.ask_for(*lookup.quest);
  return other;
}

/// Plays until the first clause is done; false: it never is.
bool play_first_clause(World& world, Mind& mind) {
  while (!world.is_over() && !world.judge().clauses[0].is_done) step(world, std::array{mind.decide(world).action});
  return !world.is_over();
}

/// Goes to a thing as if told its name, while the world keeps its own task.
void go_to(World& world, Mind& mind, Entity thing) {
  const World told = asked_instead(world, {.first = {.verb = Verb::kGoTo, .object = phrase_of(world.house(), thing)}});
  World imagined = told;
  while (!world.is_over()) {
    const Action action = imagined.is_over() ? Action{} : mind.decide(imagined).action;
    if (!imagined.is_over()) step(imagined, std::array{action});
    step(world, std::array{action});
  }
}

// ---- Go back

TEST(GoBack, LeadsAwayAndBack) {
  for (std::uint64_t i = 0; i < 60; ++i) {
    const Episode episode = create(Family::kGoBack, i);
    World world(episode.house, episode.quest);
    const Vec2 start = world.start().players[0].position;
    Mind mind(0);
    ASSERT_TRUE(play_first_clause(world, mind)) << episode.task.instruction;
    EXPECT_GE(length(world.state().players[0].position - start), from_cm(250)) << episode.task.instruction;
    while (!world.is_over()) step(world, std::array{mind.decide(world).action});
    EXPECT_EQ(world.verdict(), Verdict::kSuccess) << outcome_of(world).reason;
    EXPECT_LE(length(world.state().players[0].position - start), kMetre);
    EXPECT_THAT(outcome_of(world).reason, HasSubstr("then go back to where you started"));
  }
}

// A body at rest somewhere, seen by the judge alone: nothing else moves.
TEST(GoBack, IsDoneStandingStillWithinAMetreAndNowhereElse) {
  const Episode episode = create(Family::kGoBack, 1);
  World world(episode.house, episode.quest);
  Mind mind(0);
  ASSERT_TRUE(play_first_clause(world, mind));
  const auto verdict_at = [&](Vec2 away, int ticks) {
    JudgeState judge = world.judge();
    State state = world.state();
    state.players[0].position = world.start().players[0].position + away;
    for (int t = 0; t < ticks; ++t) {
      const State before = state;
      state.num_ticks += 1;
      judge_tick({world.house(), world.start(), before, state, {}}, world.quest(), judge);
    }
    return judge.verdict;
  };
  constexpr int kQuarterSecond = 15;
  EXPECT_EQ(verdict_at({0, 0}, kQuarterSecond), Verdict::kSuccess);
  EXPECT_EQ(verdict_at({0, 0}, kQuarterSecond - 1), Verdict::kRunning);
  EXPECT_EQ(verdict_at({kMetre, 0}, kQuarterSecond), Verdict::kSuccess);
  EXPECT_EQ(verdict_at({kMetre + 1, 0}, 60), Verdict::kRunning);
  EXPECT_EQ(verdict_at({0, -2 * kMetre}, 60), Verdict::kRunning) << "to stand still elsewhere is not wrong";
}

// The start is drawn over the whole free floor, whatever stands where: no part of the room is left out or preferred
// but for what lies too near to the thing.
TEST(GoBack, StartsAreAllOverTheRoom) {
  constexpr int kEpisodes = 1200;
  std::array<int, 16> count{};
  for (std::uint64_t i = 0; i < kEpisodes; ++i) {
    const Episode episode = create(Family::kGoBack, i);
    const Rect floor = episode.house.cells[0].floor;
    const Vec2 at = episode.quest.start.players[0].position - floor.low;
    const int column = at.x * 4 / (floor.high.x - floor.low.x);
    const int row = at.y * 4 / (floor.high.y - floor.low.y);
    ++count[static_cast<std::size_t>(4 * row + column)];
    const Entity thing = only_one(episode.quest.quest.targets[0].objects);
    EXPECT_GE(bearing_of(episode.house, episode.quest.start, 0, thing).distance, kLeadsAway);
  }
  // From the middle of the room hardly anything is far enough.
  for (const std::size_t corner : {0u, 3u, 12u, 15u}) EXPECT_GT(count[corner], kEpisodes / 20) << corner;
  for (const std::size_t side : {1u, 2u, 4u, 8u, 7u, 11u, 13u, 14u}) EXPECT_GT(count[side], kEpisodes / 40) << side;
  for (std::size_t part = 0; part < 16; ++part) EXPECT_LT(count[part], kEpisodes / 6) << part;
}

// ---- Seen first

TEST(SeenFirst, OneOfTwoIsInThePictureAtTheStartThenBothComeToBeSeen) {
  int num_looks = 0;
  int num_right = 0;
  constexpr int kEpisodes = 200;
  for (std::uint64_t i = 0; i < kEpisodes; ++i) {
    const Episode episode = create(Family::kSeenFirst, i);
    World world(episode.house, episode.quest);
    const Two two = two_of(world);
    const auto at_start = pixels_of(world.house(), world.state());
    ASSERT_GE(at_start[two.first.thing()], 6) << i << ": " << episode.task.instruction;
    ASSERT_EQ(at_start[two.other.thing()], 0) << i << ": " << episode.task.instruction;
    num_right += bearing_of(world.house(), world.state(), 0, two.first).right > 0 ? 1 : 0;
    Mind mind(0);
    ASSERT_TRUE(play_first_clause(world, mind)) << i << ": " << outcome_of(world).reason;
    EXPECT_NE(world.judge().seen[two.other.thing()], 0) << "both were seen";
    EXPECT_EQ(two_of(world).first, two.first);
    const auto then = pixels_of(world.house(), world.state());
    const bool looks = world.quest().mission.first.verb == Verb::kLookAt;
    num_looks += looks ? 1 : 0;
    EXPECT_EQ(then[two.first.thing()] > 0, looks) << i << ": " << episode.task.instruction;
    EXPECT_EQ(then[two.other.thing()] > 0, looks) << i << ": " << episode.task.instruction;
  }
  EXPECT_NEAR(num_looks, kEpisodes / 2, kEpisodes / 5);
  EXPECT_NEAR(num_right, kEpisodes / 2, 25) << "3.5 sigma";
}

TEST(SeenFirst, TheOneIsRightAndTheOtherWrong) {
  for (std::uint64_t i = 0; i < 40; ++i) {
    const Episode episode = create(Family::kSeenFirst, i);
    World world(episode.house, episode.quest);
    Mind mind(0);
    ASSERT_TRUE(play_first_clause(world, mind));
    const Two two = two_of(world);
    World wrong = world;
    go_to(world, mind, two.first);
    EXPECT_EQ(world.verdict(), Verdict::kSuccess) << outcome_of(world).reason;
    Mind other(0);
    go_to(wrong, other, two.other);
    EXPECT_EQ(wrong.verdict(), Verdict::kWrongObject) << outcome_of(wrong).reason;
    EXPECT_EQ(wrong.judge().object, two.other);
  }
}

// What can be told from where everything is when the first clause is done, but not from before, is worth nothing.
TEST(SeenFirst, WhatIsWhereAtTheDecisionDoesNotTell) {
  constexpr int kEpisodes = 400;
  struct Guess {
    const char* name;
    std::function<bool(const Bearing& first, const Bearing& other)> is_right;
    int num_right = 0;
  };
  std::array<Guess, 4> guesses{{
      {"the right one", [](const Bearing& f, const Bearing& o) { return f.right > o.right; }},
      {"the nearer one", [](const Bearing& f, const Bearing& o) { return f.distance < o.distance; }},
      {"the more central one",
       [](const Bearing& f, const Bearing& o) { return std::abs(f.right) < std::abs(o.right); }},
      {"the next one to the right",
       [](const Bearing& f, const Bearing& o) { return wrap_turn(f.right) < wrap_turn(o.right); }},
  }};
  for (std::uint64_t i = 0; i < kEpisodes; ++i) {
    const Episode episode = create(Family::kSeenFirst, 1000 + i);
    World world(episode.house, episode.quest);
    Mind mind(0);
    ASSERT_TRUE(play_first_clause(world, mind));
    const Two two = two_of(world);
    const auto bearing = [&](Entity thing) { return bearing_of(world.house(), world.state(), 0, thing); };
    // Nor by less than a pixel: one who stopped short of it would have come from the other side.
    const Bearing landmark = bearing(only_one(world.quest().targets[0].objects));
    EXPECT_TRUE(landmark.right == 0 || world.quest().mission.first.verb != Verb::kLookAt);
    for (Guess& guess : guesses) guess.num_right += guess.is_right(bearing(two.first), bearing(two.other)) ? 1 : 0;
  }
  for (const Guess& guess : guesses) EXPECT_NEAR(guess.num_right, kEpisodes / 2, 40) << guess.name;  // 4 sigma
}

// Angles by the C library, lines of sight by the picture.
TEST(SeenFirst, SeenIsWhatJudgeHSays) {
  int num_seen = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const Episode episode = create(Family::kSeenFirst, i);
    const House& house = episode.house;
    const State& state = episode.quest.start;
    const PlayerState& self = state.players[0];
    const auto pixels = pixels_of(house, state);
    for (std::size_t t = 0; t < house.things.size(); ++t) {
      const double x = (state.things[t].position.x - self.position.x) / 65536.0;
      const double y = (state.things[t].position.y - self.position.y) / 65536.0;
      const Body body = body_of(house.things[t].kind);
      const double heading = self.heading * 2 * std::numbers::pi / kTurn;
      const double beside = std::remainder(std::atan2(x, y) - heading, 2 * std::numbers::pi) * 180 / std::numbers::pi;
      const double distance = std::hypot(x, y) - body.radius / 65536.0;
      const double height = body.height / 2 / 65536.0 - 1.5;
      const double above = std::atan2(height, std::hypot(x, y)) * 180 / std::numbers::pi + 18;
      const bool is_near_a_limit = std::abs(std::abs(beside) - 36) < 0.2 || std::abs(std::abs(above) - 28) < 0.2 ||
                                   std::abs(distance - 6) < 0.01;
      if (is_near_a_limit) continue;
      const bool may_be_seen = std::abs(beside) < 36 && std::abs(above) < 28 && distance < 6;
      const bool seen = is_seen(house, state, 0, thing_entity(t));
      num_seen += seen ? 1 : 0;
      if (seen) {
        EXPECT_TRUE(may_be_seen) << beside << " degrees, " << distance << " m";
        EXPECT_GT(pixels[t], 5);
      } else if (may_be_seen) {
        EXPECT_LT(pixels[t], 400) << "something stands before most of it";
      }
    }
  }
  EXPECT_GT(num_seen, 600);
}

TEST(SeenFirst, NothingIsMeantBeforeAnyIsSeen) {
  const Episode episode = create(Family::kSeenFirst, 3);
  DrawnQuest away = episode.quest;
  const World before(episode.house, episode.quest);
  const Two two = two_of(before);
  away.start.players[0].heading = wrap_turn(away.start.players[0].heading + kTurn / 2);
  World world(episode.house, away);
  EXPECT_TRUE(targets_now(world.quest(), 1, world.judge()).objects.none());
  // Turning to the left brings the one on the right of the landmark first, whichever was in view at first.
  for (int s = 0; s < 60 && targets_now(world.quest(), 1, world.judge()).objects.none(); ++s) {
    Action turn;
    turn.dx = -60;
    step(world, std::array{turn});
  }
  const auto right = [&](Entity thing) { return bearing_of(episode.house, episode.quest.start, 0, thing).right; };
  const Entity expected = right(two.first) > right(two.other) ? two.first : two.other;
  EXPECT_EQ(only_one(targets_now(world.quest(), 1, world.judge()).objects), expected);
}

// ---- Words

TEST(Memory, IsAskedForInManyWords) {
  std::set<std::string> said;
  for (std::uint64_t i = 0; i < 200; ++i) {
    for (const Family family : {Family::kGoBack, Family::kSeenFirst}) {
      const Episode episode = create(family, i, i % 2 == 0 ? "train" : "held_out_phrases");
      const Parsed parsed = parse(episode.task.instruction);
      ASSERT_TRUE(parsed.mission) << parsed.problem;
      EXPECT_EQ(*parsed.mission, episode.quest.quest.mission);
      EXPECT_EQ(family_of(*parsed.mission), family);
      EXPECT_EQ(parsed.set == PhraseSet::kHeldOut, i % 2 == 1) << episode.task.instruction;
      said.insert(episode.task.instruction);
    }
  }
  EXPECT_GT(said.size(), 350u);
  EXPECT_EQ(name_of(parse("Head to the red ball, after that return to where you began!").mission.value()),
            "go to the red ball, then go back to where you started");
  EXPECT_EQ(name_of(parse("look at the box and then approach the red toy that you saw first").mission.value()),
            "look at the box, then go to the red thing you saw first");
}

TEST(Memory, WhatMakesNoSenseIsSaid) {
  EXPECT_THAT(parse("put the ball you saw first on the table").problem, HasSubstr("looked at, gone to and picked up"));
  EXPECT_THAT(parse("push the cube to the ball you saw first").problem, HasSubstr("looked at, gone to and picked up"));
  EXPECT_THAT(parse("go to a ball you saw first").problem, HasSubstr("\"the\" one"));
  EXPECT_THAT(parse("go to the lamp you saw first").problem, HasSubstr("only things that can be carried"));
  const Episode episode = create(Family::kGoBack, 1);
  const auto problem = [&](std::string_view words) {
    return look_up(episode.house, episode.quest.start, parse(words).mission.value()).problem;
  };
  EXPECT_THAT(problem("go back to where you started"), HasSubstr("you are where you started"));
  EXPECT_THAT(problem("jump and go back to where you started"), HasSubstr("you are where you started"));
  EXPECT_EQ(problem("jump, then go back to where you started"), "");
  EXPECT_EQ(problem("go back to where you started after you jump"), "");
  const House room = create_house(1, level_named("room"));
  const std::string shape(kShapeNames[static_cast<std::size_t>(room.things[0].kind.shape)]);
  const Mission there = parse("go to the " + shape + " you saw first").mission.value();
  EXPECT_THAT(look_up(room, start_state(room), there).problem, HasSubstr("playhouse/memory"));
}

// ---- Other goals of the same start

/// The last 8-action chunk towards a goal, played on a copy, and where the player was then.
std::vector<Goal> goals_of(const std::optional<World>& world, std::uint64_t seed) {
  static Renderer renderer(kFrame);
  PlayhouseOracle oracle(world, renderer);
  oracle.begin();
  Random random(seed);
  return oracle.goals(random);
}

TEST(Memory, OtherGoalsKeepWhatWasSeenAndDone) {
  int num_pairs = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Episode episode = create(Family::kSeenFirst, i);
    std::optional<World> world(std::in_place, episode.house, episode.quest);
    Mind mind(0);
    ASSERT_TRUE(play_first_clause(*world, mind));
    for (const Goal& goal : goals_of(world, i)) {
      if (goal.family != "seen first" || goal.target == episode.task.target) continue;
      ++num_pairs;
      // Both of that pair were or were not in view; one was, and it is what is meant now: the first clause is done.
      const Mission mission = parse(goal.target).mission.value();
      EXPECT_EQ(mission.first, episode.quest.quest.mission.first);
      const World asked = asked_instead(*world, mission);
      EXPECT_EQ(clause_in_turn(asked.quest(), asked.judge()), 1) << goal.target;
      const Entity meant = only_one(targets_now(asked.quest(), 1, asked.judge()).objects);
      EXPECT_TRUE(is_seen(episode.house, episode.quest.start, 0, meant)) << goal.target;
      EXPECT_EQ(goal.objects.count(), 1u);
      EXPECT_TRUE(goal.objects.test(meant.id + 1U));
    }
  }
  EXPECT_GE(num_pairs, 20);
}

TEST(Memory, OneCanComeBackFromOtherThings) {
  int num_others = 0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const Episode episode = create(Family::kGoBack, i);
    std::optional<World> world(std::in_place, episode.house, episode.quest);
    for (const Goal& goal : goals_of(world, i)) {
      if (goal.family != "go back" || goal.target == episode.task.target) continue;
      ++num_others;
      World other = asked_instead(*world, parse(goal.target).mission.value());
      Mind mind(0);
      while (!other.is_over()) step(other, std::array{mind.decide(other).action});
      EXPECT_EQ(other.verdict(), Verdict::kSuccess) << goal.target << ": " << outcome_of(other).reason;
    }
  }
  EXPECT_GE(num_others, 20);
}

// ---- What the judge keeps

TEST(Memory, WhatWasSeenIsPartOfStateAndSnapshot) {
  const Episode episode = create(Family::kSeenFirst, 5);
  World world(episode.house, episode.quest);
  World other = world;
  Snapshot snapshot = world.snapshot();
  EXPECT_EQ(problem_of(world, snapshot), "");
  const Two two = two_of(world);
  std::swap(snapshot.judge.seen[two.first.thing()], snapshot.judge.seen[two.other.thing()]);
  other.restore(snapshot);
  EXPECT_NE(other.hash(), world.hash());
  EXPECT_EQ(two_of(other).first, two.other);
  EXPECT_EQ(problem_of(world, snapshot), "");
  snapshot.judge.seen[two.first.thing()] = 9;
  EXPECT_THAT(problem_of(world, snapshot), HasSubstr("the order in which things were seen"));
  snapshot.judge.seen[two.first.thing()] = snapshot.judge.seen[two.other.thing()];
  EXPECT_THAT(problem_of(world, snapshot), HasSubstr("was seen"));
  snapshot = world.snapshot();
  snapshot.judge.seen[kMaxThings - 1] = 1;
  EXPECT_THAT(problem_of(world, snapshot), HasSubstr("when thing 39 was seen"));
}

TEST(Memory, OtherLevelsKeepNothing) {
  for (const std::string level : {"room", "flat"}) {
    const Episode episode = create_episode(seed_in(SeedRange::kDevelopment, 1), {}, {.level = level});
    World world(episode.house, episode.quest);
    Mind mind(0);
    while (!world.is_over()) step(world, std::array{mind.decide(world).action});
    EXPECT_EQ(world.judge().seen, decltype(JudgeState::seen){});
    EXPECT_FALSE(has_family(*episode.house.level, Family::kGoBack));
    EXPECT_FALSE(has_family(*episode.house.level, Family::kSeenFirst));
  }
}

// Two nouns that mean two things each, whatever else stands there.
TEST(Memory, EveryRoomHasTwoPairs) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const House house = create_house(seed, level_named("memory"));
    const std::vector<Pair> pairs = pairs_in(house, start_state(house));
    EXPECT_GE(pairs.size(), 2u) << seed;
    EXPECT_TRUE(std::any_of(pairs.begin(), pairs.end(), [](const Pair& pair) { return !pair.phrase.colour; }));
    std::set<std::pair<int, int>> kinds;
    for (const Thing& thing : house.things)
      kinds.emplace(static_cast<int>(thing.kind.shape), static_cast<int>(thing.kind.colour));
    EXPECT_EQ(kinds.size(), 5u) << "each has a name of its own";
  }
}

}  // namespace
}  // namespace atl::envs::playhouse
