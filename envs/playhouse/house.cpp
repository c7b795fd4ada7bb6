#include "envs/playhouse/house.h"

#include "core/error.h"
#include "core/random.h"
#include "core/text.h"
#include "envs/playhouse/floor_plan.h"
#include "envs/playhouse/furnish.h"
#include "envs/playhouse/geometry.h"
#include "envs/playhouse/look.h"
#include "envs/playhouse/room_draft.h"
#include "envs/playhouse/scatter.h"

#include <algorithm>
#include <optional>
#include <string>

namespace atl::envs::playhouse {
namespace {

constexpr Level kStudio{
    .name = "studio", .things_low = 6, .things_high = 10, .furniture = true, .blocks = 3, .closed_doors_percent = 0};
constexpr Level kFlat{.name = "flat",
                      .rooms_low = 2,
                      .rooms_high = 3,
                      .things_low = 10,
                      .things_high = 16,
                      .furniture = true,
                      .blocks = 4,
                      .closed_doors_percent = 30};
constexpr Level kHouse{.name = "house",
                       .rooms_low = 4,
                       .rooms_high = 6,
                       .things_low = 20,
                       .things_high = 40,
                       .furniture = true,
                       .blocks = 6,
                       .closed_doors_percent = 40};
// A house that is always as large.
constexpr Level full_house() {
  Level level = kHouse;
  level.name = "full";
  level.rooms_low = level.rooms_high = 6;
  level.things_low = level.things_high = 30;
  return level;
}
constexpr Level flat_for_two() {
  Level level = kFlat;
  level.name = "pair";
  level.players = 2;
  return level;
}
constexpr Level kRoom{.name = "room", .small_things = false, .simple = true};
constexpr Level room_to_remember() {
  Level level = kRoom;
  level.name = "memory";
  level.remembers = true;
  return level;
}
constexpr std::array<Level, 7> kLevels{kRoom, kStudio, kFlat, kHouse, full_house(), flat_for_two(), room_to_remember()};
constexpr int kMostTries = 64;

// Houses of one seed and different levels have nothing in common.
std::uint64_t stream_of(std::string_view name) {
  std::uint64_t stream = 0;
  for (const char c : name) stream = mix_bits(stream ^ static_cast<std::uint8_t>(c));
  return stream;
}

class Hash {
 public:
  void add() {}
  template <class First, class... Rest>
  void add(First first, Rest... rest) {
    value_ = mix_bits(value_ ^ static_cast<std::uint64_t>(first));
    add(rest...);
  }
  void add(const Rect& r) { add(r.low.x, r.low.y, r.high.x, r.high.y); }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

void add(Hash& hash, const Cell& cell) {
  hash.add(cell.floor);
  hash.add(cell.height, cell.name, cell.portals.size(), cell.windows.size(), cell.fixtures.size());
  for (const Portal& p : cell.portals) hash.add(p.side, p.begin, p.end, p.height, p.cell);
  for (const Window& w : cell.windows) hash.add(w.side, w.begin, w.end, w.sill, w.top);
  for (const std::uint8_t fixture : cell.fixtures) hash.add(fixture);
}

void add(Hash& hash, const Fixture& f) {
  hash.add(f.floor);
  hash.add(f.kind, f.cell, f.facing, f.bottom, f.height, f.colour, f.starts_on, f.hinge_is_high, f.opens, f.lights);
}

void add(Hash& hash, const Look& look) {
  hash.add(look.brightness, look.light_heading, look.sky_colour);
  for (const Look::Room& r : look.rooms) {
    hash.add(r.wall_texture, r.floor_texture, r.wall_colour, r.floor_colour, r.ceiling_colour);
  }
}

std::uint64_t hash_of(const House& house) {
  Hash hash;
  hash.add(house.num_rooms, house.cells.size(), house.fixtures.size(), house.things.size());
  for (const Cell& cell : house.cells) add(hash, cell);
  for (const Fixture& fixture : house.fixtures) add(hash, fixture);
  for (const Thing& t : house.things) {
    hash.add(t.kind.shape, t.kind.colour, t.kind.size, t.position.x, t.position.y, t.position.z, t.heading);
  }
  for (const Start& start : house.starts) hash.add(start.position.x, start.position.y, start.heading);
  add(hash, house.look);
  return hash.value();
}

std::optional<House> try_house(const Level& level, std::uint64_t seed) {
  Random random(seed);
  House house;
  house.level = &level;
  if (!draw_floor_plan(house, random)) return std::nullopt;
  std::vector<RoomDraft> rooms;
  rooms.reserve(static_cast<std::size_t>(house.num_rooms));
  for (int room = 0; room < house.num_rooms; ++room) rooms.emplace_back(house, room);
  if (level.furniture && !furnish(house, rooms, random)) return std::nullopt;
  if (!scatter(house, rooms, random)) return std::nullopt;
  return house;
}

}  // namespace

std::span<const Level> levels() { return kLevels; }

const Level& level_named(std::string_view name) {
  std::vector<std::string> names;
  for (const Level& level : kLevels) {
    if (level.name == name) return level;
    names.emplace_back(level.name);
  }
  fail(ErrorKind::kConfig, "no level of Playhouse is called \"{}\": did you mean \"{}\"?", name,
       nearest_name(name, names));
}

Rect swept_by(const Fixture& door) {
  const bool along_x = runs_along_x(door.facing);
  const std::int32_t begin = along_x ? door.floor.low.x : door.floor.low.y;
  const std::int32_t end = along_x ? door.floor.high.x : door.floor.high.y;
  const std::int32_t width = end - begin;
  return with_extent(beyond(door.floor, door.facing, width), door.facing, door.hinge_is_high ? begin : begin - width,
                     door.hinge_is_high ? end + width : end);
}

Rect House::bounds() const {
  Rect all = cells.front().floor;
  for (const Cell& cell : cells) {
    all.low = {std::min(all.low.x, cell.floor.low.x), std::min(all.low.y, cell.floor.low.y)};
    all.high = {std::max(all.high.x, cell.floor.high.x), std::max(all.high.y, cell.floor.high.y)};
  }
  return all;
}

int House::cell_at(Vec2 p) const {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].floor.contains(p)) return static_cast<int>(i);
  }
  return -1;
}

bool House::is_gate(std::size_t fixture) const {
  return fixtures[fixture].kind == FixtureKind::kDoor &&
         std::any_of(fixtures.begin(), fixtures.end(), [&](const Fixture& other) {
           return other.kind == FixtureKind::kButton && other.opens == fixture;
         });
}

House create_house(std::uint64_t seed, const Level& level, std::uint32_t reskin) {
  const std::uint64_t own = derive_seed(seed, stream_of(level.name));
  for (std::uint64_t i = 0; i < kMostTries; ++i) {
    std::optional<House> house = try_house(level, derive_seed(own, i));
    if (!house) continue;
    house->look = draw_look(*house, own, 0);
    house->hash = hash_of(*house);
    if (reskin != 0) house->look = draw_look(*house, own, reskin);
    return *std::move(house);
  }
  fail(
      ErrorKind::kInternal,
      "level \"{}\" asks for more than fits: {} to {} rooms and {} to {} things found no place in {} houses (seed {}); "
      "ask for fewer things",
      level.name, level.rooms_low, level.rooms_high, level.things_low, level.things_high, kMostTries, seed);
}

}  // namespace atl::envs::playhouse
