#include "envs/playhouse/draw_furniture.h"

#include "core/random.h"
#include "envs/playhouse/draw_piece.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

Vec3 minus(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }

// Between two boards; the same books whenever this shelf is drawn.
void draw_books(const Piece& p, std::int32_t low, std::int32_t high) {
  static constexpr std::array<std::uint32_t, 6> kCovers{0x7d5a50, 0x5f6e7c, 0x8a845f, 0x64795f, 0x77607c, 0x9a8f86};
  Random random(p.index * 977 + static_cast<std::uint64_t>(low));
  const std::int32_t thickness = p.metre_px >= kFine ? cm(9) : cm(24);
  const std::int32_t front = p.depth - cm(14);
  std::int32_t at = cm(6);
  while (at + thickness < p.width - cm(8)) {
    const std::int32_t next = at + thickness * random.between(70, 130) / 100;
    const std::int32_t top = low + (high - low) * random.between(62, 92) / 100;
    const std::uint32_t cover = kCovers[random.below(kCovers.size())];
    if (!random.chance(1, 5)) {
      const Span across{at, std::min(next, p.width - cm(5))};
      if (p.metre_px >= 2 * kFine) {
        p.board(across, {front - cm(20), front}, {low, top}, cover);
      } else {
        p.panel(across, front, {low, top}, cover);
      }
    }
    at = next;
  }
}

}  // namespace

void draw_table(const Piece& p) {
  p.board({0, p.width}, {0, p.depth}, {p.height - cm(5), p.height}, p.paint.wood);
  if (p.metre_px >= kFine / 2)
    p.board({cm(8), p.width - cm(8)}, {cm(8), p.depth - cm(8)}, {p.height - cm(14), p.height - cm(5)},
            p.paint.dark_wood);
  for (const std::int32_t s : {cm(4), p.width - cm(12)}) {
    for (const std::int32_t d : {cm(4), p.depth - cm(12)})
      p.board({s, s + cm(8)}, {d, d + cm(8)}, {0, p.height - cm(5)}, p.paint.dark_wood);
  }
}

void draw_shelf(const Piece& p) {
  const std::int32_t board_cm = cm(4);
  p.board({0, board_cm}, {0, p.depth}, {0, p.height - board_cm}, p.paint.wood);
  p.board({p.width - board_cm, p.width}, {0, p.depth}, {0, p.height - board_cm}, p.paint.wood);
  p.board({0, p.width}, {0, p.depth}, {p.height - board_cm, p.height}, p.paint.light_wood);
  const std::int32_t middle = p.height / 2;
  p.board({board_cm, p.width - board_cm}, {0, p.depth}, {middle - board_cm / 2, middle + board_cm / 2}, p.paint.wood);
  p.board({board_cm, p.width - board_cm}, {0, p.depth}, {0, cm(8)}, p.paint.wood);
  p.panel({0, p.width}, p.depth / 4, {0, p.height - cm(1)}, p.paint.dark_wood, 150);
  draw_books(p, cm(8), middle - board_cm / 2);
  draw_books(p, middle + board_cm / 2, p.height - board_cm);
}

void draw_bed(const Piece& p) {
  p.board({0, p.width}, {0, cm(5)}, {0, p.height + cm(32)}, p.paint.wood);
  p.board({0, p.width}, {cm(5), p.depth}, {cm(10), cm(26)}, p.paint.wood);
  p.board({cm(3), p.width - cm(3)}, {cm(5), p.depth - cm(3)}, {cm(26), p.height - cm(2)}, p.paint.sheet);
  p.board({cm(1), p.width - cm(1)}, {p.depth * 2 / 5, p.depth - cm(1)}, {cm(24), p.height}, p.paint.cloth);
  p.board({cm(1), p.width - cm(1)}, {p.depth * 2 / 5 - cm(14), p.depth * 2 / 5}, {cm(30), p.height},
          mixed(p.paint.cloth, 0xffffff, 110));
  p.board({cm(12), p.width - cm(12)}, {cm(8), cm(44)}, {p.height - cm(3), p.height + cm(7)},
          mixed(p.paint.sheet, 0xffffff, 120));
  for (const std::int32_t s : {0, p.width - cm(8)})
    p.board({s, s + cm(8)}, {p.depth - cm(8), p.depth}, {0, cm(10)}, p.paint.dark_wood);
}

