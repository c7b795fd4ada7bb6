#include "tests/envs/house_poses.h"

#include "envs/playhouse/bodies.h"
#include "envs/playhouse/physics.h"

namespace atl::envs::playhouse {

void stand_anywhere(const House& house, State& state, std::size_t player, std::int32_t most_pitch, Random& random) {
  PlayerState& self = state.players[player];
  self.heading = random.between(0, kTurn - 1);
  self.pitch = random.between(-most_pitch, most_pitch);
  self.z = 0;
  for (;;) {
    const Rect& floor = house.cells[random.below(static_cast<std::uint32_t>(house.cells.size()))].floor;
    const Vec2 at{random.between(floor.low.x, floor.high.x), random.between(floor.low.y, floor.high.y)};
    if (!is_free(house, state, {at.x, at.y, 0}, {kBodyRadius, kBodyHeight}, {0, static_cast<std::uint8_t>(player)}))
      continue;
    self.position = at;
    return;
  }
}

void upset(const House& house, State& state, Random& random) {
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    FixtureState& fixture = state.fixtures[i];
    fixture.is_on = random.chance(1, 2) ? 1 : 0;
    if (!is_hinged(house.fixtures[i].kind)) continue;
    switch (random.below(3)) {
      case 0: fixture.angle = 0; break;
      case 1: fixture.angle = static_cast<std::int16_t>(random.between(1, kOpenAngle - 1)); break;
      default: fixture.angle = static_cast<std::int16_t>(kOpenAngle);
    }
  }
  for (std::size_t i = 0; i < house.things.size(); ++i) state.things[i].heading = random.between(0, kTurn - 1);
}

}  // namespace atl::envs::playhouse
