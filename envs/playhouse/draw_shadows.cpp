#include "envs/playhouse/draw_cells.h"
#include "envs/playhouse/physics.h"

#include <algorithm>
#include <array>

namespace atl::envs::playhouse {

void CellPainter::draw_shadows(const Cell& cell, bool on_floor) {
  const House& house = *sight_.house;
  // Round patches one within the other: four faint ones in large pictures, two in small ones.
  const bool is_soft = view_.size().width_px >= 200;
  const auto blob = [&](Vec2 middle, std::int32_t z, std::int32_t radius, const Rect& limits, std::uint8_t number) {
    static constexpr std::array<std::int32_t, 4> kSoftParts{164, 146, 128, 108};  // of 128
    static constexpr std::array<std::int32_t, 2> kHardParts{156, 122};
    if (pen_.begin({middle.x, middle.y, z}, radius * 3 / 2) == 0) return;
    std::array<Vec3, 16> corners;
    const std::size_t count = is_soft ? 16 : 8;
    for (const std::int32_t part :
         is_soft ? std::span<const std::int32_t>(kSoftParts) : std::span<const std::int32_t>(kHardParts)) {
      for (std::size_t i = 0; i < count; ++i) {
        const auto angle = static_cast<std::int32_t>(i * static_cast<std::size_t>(kTurn) / count);
        const Vec2 p = middle + from_view({0, radius * part / 128}, angle);
        corners[i] = {std::clamp(p.x, limits.low.x, limits.high.x), std::clamp(p.y, limits.low.y, limits.high.y), z};
      }
      pen_.shadow({corners.data(), count}, is_soft, number);
    }
  };
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const ThingState& thing = sight_.state->things[i];
    const Body body = body_of(house.things[i].kind);
    if (thing.place == Place::kStored || !reaches(cell.floor, thing.position.flat(), body.radius)) continue;
    const bool is_on_top = thing.support.is_fixture();
    if (thing.support.is_thing() || is_on_top == on_floor) continue;
    if (on_floor) {
      blob(thing.position.flat(), 0, body.radius, cell.floor, 0);
    } else if (const Fixture& fixture = house.fixtures[thing.support.fixture()]; thing.position.z == fixture.height) {
      blob(thing.position.flat(), fixture.height, body.radius, fixture.floor,
           static_cast<std::uint8_t>(thing.support.id + 1));
    }
  }
  if (!on_floor) return;
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) {
    const PlayerState& player = sight_.state->players[i];
    if (i != sight_.player && reaches(cell.floor, player.position, kBodyRadius))
      blob(player.position, 0, kBodyRadius, cell.floor, 0);
  }
}

}  // namespace atl::envs::playhouse
