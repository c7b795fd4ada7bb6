#include "core/random.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/screens.h"
#include "envs/seeds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace atl::envs::playhouse {
namespace {

std::uint64_t development_seed(std::uint64_t index) { return seed_in(SeedRange::kDevelopment, index); }

// What a monkey does: keys held for a while, sudden turns, now and then everything else.
class Monkey {
 public:
  explicit Monkey(std::uint64_t seed) : random_(seed) {}
  TickInput next() {
    if (random_.chance(1, 20)) {
      held_ = 0;
      for (const KeyBit key : {kForward, kLeft, kBack, kRight}) {
        if (random_.chance(2, 5)) held_ |= key;
      }
    }
    TickInput input;
    input.held = held_;
    if (random_.chance(1, 4)) input.dx = random_.between(-300, 300);
    if (random_.chance(1, 8)) input.dy = random_.between(-200, 200);
    if (random_.chance(1, 60)) input.wheel = random_.between(-3, 3);
    for (const KeyBit key : {kTake, kUse, kRotate, kJump}) {
      if (random_.chance(1, 25)) input.pressed |= key;
    }
    if (random_.chance(1, 300)) input.pressed |= kBag;
    if (random_.chance(1, 300)) input.pressed |= kMenu;
    return input;
  }

 private:
  Random random_;
  std::uint16_t held_ = 0;
};

// Everything that must hold in every state; the first thing that does not, in words.
std::string problem_in(const House& house, const State& state) {
  constexpr std::int32_t kContact = kMetre / 500;
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) {
    const PlayerState& player = state.players[i];
    if (!is_inside_walls(house, player.position, kBodyRadius)) return "a player is in a wall";
    if (player.z < 0 || player.z > kRoomHeight) return "a player is below the floor or above the ceiling";
    for (std::size_t f = 0; f < house.fixtures.size(); ++f) {
      if (is_solid(house, state, f, player.z, player.z + kBodyHeight) &&
          length_squared(away_from(house.fixtures[f].floor, player.position)) < square(kBodyRadius - kContact))
        return "a player is in furniture";
    }
    if (player.holding.is_some() && state.things[player.holding.thing()].place != Place::kHeld)
      return "a player holds what is not held";
  }
  int held = 0;
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const ThingState& thing = state.things[i];
    const Body body = body_of(house.things[i].kind);
    if (thing.place == Place::kHeld) ++held;
    if (thing.place == Place::kHeld || thing.place == Place::kStored) continue;
    if (!is_inside_walls(house, thing.position.flat(), body.radius - kContact)) return "a thing is in a wall";
    if (thing.position.z < 0) return "a thing is below the floor";
    for (std::size_t j = 0; j < i; ++j) {
      const ThingState& other = state.things[j];
      const Body other_body = body_of(house.things[j].kind);
      if (other.place != Place::kResting || thing.place != Place::kResting) continue;
      const bool same_level =
          thing.position.z < other.position.z + other_body.height && other.position.z < thing.position.z + body.height;
      if (same_level && length_squared(thing.position.flat() - other.position.flat()) <
                            square(body.radius + other_body.radius - kContact))
        return "two things overlap";
    }
  }
  int holding = 0;
  int stored = 0;
  for (const PlayerState& player : state.players) {
    holding += player.holding.is_some() ? 1 : 0;
    stored += static_cast<int>(
        std::count_if(player.bag.begin(), player.bag.end(), [](std::uint8_t slot) { return slot != kNothing; }));
  }
  const auto in_bags = std::count_if(state.things.begin(), state.things.end(),
                                     [](const ThingState& thing) { return thing.place == Place::kStored; });
  if (held != holding || stored != in_bags) return "hands or bags do not agree with things";
  return {};
}

State run_monkey(const House& house, std::uint64_t seed, int num_ticks, std::string& problem) {
  State state = start_state(house);
  Events events;
  std::array<Monkey, 2> monkeys{Monkey(seed), Monkey(seed + 1)};
  for (int tick = 0; tick < num_ticks && problem.empty(); ++tick) {
    std::array<TickInput, 2> inputs{monkeys[0].next(), monkeys[1].next()};
    events.clear();
    advance(house, state, {inputs.data(), static_cast<std::size_t>(house.level->players)}, events);
    problem = problem_in(house, state);
    if (!problem.empty()) problem += " after tick " + std::to_string(tick);
  }
  return state;
}

TEST(HousePhysics, NothingEverEndsUpInsideOfAnything) {
  for (const Level& level : levels()) {
    for (std::uint64_t i = 0; i < 12; ++i) {
      const House house = create_house(development_seed(i), level);
      std::string problem;
      static_cast<void>(run_monkey(house, i, 2000, problem));
      EXPECT_EQ(problem, "") << "level " << level.name << ", seed " << i;
    }
  }
}

