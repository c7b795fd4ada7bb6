#include "envs/house/draw_light.h"

#include "envs/house/draw_paint.h"
#include "envs/house/geometry.h"

#include <algorithm>

namespace atl::envs::house {
namespace {

using playhouse::cosine;
using playhouse::sine;

constexpr std::int32_t kSoftEdge = from_cm(45);    // how far from walls and furniture light is taken away
constexpr std::int32_t kLampReach = from_cm(210);  // radius of a pool of light
constexpr std::int32_t kSkirting = from_cm(8);
constexpr std::int32_t kSunSlope = 72090;  // height a metre of level way, Q16
constexpr int kSunLevels = 9;

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

void paint(const House& house, std::size_t room, RoomPaint& paint) {
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

// What is lost at this distance from an edge: `most` there, nothing from kSoftEdge on.
int lost_at(std::int64_t distance, int most) {
  if (distance >= kSoftEdge) return 0;
  const std::int64_t left = kSoftEdge - std::max<std::int64_t>(distance, 0);
  return static_cast<int>(most * left * left / (std::int64_t{kSoftEdge} * kSoftEdge));
}

// Between two edges.
std::vector<std::int16_t> ramp(std::int32_t length, int most) {
  std::vector<std::int16_t> levels;
  for (std::int32_t at = 0; at <= length + kMetre / 64; at += kMetre / 64) {
    levels.push_back(static_cast<std::int16_t>(-16 * (lost_at(at, most) + lost_at(length - at, most))));
  }
  return levels;
}

// The squares of one room's floor.
class FloorLight {
 public:
  FloorLight(const House& house, std::size_t room, RoomPaint& paint)
      : cell_(house.cells[room]), paint_(paint), side_(1 << paint.square_shift) {
    num_x_ = (cell_.floor.high.x - cell_.floor.low.x) / side_ + 2;
    num_y_ = (cell_.floor.high.y - cell_.floor.low.y) / side_ + 2;
    paint.stride = num_x_;
    paint.floor_levels.assign(static_cast<std::size_t>(num_x_) * static_cast<std::size_t>(num_y_), 0);
  }

  void edges() {
    const int most = paint_.level / 5;
    const auto lost = [&](int i, std::int32_t length) {
      const std::int32_t at = i * side_ + side_ / 2;
      return lost_at(at, most) + lost_at(length - at, most);
    };
    std::vector<int> across(static_cast<std::size_t>(num_x_));
    for (int x = 0; x < num_x_; ++x)
      across[static_cast<std::size_t>(x)] = lost(x, cell_.floor.high.x - cell_.floor.low.x);
    for (int y = 0; y < num_y_; ++y) {
      const int level = paint_.level - lost(y, cell_.floor.high.y - cell_.floor.low.y);
      for (int x = 0; x < num_x_; ++x) set(x, y, level - across[static_cast<std::size_t>(x)]);
    }
  }

  void below(const Rect& furniture) {
    constexpr std::int32_t kSoft = kSoftEdge / 2;
    constexpr int kStepBits = 9;
    std::array<int, (2 * kSoftEdge >> kStepBits) + 1> lost;
    for (std::size_t i = 0; i < lost.size(); ++i)
      lost[i] = lost_at(std::int64_t{2} * (static_cast<std::int32_t>(i) << kStepBits), paint_.level * 2 / 5);
    const auto outside = [](std::int32_t v, std::int32_t low, std::int32_t high) {
      return std::max({low - v, v - high, 0});
    };
    const Vec2 soft{kSoft, kSoft};
    for_each({furniture.low - soft, furniture.high + soft}, [&](int x, int y, Vec2 at) {
      const std::int32_t dx = outside(at.x, furniture.low.x, furniture.high.x);
      const std::int32_t dy = outside(at.y, furniture.low.y, furniture.high.y);
      const auto step = static_cast<std::size_t>((std::max(dx, dy) + std::min(dx, dy) / 2) >> kStepBits);
      std::uint8_t& level = square(x, y);
      level = static_cast<std::uint8_t>(std::max(level - lost[std::min(step, lost.size() - 1)], 2));
    });
  }

  void lamp(Vec2 middle) {
    const int most = (kNumLevels - paint_.level) / 2;
    const Vec2 reach{kLampReach, kLampReach};
    for_each({middle - reach, middle + reach}, [&](int x, int y, Vec2 at) {
      const std::int64_t d = playhouse::length_squared(at - middle);
      constexpr std::int64_t kWhole = std::int64_t{kLampReach} * kLampReach;
      if (d < kWhole) set(x, y, get(x, y) + static_cast<int>(most * (kWhole - d) / kWhole));
    });
  }

  // Where the sun shines in through a window.
  void sun(const Window& window, Vec2 from) {
    const bool along_x = runs_along_x(window.side);
    const std::int32_t outward =
        along_x ? (window.side == Side::kNorth ? from.y : -from.y) : (window.side == Side::kEast ? from.x : -from.x);
    if (outward < kMetre / 3) return;
    const std::int32_t wall = window.side == Side::kNorth   ? cell_.floor.high.y
                              : window.side == Side::kSouth ? cell_.floor.low.y
                              : window.side == Side::kEast  ? cell_.floor.high.x
                                                            : cell_.floor.low.x;
    const auto farthest = static_cast<std::int32_t>(std::int64_t{window.top} * outward / kSunSlope);
    Rect patch = cell_.floor;
    switch (window.side) {
      case Side::kNorth: patch.low.y = wall - farthest; break;
      case Side::kSouth: patch.high.y = wall + farthest; break;
      case Side::kEast: patch.low.x = wall - farthest; break;
      case Side::kWest: patch.high.x = wall + farthest; break;
    }
    for_each(patch, [&](int x, int y, Vec2 at) {
      const std::int64_t away = std::abs((along_x ? at.y : at.x) - wall);
      const std::int64_t way = (away << 16) / outward;  // level way to the window, towards the sun
      const std::int64_t height = way * kSunSlope >> 16;
      const std::int64_t along = (along_x ? at.x : at.y) + (way * (along_x ? from.x : from.y) >> 16);
      if (height < window.sill || height > window.top || along < window.begin || along > window.end) return;
      set(x, y, get(x, y) + kSunLevels);
    });
  }

 private:
  [[nodiscard]] std::uint8_t& square(int x, int y) {
    return paint_
        .floor_levels[static_cast<std::size_t>(y) * static_cast<std::size_t>(num_x_) + static_cast<std::size_t>(x)];
  }
  [[nodiscard]] int get(int x, int y) { return square(x, y); }
  void set(int x, int y, int level) { square(x, y) = static_cast<std::uint8_t>(std::clamp(level, 2, kNumLevels - 1)); }

  // visit(x, y, middle) for the squares in `area`.
  template <class Visit>
  void for_each(const Rect& area, Visit visit) {
    const Vec2 origin = cell_.floor.low;
    const auto index = [&](std::int32_t v, int count) { return std::clamp(v / side_, 0, count - 1); };
    const int last_x = index(area.high.x - origin.x, num_x_);
    const int last_y = index(area.high.y - origin.y, num_y_);
    for (int y = index(area.low.y - origin.y, num_y_); y <= last_y; ++y) {
      for (int x = index(area.low.x - origin.x, num_x_); x <= last_x; ++x) {
        visit(x, y, Vec2{origin.x + x * side_ + side_ / 2, origin.y + y * side_ + side_ / 2});
      }
    }
  }

  const Cell& cell_;
  RoomPaint& paint_;
  std::int32_t side_;
  int num_x_ = 0;
  int num_y_ = 0;
};

// Everything that is lit in a room, as bits: lamps in the order of the room's fixtures, then ceiling and daylight.
std::uint64_t lights_of(const House& house, const State& state, std::size_t room, bool is_night) {
  std::uint64_t lights = (has_light(house, state, room) ? 2u : 0u) | (is_night ? 1u : 0u);
  for (const std::uint8_t i : house.cells[room].fixtures) {
    lights = lights << 1 | (house.fixtures[i].kind == FixtureKind::kLamp && is_on(state, i) ? 1u : 0u);
  }
  return lights;
}

void light(const House& house, const State& state, std::size_t room, bool is_night, RoomPaint& paint) {
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
  FloorLight floor(house, room, paint);
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
    const std::int64_t d = playhouse::length_squared(position - lamp.position);
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
  if (!room.is_painted) paint(house, cell, room);
  const std::uint64_t lights = lights_of(house, state, cell, is_night);
  if (room.lit_for != lights) {
    light(house, state, cell, is_night, room);
    room.lit_for = lights;
  }
  return room;
}

}  // namespace atl::envs::house
