#include "envs/playhouse/draw_cells.h"

#include "envs/playhouse/bodies.h"
#include "envs/playhouse/draw_paint.h"
#include "envs/playhouse/draw_place.h"
#include "envs/playhouse/draw_toys.h"
#include "envs/playhouse/geometry.h"
#include "envs/playhouse/physics.h"

#include <algorithm>
#include <array>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kOverlap = from_cm(2);  // of openings behind floors, and of doorways behind their own walls

// Corners of an upright rectangle in a cell's wall, clockwise seen from the cell.
std::array<Vec3, 4> on_wall(const Rect& floor, Side side, std::array<std::int32_t, 2> along,
                            std::array<std::int32_t, 2> z) {
  const auto at = [&](std::int32_t a, std::int32_t height) -> Vec3 {
    switch (side) {
      case Side::kNorth: return {a, floor.high.y, height};
      case Side::kEast: return {floor.high.x, a, height};
      case Side::kSouth: return {a, floor.low.y, height};
      case Side::kWest: return {floor.low.x, a, height};
    }
    return {};
  };
  // On the left is the west of the northern wall, the north of the eastern one.
  const bool left_is_low = side == Side::kNorth || side == Side::kWest;
  const std::int32_t left = left_is_low ? along[0] : along[1];
  const std::int32_t right = left_is_low ? along[1] : along[0];
  return {at(left, z[0]), at(left, z[1]), at(right, z[1]), at(right, z[0])};
}

std::array<std::int32_t, 2> extent(const Rect& floor, Side side) {
  if (runs_along_x(side)) return {floor.low.x, floor.high.x};
  return {floor.low.y, floor.high.y};
}

// Level corners, clockwise seen from above.
std::array<Vec3, 4> level_corners(const Rect& r, std::int32_t z) {
  return {Vec3{r.low.x, r.low.y, z}, Vec3{r.low.x, r.high.y, z}, Vec3{r.high.x, r.high.y, z},
          Vec3{r.high.x, r.low.y, z}};
}

}  // namespace

CellPainter::CellPainter(const Sight& sight, const View& view, Canvas canvas, HousePaint& paint, RegionStack& regions)
    : sight_(sight),
      view_(view),
      paint_(paint),
      regions_(regions),
      pen_(view, canvas),
      shell_(view, canvas),
      shop_{&pen_, sight.house, sight.state, furnishing_of(sight.house->hash, sight.house->look.reskin)} {}

bool CellPainter::faces_eye(const Cell& cell, Side side) const {
  const Vec3 eye = view_.eye();
  switch (side) {
    case Side::kNorth: return eye.y < cell.floor.high.y;
    case Side::kEast: return eye.x < cell.floor.high.x;
    case Side::kSouth: return eye.y > cell.floor.low.y;
    case Side::kWest: return eye.x > cell.floor.low.x;
  }
  return false;
}

bool CellPainter::is_shut(const Cell& doorway, Side toward) const {
  const std::uint8_t door = door_of(*sight_.house, doorway);
  return door != kNothing && sight_.state->fixtures[door].angle == 0 && sight_.house->fixtures[door].facing == toward;
}

const Region& CellPainter::outline_of(std::span<const Vec3> corners, const Region& clip) {
  std::array<EyePoint, 4> points;
  for (std::size_t i = 0; i < corners.size(); ++i) points[i] = view_.to_eye(corners[i]);
  Region& region = regions_.push();
  outline(view_, {points.data(), corners.size()}, clip, region);
  return region;
}