TEST(HousePhysics, TheSameInputsGiveTheSameBits) {
  const House house = create_house(development_seed(3), level_named("house"));
  std::string problem;
  const State once = run_monkey(house, 7, 1500, problem);
  const State again = run_monkey(house, 7, 1500, problem);
  EXPECT_EQ(std::memcmp(&once, &again, sizeof(State)), 0);
  EXPECT_EQ(hash_of(once), hash_of(again));
  EXPECT_NE(hash_of(once), hash_of(run_monkey(house, 8, 1500, problem)));
}

TEST(HousePhysics, ACopyGoesOnAsTheOriginalDoes) {
  const House house = create_house(development_seed(4), level_named("house"));
  std::string problem;
  State state = run_monkey(house, 7, 500, problem);
  State copy = state;
  Events events;
  Monkey monkey(9);
  Monkey same(9);
  for (int i = 0; i < 300; ++i) {
    const TickInput input = monkey.next();
    const TickInput input_again = same.next();
    advance(house, state, {&input, 1}, events);
    events.clear();
    advance(house, copy, {&input_again, 1}, events);
    events.clear();
  }
  EXPECT_EQ(state, copy);
}

// ---- Single laws, in a room with five things.

class InARoom : public ::testing::Test {
 protected:
  InARoom() : house_(create_house(development_seed(1), level_named("room"))), state_(start_state(house_)) {}

  void tick(const TickInput& input, int times = 1) {
    for (int i = 0; i < times; ++i) {
      const TickInput once = i == 0 ? input : TickInput{.held = input.held};
      last_.clear();
      advance(house_, state_, {&once, 1}, last_);
      for (const Event& event : last_.all()) events_.push_back(event);
    }
  }
  // Stands before a thing and looks at its middle.
  void stand_before(std::size_t thing) {
    const Vec2 at = state_.things[thing].position.flat();
    const std::int32_t radius = body_of(house_.things[thing].kind).radius;
    PlayerState& self = state_.players[0];
    for (std::int32_t heading = 0; heading < kTurn; heading += kTurn / 16) {
      const Vec2 to = at - from_view({0, radius + kBodyRadius + from_cm(30)}, heading);
      if (!is_free(house_, state_, {to.x, to.y, 0}, {kBodyRadius, kBodyHeight}, {0, 0})) continue;
      self.position = to;
      self.heading = heading;
      self.pitch = 0;
      self.pitch += bearing_of(house_, state_, 0, thing_entity(thing)).up;
      return;
    }
    FAIL() << "no free place before thing " << thing;
  }
  [[nodiscard]] bool happened(EventKind kind) const {
    return std::any_of(events_.begin(), events_.end(), [&](const Event& event) { return event.kind == kind; });
  }

  House house_;
  State state_;
  Events last_;
  std::vector<Event> events_;
};

TEST_F(InARoom, WalksAtTwoPointFourMetresASecondAndSlidesAlongWalls) {
  PlayerState& self = state_.players[0];
  const Rect floor = house_.cells[0].floor;
  self.position = {floor.low.x + kBodyRadius, floor.low.y + kMetre};
  self.heading = kTurn * 7 / 8;  // north-west, into the western wall
  const Vec2 before = self.position;
  tick({.held = kForward}, 30);
  EXPECT_EQ(self.position.x, before.x);
  EXPECT_NEAR(self.position.y - before.y, kWalkPerTick * 30 * 0.7071, kMetre / 50);
}

TEST_F(InARoom, TakesWhatTheCrosshairIsOnAndPutsItDownElsewhere) {
  stand_before(0);
  EXPECT_EQ(takeable(house_, state_, 0), thing_entity(0));
  tick({.pressed = kTake});
  ASSERT_EQ(state_.players[0].holding, thing_entity(0));
  EXPECT_TRUE(happened(EventKind::kTook));
  EXPECT_EQ(takeable(house_, state_, 0), Entity{});
  const Vec3 carried = state_.things[0].position;
  tick({.dx = kTurn / 2});  // the other way
  EXPECT_GT(length_squared(carried.flat() - state_.things[0].position.flat()), square(kMetre / 2));
  tick({.dy = from_degrees(30)});
  tick({.pressed = kTake});
  EXPECT_FALSE(state_.players[0].holding.is_some());
  tick({}, kTickRateHz);
  EXPECT_EQ(state_.things[0].place, Place::kResting);
  EXPECT_EQ(state_.things[0].position.z, 0);
}

TEST_F(InARoom, WhatIsStackedFallsWhenItsSupportIsTaken) {
  const Body below = body_of(house_.things[0].kind);
  state_.things[1].position = state_.things[0].position;
  state_.things[1].position.z = below.height;
  state_.things[1].support = thing_entity(0);
  stand_before(0);
  state_.players[0].pitch = 0;
  state_.players[0].pitch += bearing_of(house_, state_, 0, thing_entity(0)).up;
  tick({.pressed = kTake});
  ASSERT_EQ(state_.players[0].holding, thing_entity(0));
  EXPECT_EQ(state_.things[1].place, Place::kFalling);
  tick({}, kTickRateHz);
  EXPECT_EQ(state_.things[1].place, Place::kResting);
  EXPECT_EQ(state_.things[1].position.z, 0);
}

