#include "tools/playhouse_pictures.h"

#include "core/error.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/geometry.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/renderer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>

namespace atl::tools {
namespace {

using namespace envs::playhouse;

constexpr FrameSize kSmallPicture{320, 240};
constexpr std::uint64_t kMostHouses = 500;  // that are looked at for something to show

void paste(ImageView source, int x, int y, Frame& target) {
  for (int row = 0; row < source.height_px; ++row) {
    std::memcpy(target.pixels.data() + (y + row) * target.stride_bytes + std::ptrdiff_t{x} * kBytesPerPixel,
                source.row(row), static_cast<std::size_t>(source.width_px) * kBytesPerPixel);
  }
}

// Pictures of one size in rows of `columns`.
Frame mounted(const std::vector<Frame>& pictures, int columns) {
  const FrameSize size = pictures.front().size();
  const int rows = (static_cast<int>(pictures.size()) + columns - 1) / columns;
  Frame sheet = make_frame({size.width_px * columns, size.height_px * rows});
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), std::uint8_t{255});
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const int at = static_cast<int>(i);
    paste(pictures[i].view(), at % columns * size.width_px, at / columns * size.height_px, sheet);
  }
  return sheet;
}

Frame drawn(const House& house, const State& state, FrameSize size) {
  Frame frame = make_frame(size);
  Renderer(size, {.crosshair = false, .smooth = true}).draw(house, state, 0, frame.pixels);
  return frame;
}

void look_at(PlayerState& self, Vec3 point) {
  const Vec2 away = point.flat() - self.position;
  self.heading = heading_of(away);
  self.pitch = wrap_signed(heading_of({point.z - self.z - kEyeHeight, std::max(length(away), 1)}));
}

// ---- Things: a row of all shapes for each colour and size, in a bare room.

Frame draw_row(Colour colour, Size size) {
  constexpr FrameSize kRow{960, 128};
  constexpr std::int32_t kApart = from_cm(76);
  House house = create_house(1, level_named("room"));
  house.things.clear();
  const int num_shapes = size == Size::kBig ? kNumToyShapes : kNumToyShapes + 1;  // blocks have one size
  for (int i = 0; i < num_shapes; ++i) {
    const std::int32_t x = (2 * i - kNumToyShapes) * kApart / 2;
    house.things.push_back({{static_cast<Shape>(i), colour, size}, {x, from_cm(140), 0}, kTurn * 9 / 16});
  }
  // What the renderer prepares it keeps by the hash.
  house.hash += static_cast<std::uint64_t>(colour) * 2 + static_cast<std::uint64_t>(size) + 1;
  State state = start_state(house);
  PlayerState& self = state.players[0];
  self.position = {0, from_cm(-340)};
  look_at(self, {0, from_cm(140), from_cm(35)});
  return drawn(house, state, kRow);
}

Frame draw_things() {
  std::vector<Frame> rows;
  for (std::size_t colour = 0; colour < kColourNames.size(); ++colour) {
    for (const Size size : {Size::kBig, Size::kSmall}) rows.push_back(draw_row(static_cast<Colour>(colour), size));
  }
  return mounted(rows, 1);
}

// ---- Furniture and rooms: the first house that shows them well.

bool can_stand(const House& house, const State& state, Vec2 p) {
  return house.cell_at(p) >= 0 && is_free(house, state, {p.x, p.y, 0}, {kBodyRadius, kBodyHeight}, {});
}

std::optional<State> before_fixture(const House& house, std::size_t index) {
  const Fixture& fixture = house.fixtures[index];
  State state = start_state(house);
  const Vec2 middle = fixture.floor.middle();
  for (const std::int32_t aside : {0, 300, -300}) {
    PlayerState& self = state.players[0];
    self.position = middle + from_view({0, from_cm(210)}, wrap_turn(heading_of(fixture.facing) + aside));
    if (!can_stand(house, state, self.position)) continue;
    look_at(self, {middle.x, middle.y, (fixture.bottom + fixture.height) / 2});
    const Entity entity = fixture_entity(index);
    if (is_in_sight(house, state, 0, entity)) return state;
  }
  return std::nullopt;
}

// From the corner of a room that shows most of it.
std::optional<State> across_room(const House& house, std::size_t room) {
  State state = start_state(house);
  const Rect inner = shrunk(house.cells[room].floor, from_cm(45));
  const Vec2 middle = inner.middle();
  for (const Vec2 corner : {inner.low, inner.high, Vec2{inner.low.x, inner.high.y}, Vec2{inner.high.x, inner.low.y}}) {
    if (!can_stand(house, state, corner)) continue;
    state.players[0].position = corner;
    look_at(state.players[0], {middle.x, middle.y, from_cm(60)});
    return state;
  }
  return std::nullopt;
}

using Finder = std::function<std::optional<State>(const House&)>;

// The first house of a level in which `find` finds a view, drawn.
Frame draw_first(std::string_view level, const Finder& find) {
  for (std::uint64_t seed = 0; seed < kMostHouses; ++seed) {
    const House house = create_house(seed, level_named(level));
    if (const std::optional<State> state = find(house)) return drawn(house, *state, kSmallPicture);
  }
  fail(ErrorKind::kInternal, "{} houses of level \"{}\" show nothing of the kind", kMostHouses, level);
}

Frame draw_furniture() {
  std::vector<Frame> pictures;
  for (std::size_t kind = 0; kind < kFixtureNames.size(); ++kind) {
    const bool needs_two = kind >= static_cast<std::size_t>(FixtureKind::kButton);
    pictures.push_back(draw_first(needs_two ? "pair" : "house", [&](const House& house) -> std::optional<State> {
      for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
        if (house.fixtures[i].kind != static_cast<FixtureKind>(kind)) continue;
        if (const auto state = before_fixture(house, i)) return state;
      }
      return std::nullopt;
    }));
  }
  return mounted(pictures, 4);
}

Frame draw_rooms() {
  std::vector<Frame> pictures;
  for (std::size_t name = 0; name < kRoomNames.size(); ++name) {
    pictures.push_back(draw_first("house", [&](const House& house) -> std::optional<State> {
      for (std::size_t room = 0; room < static_cast<std::size_t>(house.num_rooms); ++room) {
        if (house.cells[room].name == static_cast<RoomName>(name)) return across_room(house, room);
      }
      return std::nullopt;
    }));
  }
  return mounted(pictures, 3);
}

// The same state as it looks usually and reskinned.
Frame draw_looks() {
  constexpr std::uint64_t kSeed = 4;
  std::vector<Frame> pictures;
  for (std::uint32_t reskin = 0; reskin < 6; ++reskin) {
    const House house = create_house(kSeed, level_named("house"), reskin);
    pictures.push_back(drawn(house, start_state(house), kSmallPicture));
  }
  return mounted(pictures, 3);
}

template <std::size_t N>
std::string listed(const std::array<std::string_view, N>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<NamedPicture> draw_playhouse_pictures() {
  std::vector<NamedPicture> pictures;
  pictures.push_back({"things",
                      fmt::format("Things, from left to right: {}; big ones, small ones below", listed(kShapeNames)),
                      draw_things()});
  pictures.push_back({"furniture", fmt::format("Furniture: {}", listed(kFixtureNames)), draw_furniture()});
  pictures.push_back({"rooms", fmt::format("Rooms: {}", listed(kRoomNames)), draw_rooms()});
  pictures.push_back(
      {"looks", "One moment in its usual look and in five others (`reskin=1` to `reskin=5`)", draw_looks()});
  return pictures;
}

}  // namespace atl::tools
