#include "core/random.h"
#include "envs/playhouse/draw_piece.h"
#include "envs/playhouse/draw_toys.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

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
          const Vec2 p = from_view({aside * 256, out * 256}, angle);
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

}  // namespace

void draw_lamp(const Piece& p) {
  const Body body{p.width / 2, p.height};
  p.pen.mesh(part_mesh(Part::kStand), p.foot(), 0, body, tones_from(p.paint.metal));
  const Light own{p.is_on ? 330 : p.pen.light().level * 7 / 8, 0, 0};
  p.ink(own);
  p.pen.mesh(part_mesh(Part::kShade), p.foot(), 0, body,
             tones_from(p.is_on ? 0xffe9a8 : mixed(p.paint.sheet, 0x807868, 90)));
}

void draw_switch(const Piece& p) {
  p.board({0, p.width}, {0, p.depth / 2}, {p.fixture.bottom, p.height}, 0xf2f0ea, 0);
  const std::int32_t middle = (p.fixture.bottom + p.height) / 2;
  const Span lever = p.is_on ? Span{middle, p.height - cm(2)} : Span{p.fixture.bottom + cm(2), middle};
  p.board({p.width / 4, p.width * 3 / 4}, {p.depth / 2, p.depth}, lever, p.is_on ? 0x58c860 : 0x70747c, 0);
}

void draw_tv(const Piece& p) {
  p.board({cm(5), p.width - cm(5)}, {0, p.depth}, {0, cm(45)}, p.paint.wood);
  p.panel({cm(9), p.width / 2 - cm(2)}, p.depth + kDecal, {cm(6), cm(40)}, p.paint.dark_wood);
  p.panel({p.width / 2 + cm(2), p.width - cm(9)}, p.depth + kDecal, {cm(6), cm(40)}, p.paint.dark_wood);
  p.board({p.width / 2 - cm(14), p.width / 2 + cm(14)}, {cm(12), cm(28)}, {cm(45), cm(52)}, p.paint.black);
  p.board({0, p.width}, {cm(14), cm(24)}, {cm(50), p.height}, p.paint.black, 0);
  const Span across{cm(4), p.width - cm(4)};
  const std::int32_t out = cm(24) + kDecal;
  const std::int32_t low = cm(54);
  const std::int32_t high = p.height - cm(4);
  if (!p.is_on) {
    p.panel(across, out, {low, high}, 0x3c4248, 200);
    return;
  }
  const std::int32_t horizon = low + (high - low) * 2 / 5;
  p.panel(across, out, {horizon, high}, 0x7fc4f4, kGlow);
  p.panel(across, out, {low, horizon}, 0x66b04a, kGlow);
  const std::int32_t sun = p.width * 3 / 10;
  p.panel({sun - cm(8), sun + cm(8)}, out + kDecal, {high - cm(22), high - cm(6)}, 0xffe25a, kGlow);
  // A hill.
  const std::int32_t top = horizon + (high - horizon) / 2;
  const std::array<Vec3, 3> hill{p.axes.at(p.width - cm(6), out + kDecal, horizon),
                                 p.axes.at(p.width * 6 / 10, out + kDecal, top),
                                 p.axes.at(p.width * 3 / 10, out + kDecal, horizon)};
  p.pen.polygon(hill, 0x3f8a52, kGlow);
}

void draw_plant(const Piece& p) {
  const Body body{p.width / 2, p.height};
  const auto turn = static_cast<std::int32_t>(mix_bits(p.index) & (kTurn - 1));
  p.pen.mesh(part_mesh(Part::kPot), p.foot(), turn, body, tones_from(p.paint.pot));
  p.pen.mesh(part_mesh(Part::kLeaves), p.foot(), turn, body, tones_from(p.paint.leaf));
}

void draw_button(const Piece& p) {
  const std::uint32_t colour = rgb_of(p.fixture.colour);
  const std::int32_t middle = p.width / 2;
  p.board({middle - cm(5), middle + cm(5)}, {middle - cm(5), middle + cm(5)}, {0, p.height - cm(22)}, p.paint.metal);
  p.board({cm(2), p.width - cm(2)}, {cm(2), p.depth - cm(2)}, {0, cm(4)}, p.paint.metal);
  p.board({cm(1), p.width - cm(1)}, {cm(1), p.depth - cm(1)}, {p.height - cm(22), p.height - cm(9)},
          mixed(colour, 0x404448, 140), 0);
  if (p.is_on) p.ink({360, 0, 0});
  Vec3 at = p.foot();
  at.z = p.height - cm(9);
  const std::int32_t high = p.is_on ? cm(5) : cm(9);
  p.pen.mesh(part_mesh(Part::kDome), at, 0, {cm(12), high}, tones_from(p.is_on ? mixed(colour, 0xffffff, 90) : colour));
}

void draw_plate(const Piece& p) {
  const std::int32_t top = p.is_on ? p.height / 3 : p.height;
  p.board({0, p.width}, {0, p.depth}, {0, std::max(top - cm(1), cm(1) / 2)}, p.paint.metal);
  if (p.is_on) p.ink({300, 0, 0});
  p.board({cm(8), p.width - cm(8)}, {cm(8), p.depth - cm(8)}, {0, top}, p.is_on ? 0xfff2a0 : 0xc9a94a);
}

}  // namespace atl::envs::playhouse