TEST_F(InARoom, PushesAThingThatItWalksIntoButNotThroughTheWall) {
  stand_before(0);
  const Vec2 before = state_.things[0].position.flat();
  tick({.held = kForward}, 8 * kTickRateHz);
  EXPECT_TRUE(happened(EventKind::kPushed));
  EXPECT_GT(length_squared(state_.things[0].position.flat() - before), square(kMetre / 4));
  EXPECT_EQ(problem_in(house_, state_), "");
}

TEST_F(InARoom, JumpsNearlyHalfAMetreAndComesDown) {
  std::int32_t highest = 0;
  tick({.pressed = kJump});
  for (int i = 0; i < kTickRateHz; ++i) {
    tick({});
    highest = std::max(highest, state_.players[0].z);
  }
  EXPECT_NEAR(highest, from_cm(45), from_cm(4));
  EXPECT_EQ(state_.players[0].z, 0);
  EXPECT_TRUE(happened(EventKind::kJumped));
}

TEST_F(InARoom, TheBagKeepsWhatIsPutIntoItByThePointer) {
  stand_before(2);
  tick({.pressed = kTake});
  ASSERT_EQ(state_.players[0].holding, thing_entity(2));
  tick({.pressed = kBag});
  ASSERT_EQ(state_.players[0].screen, Screen::kBag);
  const Item slot = items_of(Screen::kBag)[3];
  const Vec2 before = state_.players[0].position;
  const auto move_to_slot = [&] {
    return TickInput{.dx = (slot.left + slot.right) * kCountsPerUnit / 2 - state_.players[0].pointer_x,
                     .dy = (slot.top + slot.bottom) * kCountsPerUnit / 2 - state_.players[0].pointer_y,
                     .held = kForward};
  };
  tick(move_to_slot());
  tick({.pressed = kClick});
  EXPECT_EQ(state_.players[0].bag[3], 2);
  EXPECT_EQ(state_.things[2].place, Place::kStored);
  EXPECT_EQ(state_.players[0].position, before) << "nobody walks while a screen is open";
  tick({.pressed = kClick});
  EXPECT_EQ(state_.players[0].holding, thing_entity(2));
  EXPECT_EQ(state_.players[0].bag[3], kNothing);
}

// ---- Doors and lids, in a house.

class InAHouse : public ::testing::Test {
 protected:
  // A house with a door that is open, and the door's index.
  std::size_t open_door() {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      house_ = create_house(development_seed(seed), level_named("house"));
      state_ = start_state(house_);
      for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
        if (house_.fixtures[i].kind == FixtureKind::kDoor && is_open(state_, i)) return i;
      }
    }
    ADD_FAILURE() << "no open door in 50 houses";
    return 0;
  }
  void tick(int times) {
    const TickInput input;
    for (int i = 0; i < times; ++i) {
      events_.clear();
      advance(house_, state_, {&input, 1}, events_);
    }
  }
  House house_;
  State state_;
  Events events_;
};

TEST_F(InAHouse, ADoorDoesNotCloseOnWhoeverStandsInIt) {
  const std::size_t door = open_door();
  state_.players[0].position = house_.cells[house_.fixtures[door].cell].floor.middle();
  state_.fixtures[door].is_on = 0;
  tick(kTickRateHz);
  EXPECT_TRUE(is_open(state_, door));
  state_.players[0].position = house_.cells[0].floor.middle();
  tick(kTickRateHz);
  EXPECT_FALSE(is_open(state_, door));
  EXPECT_EQ(state_.fixtures[door].angle, 0);
}

TEST_F(InAHouse, AShutDoorHidesWhatIsBehindIt) {
  const std::size_t door = open_door();
  const Cell& doorway = house_.cells[house_.fixtures[door].cell];
  const Vec2 middle = doorway.floor.middle();
  const bool along_y = doorway.portals[0].side == Side::kNorth || doorway.portals[0].side == Side::kSouth;
  const std::int32_t reach = from_cm(60);
  const Vec3 from{along_y ? middle.x : middle.x - reach, along_y ? middle.y - reach : middle.y, kEyeHeight};
  const Direction through = direction_of(along_y ? 0 : kTurn / 4, 0);
  const Hit open = follow(house_, state_, from, through, 2 * reach, {player_entity(0), {}, {}});
  state_.fixtures[door].angle = 0;
  const Hit shut = follow(house_, state_, from, through, 2 * reach, {player_entity(0), {}, {}});
  EXPECT_NE(open.entity, fixture_entity(door));
  EXPECT_EQ(shut.entity, fixture_entity(door));
}

}  // namespace
}  // namespace atl::envs::playhouse
