// Saving and going back, through the stepped interface; and what is no snapshot of the episode is refused.
#include "core/error.h"
#include "core/frame.h"
#include "envs/oracle.h"
#include "envs/players.h"
#include "envs/playhouse/playhouse.h"
#include "envs/playhouse/snapshot.h"
#include "envs/seeds.h"
#include "envs/snapshots.h"
#include "tests/envs/random_hands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace atl::envs::playhouse {
namespace {

using testing::HasSubstr;

std::uint64_t seed_of(std::uint64_t index) { return seed_in(SeedRange::kDevelopment, index); }

std::unique_ptr<SteppedEnvironment> make(std::string_view level, FrameSize frame = {96, 72}) {
  return create_playhouse({.frame = frame, .episode = {.level = std::string(level)}});
}

// The kind of error and its words.
std::pair<std::optional<ErrorKind>, std::string> error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  return {std::nullopt, "no error"};
}

struct Seen {
  std::uint64_t state = 0;
  std::uint64_t picture = 0;
  std::uint64_t step = 0;
  std::string reason;
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen see(SteppedEnvironment& world, const Observation& observation) {
  return {world.oracle()->state_hash(), hash_pixels(observation.frame), observation.step, world.outcome().reason};
}

// Steps of random hands, one pair a player, until the end or `count`.
std::vector<Seen> play(SteppedEnvironment& world, std::uint64_t seed, int count) {
  std::array<RandomHands, 2> hands{RandomHands(seed), RandomHands(seed + 1)};
  std::vector<Seen> seen;
  const auto num_players = static_cast<std::size_t>(world.spec().num_players);
  for (int i = 0; i < count && !world.outcome().is_over(); ++i) {
    const std::array<Action, 2> actions{hands[0].next(), hands[1].next()};
    seen.push_back(see(world, world.players()->step_all(std::span(actions).first(num_players))));
  }
  return seen;
}

class SnapshotOf : public testing::TestWithParam<std::string_view> {};  // level

TEST_P(SnapshotOf, GoesOnAsTheOriginalDidToTheEnd) {
  for (std::uint64_t i = 0; i < 6; ++i) {
    const auto world = make(GetParam());
    world->reset(seed_of(i), {.time_limit_s = 12.0});
    play(*world, i, 40 + 10 * static_cast<int>(i));
    const std::vector<std::uint8_t> saved = world->snapshots()->save();
    EXPECT_EQ(saved.size(), static_cast<std::size_t>(world->spec().snapshot_bytes));
    const std::uint64_t state = world->oracle()->state_hash();
    const std::vector<Seen> on = play(*world, 100 + i, 1000);
    // In the same world, which is over by now, and in another one that was just reset.
    const auto other = make(GetParam());
    other->reset(seed_of(i), {.time_limit_s = 12.0});
    for (SteppedEnvironment* back : {world.get(), other.get()}) {
      const Observation observation = back->snapshots()->restore(saved);
      EXPECT_EQ(back->oracle()->state_hash(), state);
      EXPECT_EQ(back->snapshots()->save(), saved);
      EXPECT_EQ(observation.instruction, back->task().instruction);
      EXPECT_EQ(back->outcome().is_over(), on.empty());
      EXPECT_EQ(play(*back, 100 + i, 1000), on);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, SnapshotOf,
                         testing::Values("room", "studio", "flat", "house", "full", "pair", "memory"));

TEST(PlayhouseSnapshot, AnExpertGoesOnFromIt) {
  const auto world = make("house");
  world->reset(seed_of(2), {.family = "put"});
  const auto expert = world->oracle()->create_expert(1, {});
  for (int i = 0; i < 30; ++i) world->step(expert->next());
  const std::vector<std::uint8_t> saved = world->snapshots()->save();
  while (!world->outcome().is_over()) world->step(expert->next());
  const std::string reason = world->outcome().reason;
  world->snapshots()->restore(saved);
  const auto again = world->oracle()->create_expert(1, {});
  while (!world->outcome().is_over()) world->step(again->next());
  EXPECT_EQ(world->outcome().verdict, Verdict::kSuccess);
  EXPECT_EQ(world->outcome().reason, reason);
}

TEST(PlayhouseSnapshot, AnotherLookIsTheSameState) {
  const auto usual = make("flat");
  const auto redrawn = create_playhouse({.frame = {96, 72}, .episode = {.level = "flat", .reskin = 9}});
  const std::uint64_t before = hash_pixels(usual->reset(seed_of(5), {}).frame);
  redrawn->reset(seed_of(5), {});
  play(*usual, 5, 20);
  const Observation observation = redrawn->snapshots()->restore(usual->snapshots()->save());
  EXPECT_EQ(redrawn->oracle()->state_hash(), usual->oracle()->state_hash());
  EXPECT_NE(hash_pixels(observation.frame), before);
}

TEST(PlayhouseSnapshot, PicturesOfAnySizeTakeTheSameSnapshots) {
  const auto small = make("flat");
  const auto large = make("flat", {160, 120});
  small->reset(seed_of(6), {});
  large->reset(seed_of(6), {});
  play(*small, 6, 20);
  large->snapshots()->restore(small->snapshots()->save());
  EXPECT_EQ(large->oracle()->state_hash(), small->oracle()->state_hash());
}

TEST(PlayhouseSnapshot, WhatBelongsElsewhereIsRefusedWithTheReason) {
  const auto world = make("flat");
  const auto refusal = [&](std::span<const std::uint8_t> bytes) {
    return error_of([&] { world->snapshots()->restore(bytes); });
  };
  EXPECT_EQ(error_of([&] { static_cast<void>(world->snapshots()->save()); }).first, ErrorKind::kInternal);
  EXPECT_EQ(refusal({}).first, ErrorKind::kInternal) << "nothing is reset yet";

  world->reset(seed_of(1), {.family = "go to"});
  const std::vector<std::uint8_t> good = world->snapshots()->save();
  const auto in_other_world = make("house");
  in_other_world->reset(seed_of(1), {.family = "go to"});
  const auto expect = [](const std::pair<std::optional<ErrorKind>, std::string>& error, ErrorKind kind,
                         const std::string& words) {
    EXPECT_EQ(error.first, kind) << error.second;
    EXPECT_THAT(error.second, HasSubstr(words));
  };
  expect(refusal(in_other_world->snapshots()->save()), ErrorKind::kContract,
         "snapshot of the level \"house\", the present one is \"flat\"");
  world->reset(seed_of(2), {.family = "go to"});
  expect(refusal(good), ErrorKind::kContract, "the present episode has seed");
  world->reset(seed_of(1), {.family = "pick up"});
  expect(refusal(good), ErrorKind::kContract, "snapshot of another task of seed");
  world->reset(seed_of(1), {.family = "go to", .time_limit_s = 3.0});
  expect(refusal(good), ErrorKind::kContract, "snapshot of another task of seed");

  world->reset(seed_of(1), {.family = "go to"});
  play(*world, 1, 10);
  const std::uint64_t state = world->oracle()->state_hash();
  std::vector<std::uint8_t> bytes = good;
  bytes[4] = 3;
  expect(refusal(bytes), ErrorKind::kVersion, "snapshot of format 3, this Atoll reads 2");
  bytes = good;
  bytes.back() ^= 1;
  expect(refusal(bytes), ErrorKind::kFormat, "it was changed");
  bytes = good;
  bytes[48] ^= 1;  // the checksum itself
  expect(refusal(bytes), ErrorKind::kFormat, "it was changed");
  expect(refusal(std::span(good).first(good.size() - 8)), ErrorKind::kFormat, "it was cut or something was added");
  bytes = good;
  bytes.push_back(0);
  expect(refusal(bytes), ErrorKind::kFormat, "it was cut or something was added");
  expect(refusal(std::span(good).first(3)), ErrorKind::kFormat, "3 bytes that do not begin with \"ATSN\"");
  expect(refusal({}), ErrorKind::kFormat, "0 bytes");
  EXPECT_EQ(world->oracle()->state_hash(), state) << "a refusal moves nothing";
  world->step({});
}

// ---- States from a stranger. Their bytes add up, but what they say may not be.

class StrangeSnapshot : public testing::Test {
 protected:
  StrangeSnapshot()
      : episode_(create_episode(seed_of(3), {}, {.level = "pair"})), world_(episode_.house, episode_.quest) {}

  [[nodiscard]] std::string problem(const std::function<void(Snapshot&)>& change) const {
    Snapshot snapshot = world_.snapshot();
    change(snapshot);
    return problem_of(world_, snapshot);
  }

  Episode episode_;
  World world_;
};

TEST_F(StrangeSnapshot, WhatCouldNotBeIsNamed) {
  EXPECT_EQ(problem([](Snapshot&) {}), "");
  const auto num_things = static_cast<std::uint8_t>(episode_.house.things.size());
  EXPECT_THAT(problem([](Snapshot& s) { s.state.players[1].position.x = 1 << 30; }),
              HasSubstr("where player 1 stands"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.players[0].heading = kTurn; }), HasSubstr("where player 0 looks"));
  EXPECT_THAT(problem([&](Snapshot& s) { s.state.players[0].holding = {num_things}; }),
              HasSubstr("what player 0 holds"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.players[0].holding = {0}; }), HasSubstr("what player 0 holds"))
      << "a thing that stands on the floor";
  EXPECT_THAT(problem([](Snapshot& s) { s.state.players[0].bag[3] = 1; }), HasSubstr("the bag of player 0"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.players[1].screen = Screen{7}; }), HasSubstr("the screen of player 1"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.things[2].place = Place::kHeld; }), HasSubstr("whom thing 2 is with"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.things[2].place = Place{9}; }), HasSubstr("the place of thing 2"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.things[2].support = thing_entity(2); }),
              HasSubstr("what thing 2 stands on"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.things[2].support = {200}; }), HasSubstr("what thing 2 stands on"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.things[kMaxThings - 1].heading = 1; }), HasSubstr("is not there"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.fixtures[0].angle = kOpenAngle + 1; }), HasSubstr("fixture 0"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.restless = std::uint64_t{1} << 63; }), HasSubstr("restless things"));
  EXPECT_THAT(problem([](Snapshot& s) { s.state.num_ticks = -1; }), HasSubstr("number of ticks"));
  EXPECT_THAT(problem([](Snapshot& s) { s.judge.verdict = Verdict{99}; }), HasSubstr("the verdict"));
  EXPECT_THAT(problem([](Snapshot& s) { s.judge.clauses[0].candidate = {180}; }), HasSubstr("what the judge has seen"));
}

