#include "envs/house/draw_furniture.h"

#include "core/random.h"
#include "envs/house/draw_place.h"
#include "envs/house/draw_toys.h"

#include <algorithm>

namespace atl::envs::house {
namespace {

using playhouse::cosine;
using playhouse::multiply;
using playhouse::sine;
using Span = std::array<std::int32_t, 2>;

constexpr std::int32_t cm(std::int32_t n) { return from_cm(n); }
constexpr std::int32_t kGlow = 256;                   // light of what shines by itself
constexpr std::int32_t kDecal = from_cm(1) * 6 / 10;  // how far what is painted on stands off

// From here on things have small parts, in pixels a metre.
constexpr std::int32_t kFine = 60;

enum class Part : std::uint8_t { kStand, kShade, kPot, kLeaves, kDome };

Mesh make_part(Part part) {
  MeshBuilder b(800);
  switch (part) {
    case Part::kStand:
      b.box({-7, -7, 2}, {7, 7, 78}, Tone::kMain);
      b.box({-60, -60, 0}, {60, 60, 2}, Tone::kMain);
      break;
    case Part::kShade: {
      b.set_middle({0, 0, 85});
      const std::uint16_t low = b.ring(10, {0, 0, 72}, 100, 100);
      const std::uint16_t high = b.ring(10, {0, 0, 100}, 58, 58);
      b.band(10, low, high, Tone::kMain);
      b.cap(10, high, Tone::kLight);
      b.cap(10, low, Tone::kLight);
      break;
    }
    case Part::kPot: {
      b.set_middle({0, 0, 15});
      const std::uint16_t low = b.ring(8, {0, 0, 0}, 55, 55);
      const std::uint16_t high = b.ring(8, {0, 0, 26}, 80, 80);
      const std::uint16_t rim = b.ring(8, {0, 0, 31}, 82, 82);
      b.band(8, low, high, Tone::kMain);
      b.band(8, high, rim, Tone::kLight);
      b.cap(8, rim, Tone::kDeep);
      break;
    }
    case Part::kLeaves:
      for (int i = 0; i < 11; ++i) {
        // Outer leaves hang, inner ones stand.
        const bool is_inner = i >= 7;
        const std::int32_t angle = (is_inner ? i * 4 + 1 : i) * kTurn / (is_inner ? 16 : 7);
        const int reach = is_inner ? 42 : 98;
        const int middle_z = is_inner ? 66 : 62;
        const int tip_z = is_inner ? 100 : 70 - i % 2 * 18;
        const auto at = [&](int out, int aside, int z) {
          const Vec2 p = playhouse::from_view({aside * 256, out * 256}, angle);
          return b.corner({p.x / 256, p.y / 256, z});
        };
        const std::uint16_t root = at(6, 0, 28);
        const std::uint16_t left = at(reach * 55 / 100, -20, middle_z);
        const std::uint16_t tip = at(reach, 0, tip_z);
        const std::uint16_t right = at(reach * 55 / 100, 20, middle_z);
        const Tone tone = i % 3 == 0 ? Tone::kLight : (i % 3 == 1 ? Tone::kMain : Tone::kDark);
        b.set_middle({0, 0, 0});
        b.face({root, left, tip, right}, tone);
        b.set_middle({0, 0, 0}, true);
        b.face({root, left, tip, right}, Tone::kDark);
      }
      break;
    case Part::kDome: {
      static constexpr std::array<std::int32_t, 2> kLatitudes{0, 45};
      static constexpr std::array<Tone, 3> kTones{Tone::kMain, Tone::kMain, Tone::kLight};
      b.ellipsoid({0, 0, 0}, {100, 100, 100}, 10, kLatitudes, kTones);
      break;
    }
  }
  return b.take();
}

const Mesh& part_mesh(Part part) {
  static const std::array<Mesh, 5> meshes{make_part(Part::kStand), make_part(Part::kShade), make_part(Part::kPot),
                                          make_part(Part::kLeaves), make_part(Part::kDome)};
  return meshes[static_cast<std::size_t>(part)];
}

Tones tones_from(std::uint32_t main) {
  Tones tones;
  tones.fill(main);
  tones[static_cast<std::size_t>(Tone::kLight)] = mixed(main, 0xffffff, 50);
  tones[static_cast<std::size_t>(Tone::kDark)] = lit(main, 200) & 0xffffff;
  tones[static_cast<std::size_t>(Tone::kDeep)] = 0x3a2c22;
  return tones;
}

// One fixture, in its own axes.
class Joiner {
 public:
  Joiner(Workshop& shop, const Fixture& fixture, std::size_t index, std::int32_t metre_px)
      : pen_(*shop.pen),
        paint_(shop.paint),
        fixture_(fixture),
        axes_(fixture.floor, fixture.facing),
        index_(index),
        metre_px_(metre_px),
        is_on_(is_on(*shop.state, index)),
        angle_(shop.state->fixtures[index].angle),
        width_(axes_.width()),
        depth_(axes_.depth()),
        height_(fixture.height) {}