void CellPainter::draw_cell(std::size_t index, const Region& clip, int depth) {
  const House& house = *sight_.house;
  const Cell& cell = house.cells[index];
  const bool is_room = index < static_cast<std::size_t>(house.num_rooms);
  const RoomPaint& paint = paint_.room(house, *sight_.state, index, sight_.is_night);
  if (!is_room) {
    shell_.flat(lit(shop_.paint.door, 100), clip);  // where its edges leave a pixel out
    const std::uint8_t door = door_of(house, cell);
    if (door != kNothing && is_shut(cell, house.fixtures[door].facing) &&
        !faces_eye(cell, house.fixtures[door].facing)) {
      pen_.set_clip(clip);  // nothing is seen but the door
      return draw_fixture(shop_, door, paint);
    }
  }
  const std::size_t used = regions_.used();
  std::vector<Opening> openings;
  openings.reserve(cell.portals.size());
  for (const Portal& portal : cell.portals) {
    if (!faces_eye(cell, portal.side)) continue;
    // A doorway's openings are as large as its ends: what is behind reaches a little under its own sides.
    const std::int32_t more = is_room ? 0 : kOverlap;
    const Region& region = outline_of(
        on_wall(cell.floor, portal.side, {portal.begin - more, portal.end + more}, {-kOverlap, portal.height + more}),
        clip);
    if (region.is_empty()) continue;
    openings.push_back({&portal, &region});
    const bool is_blocked = !is_room && is_shut(cell, portal.side);
    if (is_blocked || depth > 2 * kMaxRooms + 2) {
      shell_.flat(lit(shop_.paint.door, 100), region);
    } else {
      draw_cell(portal.cell, region, depth + 1);
    }
  }
  if (is_room) {
    draw_room_shell(cell, index, paint, clip, openings);
  } else {
    draw_doorway_shell(cell, paint, clip);
  }
  pen_.set_clip(clip);
  draw_shadows(cell, true);
  if (is_room) {
    for (const Portal& portal : cell.portals) {
      if (faces_eye(cell, portal.side)) draw_door_frame(shop_, cell, portal, paint);
    }
    for (const Window& window : cell.windows) {
      if (faces_eye(cell, window.side)) draw_window_frame(shop_, cell, window, paint);
    }
    draw_ceiling_light(shop_, cell, has_light(house, *sight_.state, index), paint);
  }
  draw_bodies(index, paint);
  regions_.pop_to(used);
}

void CellPainter::draw_room_shell(const Cell& cell, std::size_t index, const RoomPaint& paint, const Region& clip,
                                  std::span<const Opening> openings) {
  const Look& look = sight_.house->look;
  const std::size_t used = regions_.used();
  const auto floor = level_corners(cell.floor, 0);
  shell_.floor(cell.floor, paint, floor_texture(look.reskin, look.rooms[index].floor_texture), outline_of(floor, clip));
  auto ceiling = level_corners(cell.floor, cell.height);
  std::reverse(ceiling.begin(), ceiling.end());
  shell_.ceiling(cell, paint, outline_of(ceiling, clip));
  const Texture& texture = wall_texture(look.reskin, look.rooms[index].wall_texture);
  for (const Side side : kSides) {
    if (!faces_eye(cell, side)) continue;
    const Region& region = outline_of(on_wall(cell.floor, side, extent(cell.floor, side), {0, cell.height}), clip);
    if (region.is_empty()) continue;
    std::vector<const Region*> holes;
    for (const Opening& opening : openings) {
      if (opening.portal->side == side) holes.push_back(opening.region);
    }
    for (const Window& window : cell.windows) {
      if (window.side != side) continue;
      const Region& pane =
          outline_of(on_wall(cell.floor, side, {window.begin, window.end}, {window.sill, window.top}), clip);
      if (pane.is_empty()) continue;
      shell_.outdoors(look.sky_colour, sight_.is_night, pane);
      holes.push_back(&pane);
    }
    shell_.wall(cell, side, paint, texture, region, holes);
  }
  regions_.pop_to(used);
}