void draw_box(const Piece& p) {
  const std::uint32_t colour = rgb_of(p.fixture.colour);
  const std::int32_t rim = p.height - kContainerWall;
  if (p.angle == 0) {
    p.board({0, p.width}, {0, p.depth}, {0, rim}, colour);
  } else {
    p.vessel(rim, colour, lit(colour, 150) & 0xffffff);
  }
  // Wooden edges and a lock: a chest, not a toy.
  p.panel({0, cm(7)}, p.depth + kDecal, {0, rim}, p.paint.dark_wood);
  p.panel({p.width - cm(7), p.width}, p.depth + kDecal, {0, rim}, p.paint.dark_wood);
  p.panel({cm(7), p.width - cm(7)}, p.depth + kDecal, {0, cm(8)}, p.paint.dark_wood);
  p.panel({p.width / 2 - cm(7), p.width / 2 + cm(7)}, p.depth + kDecal, {rim - cm(14), rim}, p.paint.metal);
  // The lid turns about the upper edge at its back.
  const std::int32_t s = sine(p.angle);
  const std::int32_t c = cosine(p.angle);
  const std::int32_t back = multiply(kContainerWall, s);  // so that it stays before the wall
  const Vec3 hinge = p.axes.at(0, back, rim);
  const Vec3 right = minus(p.axes.at(p.width, back, rim), hinge);
  const Vec3 out = minus(p.axes.at(0, back + multiply(p.depth - back, c), rim + multiply(p.depth, s)), hinge);
  const Vec3 up = minus(p.axes.at(0, 0, rim + multiply(kContainerWall, c)), hinge);
  p.pen.slab(hinge, {right, out, up}, mixed(colour, 0xffffff, 40));
}

void draw_basket(const Piece& p) {
  const std::uint32_t dark = mixed(p.paint.wicker, 0x302010, 70);
  if (p.metre_px < kFine / 2) return p.vessel(p.height, p.paint.wicker, dark);
  const int bands = p.metre_px >= 2 * kFine ? 5 : 3;
  for (int i = 0; i < bands; ++i) {
    const std::int32_t low = p.height * i / bands;
    const std::int32_t high = p.height * (i + 1) / bands;
    const std::int32_t inset = i % 2 == 0 ? 0 : cm(1);
    p.walls({low, high}, inset, i % 2 == 0 ? p.paint.wicker : dark);
  }
  p.board({0, p.width}, {0, p.depth}, {0, kContainerBottom}, dark, 0);
}