  void table() {
    board({0, width_}, {0, depth_}, {height_ - cm(5), height_}, paint_.wood);
    if (metre_px_ >= kFine / 2)
      board({cm(8), width_ - cm(8)}, {cm(8), depth_ - cm(8)}, {height_ - cm(14), height_ - cm(5)}, paint_.dark_wood);
    for (const std::int32_t s : {cm(4), width_ - cm(12)}) {
      for (const std::int32_t d : {cm(4), depth_ - cm(12)})
        board({s, s + cm(8)}, {d, d + cm(8)}, {0, height_ - cm(5)}, paint_.dark_wood);
    }
  }

  void shelf() {
    const std::int32_t board_cm = cm(4);
    board({0, board_cm}, {0, depth_}, {0, height_ - board_cm}, paint_.wood);
    board({width_ - board_cm, width_}, {0, depth_}, {0, height_ - board_cm}, paint_.wood);
    board({0, width_}, {0, depth_}, {height_ - board_cm, height_}, paint_.light_wood);
    const std::int32_t middle = height_ / 2;
    board({board_cm, width_ - board_cm}, {0, depth_}, {middle - board_cm / 2, middle + board_cm / 2}, paint_.wood);
    board({board_cm, width_ - board_cm}, {0, depth_}, {0, cm(8)}, paint_.wood);
    panel({0, width_}, depth_ / 4, {0, height_ - cm(1)}, paint_.dark_wood, 150);
    books(cm(8), middle - board_cm / 2);
    books(middle + board_cm / 2, height_ - board_cm);
  }

  void bed() {
    board({0, width_}, {0, cm(5)}, {0, height_ + cm(32)}, paint_.wood);
    board({0, width_}, {cm(5), depth_}, {cm(10), cm(26)}, paint_.wood);
    board({cm(3), width_ - cm(3)}, {cm(5), depth_ - cm(3)}, {cm(26), height_ - cm(2)}, paint_.sheet);
    board({cm(1), width_ - cm(1)}, {depth_ * 2 / 5, depth_ - cm(1)}, {cm(24), height_}, paint_.cloth);
    board({cm(1), width_ - cm(1)}, {depth_ * 2 / 5 - cm(14), depth_ * 2 / 5}, {cm(30), height_},
          mixed(paint_.cloth, 0xffffff, 110));
    board({cm(12), width_ - cm(12)}, {cm(8), cm(44)}, {height_ - cm(3), height_ + cm(7)},
          mixed(paint_.sheet, 0xffffff, 120));
    for (const std::int32_t s : {0, width_ - cm(8)})
      board({s, s + cm(8)}, {depth_ - cm(8), depth_}, {0, cm(10)}, paint_.dark_wood);
  }

  void box() {
    const std::uint32_t colour = rgb_of(fixture_.colour);
    const std::int32_t rim = height_ - kContainerWall;
    if (angle_ == 0) {
      board({0, width_}, {0, depth_}, {0, rim}, colour);
    } else {
      vessel(rim, colour, lit(colour, 150) & 0xffffff);
    }
    // Wooden edges and a lock: a chest, not a toy.
    panel({0, cm(7)}, depth_ + kDecal, {0, rim}, paint_.dark_wood);
    panel({width_ - cm(7), width_}, depth_ + kDecal, {0, rim}, paint_.dark_wood);
    panel({cm(7), width_ - cm(7)}, depth_ + kDecal, {0, cm(8)}, paint_.dark_wood);
    panel({width_ / 2 - cm(7), width_ / 2 + cm(7)}, depth_ + kDecal, {rim - cm(14), rim}, paint_.metal);
    // The lid turns about the upper edge at its back.
    const std::int32_t s = sine(angle_);
    const std::int32_t c = cosine(angle_);
    const std::int32_t back = multiply(kContainerWall, s);  // so that it stays before the wall
    const Vec3 hinge = axes_.at(0, back, rim);
    const Vec3 right = minus(axes_.at(width_, back, rim), hinge);
    const Vec3 out = minus(axes_.at(0, back + multiply(depth_ - back, c), rim + multiply(depth_, s)), hinge);
    const Vec3 up = minus(axes_.at(0, 0, rim + multiply(kContainerWall, c)), hinge);
    pen_.slab(hinge, {right, out, up}, mixed(colour, 0xffffff, 40));
  }

