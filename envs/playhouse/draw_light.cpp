#include "envs/playhouse/draw_light.h"

#include "envs/playhouse/draw_floor_light.h"
#include "envs/playhouse/draw_paint.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kSkirting = from_cm(8);

// A colour times `light` (Q8), which may be above 256: what is too light becomes white.
std::uint32_t brightened(std::uint32_t colour, std::int32_t light) {
  std::uint32_t result = 0;
  for (int shift = 0; shift <= 16; shift += 8) {
    const auto channel = static_cast<std::int32_t>((colour >> shift) & 255);
    result |= static_cast<std::uint32_t>(std::min(channel * light >> 8, 255)) << shift;
  }
  return result;
}

std::int32_t light_of_level(int level, const Look& look) { return level * look.brightness / kFullLevel; }

void make_tables(const House& house, std::size_t room, RoomPaint& paint) {
  const Look::Room& look = house.look.rooms[room];
  const std::uint32_t trim = furnishing_of(house.hash, house.look.reskin).trim;
  for (int level = 0; level < kNumLevels; ++level) {
    const std::int32_t light = light_of_level(level, house.look);
    const std::uint32_t floor = brightened(look.floor_colour, light);
    const std::uint32_t wall = brightened(look.wall_colour, light);
    const std::uint32_t skirting = lit(brightened(trim, light), 230);
    for (int tone = 0; tone < kNumTones; ++tone) {
      const auto at = static_cast<std::size_t>(level * 16 + tone);
      paint.floor[at] = lit(floor, light_of_tone(tone));
      paint.wall[at] = lit(wall, light_of_tone(tone));
      paint.wall[at + kNumLevels * 16] = skirting;
    }
    paint.ceiling[static_cast<std::size_t>(level)] = lit(brightened(look.ceiling_colour, light), 256);
  }
  paint.is_painted = true;
}

// Between two edges.
std::vector<std::int16_t> ramp(std::int32_t length, int most) {
  std::vector<std::int16_t> levels;
  for (std::int32_t at = 0; at <= length + kMetre / 64; at += kMetre / 64) {
    levels.push_back(static_cast<std::int16_t>(-16 * (lost_at(at, most) + lost_at(length - at, most))));
  }
  return levels;
}

// Everything that is lit in a room, as bits: lamps in the order of the room's fixtures, then ceiling and daylight.
std::uint64_t lights_of(const House& house, const State& state, std::size_t room, bool is_night) {
  std::uint64_t lights = (has_light(house, state, room) ? 2u : 0u) | (is_night ? 1u : 0u);
  for (const std::uint8_t i : house.cells[room].fixtures) {
    lights = lights << 1 | (house.fixtures[i].kind == FixtureKind::kLamp && is_on(state, i) ? 1u : 0u);
  }
  return lights;
}

void light_room(const House& house, const State& state, std::size_t room, bool is_night, RoomPaint& paint) {
  const Cell& cell = house.cells[room];
  const Look& look = house.look;
  paint.lamps.clear();
  for (const std::uint8_t i : cell.fixtures) {
    if (house.fixtures[i].kind == FixtureKind::kLamp && is_on(state, i))
      paint.lamps.push_back({house.fixtures[i].floor.middle()});
  }
  const int daylight = is_night ? 0 : (cell.windows.empty() ? 12 : 18);
  const int ceiling_light = has_light(house, state, room) ? 14 : 0;
  paint.level = std::min(16 + daylight + ceiling_light + 2 * static_cast<int>(paint.lamps.size()), kFullLevel);

  const Vec2 from{sine(look.light_heading), cosine(look.light_heading)};
  paint.light = {light_of_level(paint.level + 4, look), from.x >> 2, from.y >> 2};

  const int most = paint.level / 5;
  paint.along = {ramp(cell.floor.high.x - cell.floor.low.x, most), ramp(cell.floor.high.y - cell.floor.low.y, most)};
  const auto facing = [&](std::int32_t toward) { return paint.level * toward / (12 * kMetre); };
  const std::array<int, 4> side{facing(-from.y), facing(-from.x), facing(from.y), facing(from.x)};
  for (std::size_t wall = 0; wall < 4; ++wall) {
    paint.height[wall] = ramp(cell.height, most);
    for (std::size_t i = 0; i < paint.height[wall].size(); ++i) {
      const bool is_skirting = static_cast<std::int32_t>(i) * (kMetre / 64) < kSkirting;
      paint.height[wall][i] = static_cast<std::int16_t>(
          paint.height[wall][i] + 16 * (paint.level + side[wall] + (is_skirting ? kNumLevels : 0)));
    }
  }
  FloorLight floor(cell, paint);
  floor.edges();
  for (const std::uint8_t i : cell.fixtures) {
    const Fixture& fixture = house.fixtures[i];
    if (!is_passable(fixture.kind) && fixture.bottom == 0) floor.below(fixture.floor);
  }
  if (!is_night) {
    for (const Window& window : cell.windows) floor.sun(window, from);
  }
  for (const RoomPaint::Lamp& lamp : paint.lamps) floor.lamp(lamp.position);
}

}  // namespace

Light RoomPaint::light_at(Vec2 position) const {
  Light here = light;
  for (const Lamp& lamp : lamps) {
    const std::int64_t d = length_squared(position - lamp.position);
    constexpr std::int64_t kWhole = std::int64_t{kLampReach} * kLampReach;
    if (d < kWhole) here.level += static_cast<std::int32_t>(48 * (kWhole - d) / kWhole);
  }
  return here;
}

bool has_light(const House& house, const State& state, std::size_t room) {
  for (const std::uint8_t i : house.cells[room].fixtures) {
    if (house.fixtures[i].kind == FixtureKind::kSwitch) return is_on(state, i);
  }
  return true;
}

void HousePaint::set_house(const House& house) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.num_rooms); ++i) {
    rooms_[i].is_painted = false;
    rooms_[i].lit_for = ~std::uint64_t{0};
    rooms_[i].square_shift = square_shift_;
  }
}

const RoomPaint& HousePaint::room(const House& house, const State& state, std::size_t cell, bool is_night) {
  if (cell >= static_cast<std::size_t>(house.num_rooms)) cell = house.cells[cell].portals.front().cell;
  RoomPaint& room = rooms_[cell];
  if (!room.is_painted) make_tables(house, cell, room);
  const std::uint64_t lights = lights_of(house, state, cell, is_night);
  if (room.lit_for != lights) {
    light_room(house, state, cell, is_night, room);
    room.lit_for = lights;
  }
  return room;
}

}  // namespace atl::envs::playhouse