void CellPainter::draw_doorway_shell(const Cell& cell, const RoomPaint& paint, const Region& clip) {
  const std::size_t used = regions_.used();
  const auto light = paint.light.on_box();
  shell_.flat(lit(shop_.paint.dark_wood, light[5] * 3 / 4), outline_of(level_corners(cell.floor, 0), clip));
  auto top = level_corners(cell.floor, cell.height);
  std::reverse(top.begin(), top.end());
  shell_.flat(lit(shop_.paint.trim, light[4] * 3 / 4), outline_of(top, clip));
  for (const Side side : kSides) {
    const auto leads_on = [&](const Portal& portal) { return portal.side == side; };
    if (!faces_eye(cell, side) || std::any_of(cell.portals.begin(), cell.portals.end(), leads_on)) continue;
    // The wall looks back at the eye.
    constexpr std::array<std::size_t, 4> kInward{2, 0, 3, 1};
    shell_.flat(lit(shop_.paint.trim, light[kInward[static_cast<std::size_t>(side)]] * 7 / 8),
                outline_of(on_wall(cell.floor, side, extent(cell.floor, side), {0, cell.height}), clip));
  }
  regions_.pop_to(used);
}

void CellPainter::draw_bodies(std::size_t index, const RoomPaint& paint) {
  const House& house = *sight_.house;
  const Cell& cell = house.cells[index];
  for (const std::uint8_t i : cell.fixtures) {
    if (house.fixtures[i].kind != FixtureKind::kDoor || sight_.state->fixtures[i].angle == 0)
      draw_fixture(shop_, i, paint);
  }
  if (index < static_cast<std::size_t>(house.num_rooms)) {
    for (const Portal& portal : cell.portals) {
      const std::uint8_t door = door_of(house, house.cells[portal.cell]);
      if (door != kNothing && sight_.state->fixtures[door].angle != 0 &&
          house.fixtures[door].facing == opposite(portal.side))
        draw_fixture(shop_, door, paint);
    }
  }
  draw_shadows(cell, false);
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    if (sight_.state->things[i].place != Place::kStored) draw_thing(i, cell, paint);
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.level->players); ++i) {
    if (i != sight_.player) draw_player(i, cell, paint);
  }
}

void CellPainter::draw_thing(std::size_t thing, const Cell& cell, const RoomPaint& paint) {
  const Kind kind = sight_.house->things[thing].kind;
  const ThingState& state = sight_.state->things[thing];
  const Body body = body_of(kind);
  const Vec2 at = state.position.flat();
  if (!reaches(cell.floor, at, body.radius)) return;
  // A cube's corners stand out by two fifths.
  const std::int32_t metre_px =
      pen_.begin({at.x, at.y, state.position.z + body.height / 2}, body.radius * 3 / 2 + body.height / 4);
  if (metre_px == 0) return;
  pen_.keep_within(cell.floor, at, body.radius);
  pen_.set_ink(static_cast<std::uint8_t>(thing_entity(thing).id + 1), paint.light_at(at));
  const auto height_px = static_cast<std::int32_t>(std::int64_t{metre_px} * body.height >> 16);
  pen_.mesh(mesh_of(kind.shape, sight_.house->look.reskin, height_px), state.position, state.heading, body,
            tones_of(kind.colour, sight_.house->look.reskin));
}

void CellPainter::draw_player(std::size_t player, const Cell& cell, const RoomPaint& paint) {
  const PlayerState& state = sight_.state->players[player];
  if (!reaches(cell.floor, state.position, kBodyRadius)) return;
  const Vec2 at = state.position;
  const std::int32_t metre_px = pen_.begin({at.x, at.y, state.z + kBodyHeight / 2}, kBodyRadius + kBodyHeight / 2);
  if (metre_px == 0) return;
  pen_.keep_within(cell.floor, at, kBodyRadius);
  pen_.set_ink(static_cast<std::uint8_t>(player_entity(player).id + 1), paint.light_at(at));
  const auto height_px = static_cast<std::int32_t>(std::int64_t{metre_px} * kBodyHeight >> 16);
  pen_.mesh(player_mesh(height_px), {at.x, at.y, state.z}, state.heading, {kBodyRadius, kBodyHeight},
            player_tones(player, sight_.house->look.reskin));
}

}  // namespace atl::envs::playhouse