  void basket() {
    const std::uint32_t dark = mixed(paint_.wicker, 0x302010, 70);
    if (metre_px_ < kFine / 2) return vessel(height_, paint_.wicker, dark);
    const int bands = metre_px_ >= 2 * kFine ? 5 : 3;
    for (int i = 0; i < bands; ++i) {
      const std::int32_t low = height_ * i / bands;
      const std::int32_t high = height_ * (i + 1) / bands;
      const std::int32_t inset = i % 2 == 0 ? 0 : cm(1);
      walls({low, high}, inset, i % 2 == 0 ? paint_.wicker : dark);
    }
    board({0, width_}, {0, depth_}, {0, kContainerBottom}, dark, 0);
  }

  void lamp() {
    const Body body{width_ / 2, height_};
    pen_.mesh(part_mesh(Part::kStand), foot(), 0, body, tones_from(paint_.metal));
    const Light own{is_on_ ? 330 : pen_.light().level * 7 / 8, 0, 0};
    ink(own);
    pen_.mesh(part_mesh(Part::kShade), foot(), 0, body,
              tones_from(is_on_ ? 0xffe9a8 : mixed(paint_.sheet, 0x807868, 90)));
  }

  void light_switch() {
    board({0, width_}, {0, depth_ / 2}, {fixture_.bottom, height_}, 0xf2f0ea, 0);
    const std::int32_t middle = (fixture_.bottom + height_) / 2;
    const Span lever = is_on_ ? Span{middle, height_ - cm(2)} : Span{fixture_.bottom + cm(2), middle};
    board({width_ / 4, width_ * 3 / 4}, {depth_ / 2, depth_}, lever, is_on_ ? 0x58c860 : 0x70747c, 0);
  }

  void tv() {
    board({cm(5), width_ - cm(5)}, {0, depth_}, {0, cm(45)}, paint_.wood);
    panel({cm(9), width_ / 2 - cm(2)}, depth_ + kDecal, {cm(6), cm(40)}, paint_.dark_wood);
    panel({width_ / 2 + cm(2), width_ - cm(9)}, depth_ + kDecal, {cm(6), cm(40)}, paint_.dark_wood);
    board({width_ / 2 - cm(14), width_ / 2 + cm(14)}, {cm(12), cm(28)}, {cm(45), cm(52)}, paint_.black);
    board({0, width_}, {cm(14), cm(24)}, {cm(50), height_}, paint_.black, 0);
    const Span across{cm(4), width_ - cm(4)};
    const std::int32_t out = cm(24) + kDecal;
    const std::int32_t low = cm(54);
    const std::int32_t high = height_ - cm(4);
    if (!is_on_) {
      panel(across, out, {low, high}, 0x3c4248, 200);
      return;
    }
    const std::int32_t horizon = low + (high - low) * 2 / 5;
    panel(across, out, {horizon, high}, 0x7fc4f4, kGlow);
    panel(across, out, {low, horizon}, 0x66b04a, kGlow);
    const std::int32_t sun = width_ * 3 / 10;
    panel({sun - cm(8), sun + cm(8)}, out + kDecal, {high - cm(22), high - cm(6)}, 0xffe25a, kGlow);
    // A hill.
    const std::int32_t top = horizon + (high - horizon) / 2;
    const std::array<Vec3, 3> hill{axes_.at(width_ - cm(6), out + kDecal, horizon),
                                   axes_.at(width_ * 6 / 10, out + kDecal, top),
                                   axes_.at(width_ * 3 / 10, out + kDecal, horizon)};
    pen_.polygon(hill, 0x3f8a52, kGlow);
  }

  void plant() {
    const Body body{width_ / 2, height_};
    const auto turn = static_cast<std::int32_t>(mix_bits(index_) & (kTurn - 1));
    pen_.mesh(part_mesh(Part::kPot), foot(), turn, body, tones_from(paint_.pot));
    pen_.mesh(part_mesh(Part::kLeaves), foot(), turn, body, tones_from(paint_.leaf));
  }