// Shut: in its doorway; else turned by twice the angle of its state, so that an open one lies flat against the wall.
void draw_door(const Piece& p) {
  const std::int32_t turn = p.angle * 2;
  const std::int32_t s = sine(turn);
  const std::int32_t c = cosine(turn);
  // Which end is hinged, in the axes of the leaf, which look into the room.
  const bool high_is_right = p.fixture.facing == Side::kNorth || p.fixture.facing == Side::kWest;
  const bool at_right = p.fixture.hinge_is_high == high_is_right;
  const std::int32_t hinge_at = at_right ? p.width : 0;
  const std::int32_t away = at_right ? -1 : 1;
  // Open, it sinks into the wall but for a centimetre: in physics nothing is there, and it should hide nothing.
  const std::int32_t sunk = multiply(p.depth - cm(1), (kMetre - c) / 2);
  const Vec3 hinge = p.axes.at(hinge_at, p.depth - sunk, 0);
  const auto leaf = [&](std::int32_t along, std::int32_t back) {  // from the hinge; `back`: from the room's side
    return p.axes.at(hinge_at + away * (multiply(along, c) + multiply(back, s)),
                     p.depth - sunk + multiply(along, s) - multiply(back, c), 0);
  };
  const Vec3 along = minus(leaf(p.width, 0), hinge);
  const Vec3 back = minus(leaf(0, p.depth), hinge);
  const Vec3 up{0, 0, p.height};
  const auto slab = [&](Vec3 corner, Vec3 a, Vec3 b, Vec3 v, std::uint32_t colour) {
    p.pen.slab(corner, at_right ? std::array{a, b, v} : std::array{b, a, v}, colour);
  };
  slab(hinge, along, back, up, p.paint.door);
  const auto part = [](Vec3 v, std::int32_t hundredths) {
    return Vec3{v.x / 100 * hundredths, v.y / 100 * hundredths, v.z / 100 * hundredths};
  };
  const auto plus = [](Vec3 a, Vec3 b) { return Vec3{a.x + b.x, a.y + b.y, a.z + b.z}; };
  // Panels stand off on both sides; so does the knob.
  if (p.metre_px >= kFine / 2) {
    for (const std::int32_t z : {10, 55}) {
      const Vec3 corner = plus(plus(hinge, part(along, 14)), plus(part(back, -12), part(up, z)));
      slab(corner, part(along, 72), part(back, 124), part(up, 36), mixed(p.paint.door, 0x000000, 36));
    }
  }
  const Vec3 knob = plus(plus(hinge, part(along, 89)), plus(part(back, -120), part(up, 46)));
  slab(knob, part(along, 6), part(back, 340), part(up, 3), 0xd8b860);
}

std::uint8_t door_of(const House& house, const Cell& doorway) {
  const auto is_door = [&](std::uint8_t i) { return house.fixtures[i].kind == FixtureKind::kDoor; };
  const auto door = std::find_if(doorway.fixtures.begin(), doorway.fixtures.end(), is_door);
  return door == doorway.fixtures.end() ? kNothing : *door;
}

void draw_fixture(Workshop& shop, std::size_t index, const RoomPaint& room) {
  const Fixture& fixture = shop.house->fixtures[index];
  const Vec2 middle = fixture.floor.middle();
  const std::int32_t half_flat = length(fixture.floor.high - middle);
  // A door sweeps its whole width, a lid stands up by the depth of its box, a bed has a head.
  const std::int32_t top = fixture.height + (has_lid(fixture.kind) ? cm(95) : cm(40));
  const bool is_door = fixture.kind == FixtureKind::kDoor;
  const std::int32_t half_height = (is_door ? fixture.height : top - fixture.bottom) / 2;
  const std::int32_t radius = half_flat + half_height + (is_door ? cm(100) : 0);
  const std::int32_t metre_px = shop.pen->begin({middle.x, middle.y, fixture.bottom + half_height}, radius);
  if (metre_px == 0) return;
  shop.pen->set_ink(static_cast<std::uint8_t>(fixture_entity(index).id + 1), room.light_at(middle));
  const PlaceAxes axes(fixture.floor, fixture.facing);
  const Piece piece{*shop.pen,
                    shop.paint,
                    fixture,
                    axes,
                    index,
                    metre_px,
                    is_on(*shop.state, index),
                    shop.state->fixtures[index].angle,
                    axes.width(),
                    axes.depth(),
                    fixture.height};
  switch (fixture.kind) {
    case FixtureKind::kDoor: return draw_door(piece);
    case FixtureKind::kTable: return draw_table(piece);
    case FixtureKind::kShelf: return draw_shelf(piece);
    case FixtureKind::kBed: return draw_bed(piece);
    case FixtureKind::kBox: return draw_box(piece);
    case FixtureKind::kBasket: return draw_basket(piece);
    case FixtureKind::kLamp: return draw_lamp(piece);
    case FixtureKind::kSwitch: return draw_switch(piece);
    case FixtureKind::kTv: return draw_tv(piece);
    case FixtureKind::kPlant: return draw_plant(piece);
    case FixtureKind::kButton: return draw_button(piece);
    case FixtureKind::kPlate: return draw_plate(piece);
  }
}

}  // namespace atl::envs::playhouse
