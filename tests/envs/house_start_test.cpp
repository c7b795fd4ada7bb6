// Houses as physics and sight find them at the start of an episode.
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/routes.h"
#include "envs/playhouse/sight.h"
#include "house_picture.h"

#include <gtest/gtest.h>

namespace atl::envs::playhouse {
namespace {

constexpr std::uint64_t kSeeds = 300;

class HouseStart : public testing::TestWithParam<std::string> {
 protected:
  const Level& level_ = level_named(GetParam());
};

TEST_P(HouseStart, NothingMovesByItself) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const House house = create_house(seed, level_);
    const State start = start_state(house);
    State state = start;
    const std::array<TickInput, kMaxPlayers> inputs{};
    Events events;
    for (int tick = 0; tick < 30; ++tick) {
      advance(house, state, std::span(inputs).first(static_cast<std::size_t>(level_.players)), events);
    }
    for (std::size_t i = 0; i < house.things.size(); ++i) {
      ASSERT_EQ(state.things[i].position, house.things[i].position) << seed << "\n" << picture_of(house);
      ASSERT_EQ(state.things[i].place, Place::kResting) << seed;
    }
    for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
      ASSERT_EQ(state.fixtures[i].angle, start.fixtures[i].angle) << seed << " fixture " << i;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(level_.players); ++i) {
      ASSERT_EQ(state.players[i].position, house.starts[i].position) << seed;
    }
  }
}

// Whether somebody who stands on free floor less than 0.75 m away, in the same room, sees the thing.
bool is_seen_from_nearby(const House& house, State state, std::size_t thing) {
  const Vec2 middle = house.things[thing].position.flat();
  const std::int32_t radius = body_of(house.things[thing].kind).radius;
  for (const int cm : {74, 65, 55, 45, 35, 28}) {
    for (std::int32_t heading = 0; heading < kTurn; heading += 64) {
      const Vec2 p = middle + from_view({0, radius + from_cm(cm)}, heading);
      if (house.cell_at(p) != house.cell_at(middle)) continue;
      state.players[0].position = p;
      if (!is_free(house, state, {p.x, p.y, 0}, {from_cm(25), from_cm(170)}, {0, 0})) continue;
      if (is_in_sight(house, state, 0, thing_entity(thing))) return true;
    }
  }
  return false;
}

TEST_P(HouseStart, EachThingIsSeenFromNearby) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const House house = create_house(seed, level_);
    State state = start_state(house);
    for (std::size_t i = 0; i < house.fixtures.size(); ++i) {  // once boxes are open
      if (has_lid(house.fixtures[i].kind)) state.fixtures[i].angle = kOpenAngle;
    }
    for (std::size_t i = 0; i < house.things.size(); ++i) {
      ASSERT_TRUE(is_seen_from_nearby(house, state, i)) << level_.name << ", seed " << seed << ", thing " << i << "\n"
                                                        << picture_of(house);
    }
  }
}

TEST_P(HouseStart, WhatIsJoinedIsWhatHasADistance) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const House house = create_house(seed, level_);
    FloorMap floor;
    RouteMap ways;
    for (const auto care : {FloorMap::Care::kWide, FloorMap::Care::kTight}) {
      floor.build(house, start_state(house), care);
      const int start = floor.index_of(house.starts[0].position);
      ways.build(floor, {start});
      const std::vector<bool> joined = cells_joined_to(floor, start);
      ASSERT_EQ(joined.size(), static_cast<std::size_t>(floor.width() * floor.height()));
      for (std::size_t i = 0; i < joined.size(); ++i) {
        ASSERT_EQ(joined[i], ways.distance(static_cast<int>(i)) != RouteMap::kUnreachable) << seed << ", cell " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, HouseStart,
                         testing::Values("room", "studio", "flat", "house", "full", "pair", "memory"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace atl::envs::playhouse