  void button() {
    const std::uint32_t colour = rgb_of(fixture_.colour);
    const std::int32_t middle = width_ / 2;
    board({middle - cm(5), middle + cm(5)}, {middle - cm(5), middle + cm(5)}, {0, height_ - cm(22)}, paint_.metal);
    board({cm(2), width_ - cm(2)}, {cm(2), depth_ - cm(2)}, {0, cm(4)}, paint_.metal);
    board({cm(1), width_ - cm(1)}, {cm(1), depth_ - cm(1)}, {height_ - cm(22), height_ - cm(9)},
          mixed(colour, 0x404448, 140), 0);
    if (is_on_) ink({360, 0, 0});
    Vec3 at = foot();
    at.z = height_ - cm(9);
    const std::int32_t high = is_on_ ? cm(5) : cm(9);
    pen_.mesh(part_mesh(Part::kDome), at, 0, {cm(12), high}, tones_from(is_on_ ? mixed(colour, 0xffffff, 90) : colour));
  }

  void plate() {
    const std::int32_t top = is_on_ ? height_ / 3 : height_;
    board({0, width_}, {0, depth_}, {0, std::max(top - cm(1), cm(1) / 2)}, paint_.metal);
    if (is_on_) ink({300, 0, 0});
    board({cm(8), width_ - cm(8)}, {cm(8), depth_ - cm(8)}, {0, top}, is_on_ ? 0xfff2a0 : 0xc9a94a);
  }

  // Shut: in its doorway; else turned by twice the angle of its state, so that an open one lies flat against the wall.
  void door() {
    const std::int32_t turn = angle_ * 2;
    const std::int32_t s = sine(turn);
    const std::int32_t c = cosine(turn);
    // Which end is hinged, in the axes of the leaf, which look into the room.
    const bool high_is_right = fixture_.facing == Side::kNorth || fixture_.facing == Side::kWest;
    const bool at_right = fixture_.hinge_is_high == high_is_right;
    const std::int32_t hinge_at = at_right ? width_ : 0;
    const std::int32_t away = at_right ? -1 : 1;
    // Open, it sinks into the wall but for a centimetre: in physics nothing is there, and it should hide nothing.
    const std::int32_t sunk = multiply(depth_ - cm(1), (kMetre - c) / 2);
    const Vec3 hinge = axes_.at(hinge_at, depth_ - sunk, 0);
    const auto leaf = [&](std::int32_t along, std::int32_t back) {  // from the hinge; `back`: from the room's side
      return axes_.at(hinge_at + away * (multiply(along, c) + multiply(back, s)),
                      depth_ - sunk + multiply(along, s) - multiply(back, c), 0);
    };
    const Vec3 along = minus(leaf(width_, 0), hinge);
    const Vec3 back = minus(leaf(0, depth_), hinge);
    const Vec3 up{0, 0, height_};
    const auto slab = [&](Vec3 corner, Vec3 a, Vec3 b, Vec3 v, std::uint32_t colour) {
      pen_.slab(corner, at_right ? std::array{a, b, v} : std::array{b, a, v}, colour);
    };
    slab(hinge, along, back, up, paint_.door);
    const auto part = [](Vec3 v, std::int32_t hundredths) {
      return Vec3{v.x / 100 * hundredths, v.y / 100 * hundredths, v.z / 100 * hundredths};
    };
    const auto plus = [](Vec3 a, Vec3 b) { return Vec3{a.x + b.x, a.y + b.y, a.z + b.z}; };
    // Panels stand off on both sides; so does the knob.
    if (metre_px_ >= kFine / 2) {
      for (const std::int32_t z : {10, 55}) {
        const Vec3 corner = plus(plus(hinge, part(along, 14)), plus(part(back, -12), part(up, z)));
        slab(corner, part(along, 72), part(back, 124), part(up, 36), mixed(paint_.door, 0x000000, 36));
      }
    }
    const Vec3 knob = plus(plus(hinge, part(along, 89)), plus(part(back, -120), part(up, 46)));
    slab(knob, part(along, 6), part(back, 340), part(up, 3), 0xd8b860);
  }

 private:
  static Vec3 minus(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }

  void board(Span right, Span out, Span z, std::uint32_t colour, unsigned left_out = kBottomSide) {
    const auto [low, high] = axes_.box(right, out, z);
    pen_.box({low, high}, colour, left_out);
  }
  void panel(Span right, std::int32_t out, Span z, std::uint32_t colour, std::int32_t light = 0) {
    pen_.polygon(axes_.panel(right, out, z), colour, light != 0 ? light : pen_.box_light()[axes_.front()]);
  }
  [[nodiscard]] Vec3 foot() const {
    const Vec2 middle = fixture_.floor.middle();
    return {middle.x, middle.y, fixture_.bottom};
  }
  void ink(const Light& light) { pen_.set_ink(static_cast<std::uint8_t>(fixture_entity(index_).id + 1), light); }