// Whatever passes does no harm: the world goes on, and is drawn. (The sanitizer build looks at every step.)
TEST_F(StrangeSnapshot, WhatPassesGoesOnWithoutHarm) {
  Random random(11);
  int passed = 0;
  const auto world = make("pair");
  world->reset(seed_of(3), {});
  for (int i = 0; i < 2000; ++i) {
    Snapshot snapshot = world_.snapshot();
    // A few bytes of the state or the judge's memory, changed at random.
    for (std::uint32_t change = random.below(3) + 1; change > 0; --change) {
      const bool of_judge = random.chance(1, 8);
      const std::span<std::uint8_t> bytes =
          of_judge ? std::span(reinterpret_cast<std::uint8_t*>(&snapshot.judge), sizeof snapshot.judge)
                   : std::span(reinterpret_cast<std::uint8_t*>(&snapshot.state), sizeof snapshot.state);
      bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<std::uint8_t>(random());
    }
    World changed = world_;
    changed.restore(snapshot);
    const std::vector<std::uint8_t> bytes = to_bytes(changed, episode_, seed_of(3));
    if (!problem_of(world_, snapshot).empty()) {
      EXPECT_EQ(error_of([&] { world->snapshots()->restore(bytes); }).first, ErrorKind::kFormat);
      continue;
    }
    ++passed;
    world->snapshots()->restore(bytes);
    play(*world, static_cast<std::uint64_t>(i), 12);
  }
  EXPECT_GT(passed, 100);
  EXPECT_LT(passed, 1900);
}

}  // namespace
}  // namespace atl::envs::playhouse