  // Four walls around a hollow, and its bottom.
  void walls(Span z, std::int32_t inset, std::uint32_t colour) {
    const std::int32_t wall = kContainerWall;
    board({inset, wall}, {inset, depth_ - inset}, z, colour);
    board({width_ - wall, width_ - inset}, {inset, depth_ - inset}, z, colour);
    board({wall, width_ - wall}, {inset, wall}, z, colour);
    board({wall, width_ - wall}, {depth_ - wall, depth_ - inset}, z, colour);
  }
  void vessel(std::int32_t rim, std::uint32_t colour, std::uint32_t inside) {
    walls({0, rim}, 0, colour);
    board({0, width_}, {0, depth_}, {0, kContainerBottom}, inside);
  }

  // Between two boards; the same books whenever this shelf is drawn.
  void books(std::int32_t low, std::int32_t high) {
    static constexpr std::array<std::uint32_t, 6> kCovers{0x7d5a50, 0x5f6e7c, 0x8a845f, 0x64795f, 0x77607c, 0x9a8f86};
    Random random(index_ * 977 + static_cast<std::uint64_t>(low));
    const std::int32_t thickness = metre_px_ >= kFine ? cm(9) : cm(24);
    const std::int32_t front = depth_ - cm(14);
    std::int32_t at = cm(6);
    while (at + thickness < width_ - cm(8)) {
      const std::int32_t next = at + thickness * random.between(70, 130) / 100;
      const std::int32_t top = low + (high - low) * random.between(62, 92) / 100;
      const std::uint32_t cover = kCovers[random.below(kCovers.size())];
      if (!random.chance(1, 5)) {
        const Span across{at, std::min(next, width_ - cm(5))};
        if (metre_px_ >= 2 * kFine) {
          board(across, {front - cm(20), front}, {low, top}, cover);
        } else {
          panel(across, front, {low, top}, cover);
        }
      }
      at = next;
    }
  }

  Pen& pen_;
  const Furnishing& paint_;
  const Fixture& fixture_;
  PlaceAxes axes_;
  std::size_t index_;
  std::int32_t metre_px_;
  bool is_on_;
  std::int32_t angle_;
  std::int32_t width_;
  std::int32_t depth_;
  std::int32_t height_;
};

}  // namespace

std::uint8_t door_of(const House& house, const Cell& doorway) {
  const auto is_door = [&](std::uint8_t i) { return house.fixtures[i].kind == FixtureKind::kDoor; };
  const auto door = std::find_if(doorway.fixtures.begin(), doorway.fixtures.end(), is_door);
  return door == doorway.fixtures.end() ? kNothing : *door;
}

void draw_fixture(Workshop& shop, std::size_t index, const RoomPaint& room) {
  const Fixture& fixture = shop.house->fixtures[index];
  const Vec2 middle = fixture.floor.middle();
  const std::int32_t half_flat = playhouse::length(fixture.floor.high - middle);
  // A door sweeps its whole width, a lid stands up by the depth of its box, a bed has a head.
  const std::int32_t top = fixture.height + (has_lid(fixture.kind) ? cm(95) : cm(40));
  const bool is_door = fixture.kind == FixtureKind::kDoor;
  const std::int32_t half_height = (is_door ? fixture.height : top - fixture.bottom) / 2;
  const std::int32_t radius = half_flat + half_height + (is_door ? cm(100) : 0);
  const std::int32_t metre_px = shop.pen->begin({middle.x, middle.y, fixture.bottom + half_height}, radius);
  if (metre_px == 0) return;
  shop.pen->set_ink(static_cast<std::uint8_t>(fixture_entity(index).id + 1), room.light_at(middle));
  Joiner joiner(shop, fixture, index, metre_px);
  switch (fixture.kind) {
    case FixtureKind::kDoor: return joiner.door();
    case FixtureKind::kTable: return joiner.table();
    case FixtureKind::kShelf: return joiner.shelf();
    case FixtureKind::kBed: return joiner.bed();
    case FixtureKind::kBox: return joiner.box();
    case FixtureKind::kBasket: return joiner.basket();
    case FixtureKind::kLamp: return joiner.lamp();
    case FixtureKind::kSwitch: return joiner.light_switch();
    case FixtureKind::kTv: return joiner.tv();
    case FixtureKind::kPlant: return joiner.plant();
    case FixtureKind::kButton: return joiner.button();
    case FixtureKind::kPlate: return joiner.plate();
  }
}

}  // namespace atl::envs::house
