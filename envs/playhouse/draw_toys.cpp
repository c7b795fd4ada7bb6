#include "envs/playhouse/draw_toys.h"

#include "envs/playhouse/draw_detail.h"
#include "envs/playhouse/draw_paint.h"

namespace atl::envs::playhouse {
namespace {

using Point = MeshBuilder::Point;

// Each toy has two designs: the same outline, so that whatever can be done with it looks as it is, and other patterns
// and parts.

Mesh ball(Detail detail, Design design) {
  MeshBuilder b(200);
  constexpr Tone kMain = Tone::kMain;
  constexpr Tone kBand = Tone::kLight;
  // The other design: light at the top and at the bottom.
  static constexpr std::array<Tone, 5> kCapped5{kBand, kMain, kMain, kMain, kBand};
  static constexpr std::array<Tone, 7> kCapped7{kBand, kBand, kMain, kMain, kMain, kBand, kBand};
  static constexpr std::array<Tone, 12> kCapped12{kBand, kBand, kBand, kMain, kMain, kMain,
                                                  kMain, kMain, kMain, kBand, kBand, kBand};
  const auto pick = [&](std::span<const Tone> banded, std::span<const Tone> capped) {
    return design == Design::kUsual ? banded : capped;
  };
  constexpr Point kMiddle{0, 0, 50};
  constexpr Point kRadii{100, 100, 50};
  static constexpr std::array<std::int32_t, 4> kCoarse{-45, -12, 12, 45};
  static constexpr std::array<Tone, 5> kCoarseTones{kMain, kMain, kBand, kMain, kMain};
  static constexpr std::array<std::int32_t, 6> kMiddling{-58, -34, -12, 12, 34, 58};
  static constexpr std::array<Tone, 7> kMiddlingTones{kMain, kMain, kMain, kBand, kMain, kMain, kMain};
  static constexpr std::array<std::int32_t, 11> kFine{-74, -58, -42, -27, -12, 0, 12, 27, 42, 58, 74};
  static constexpr std::array<Tone, 12> kFineTones{kMain, kMain, kMain, kMain, kMain, kBand,
                                                   kBand, kMain, kMain, kMain, kMain, kMain};
  switch (detail) {
    case Detail::kCoarse: b.ellipsoid(kMiddle, kRadii, 8, kCoarse, pick(kCoarseTones, kCapped5)); break;
    case Detail::kMiddling: b.ellipsoid(kMiddle, kRadii, 12, kMiddling, pick(kMiddlingTones, kCapped7)); break;
    case Detail::kFine: b.ellipsoid(kMiddle, kRadii, 22, kFine, pick(kFineTones, kCapped12)); break;
  }
  return b.take();
}

// A quad on the side of a box, its corners `half` from the middle along two directions.
void label(MeshBuilder& b, Point middle, Point across, Point up, Tone tone) {
  const auto at = [&](int a, int u) {
    return b.corner(
        {middle.x + a * across.x + u * up.x, middle.y + a * across.y + u * up.y, middle.z + a * across.z + u * up.z});
  };
  b.face({at(-1, -1), at(1, -1), at(1, 1), at(-1, 1)}, tone);
}

void diamond(MeshBuilder& b, Point middle, Point across, Point up, Tone tone) {
  const auto at = [&](int a, int u) {
    return b.corner(
        {middle.x + a * across.x + u * up.x, middle.y + a * across.y + u * up.y, middle.z + a * across.z + u * up.z});
  };
  b.face({at(0, -1), at(1, 0), at(0, 1), at(-1, 0)}, tone);
}

Mesh cube(Detail, Design design) {
  MeshBuilder b(178);
  constexpr int kHalf = 89;
  b.box({-kHalf, -kHalf, 0}, {kHalf, kHalf, 100}, Tone::kMain);
  b.set_middle({0, 0, 50});
  const auto decorate = [&](auto shape, int across, int up) {
    for (const int sign : {-1, 1}) {
      shape(b, {sign * (kHalf + 1), 0, 50}, {0, across, 0}, {0, 0, up}, Tone::kLight);
      shape(b, {0, sign * (kHalf + 1), 50}, {across, 0, 0}, {0, 0, up}, Tone::kLight);
    }
    shape(b, {0, 0, 101}, {across, 0, 0}, {0, across, 0}, Tone::kLight);
  };
  design == Design::kUsual ? decorate(diamond, 58, 32) : decorate(label, 40, 22);
  return b.take();
}

Mesh cylinder(Detail detail, Design design) {
  MeshBuilder b(264);
  const int n = choose(detail, 8, 14, 24);
  b.set_middle({0, 0, 50});
  const std::uint16_t bottom = b.ring(n, {0, 0, 0}, 98, 98);
  // Dark at its ends, or a light band around its middle.
  const bool is_usual = design == Design::kUsual;
  const std::uint16_t low = b.ring(n, {0, 0, is_usual ? 16 : 36}, 98, 98);
  const std::uint16_t high = b.ring(n, {0, 0, is_usual ? 84 : 64}, 98, 98);
  const std::uint16_t top = b.ring(n, {0, 0, 100}, 98, 98);
  b.band(n, bottom, low, is_usual ? Tone::kDark : Tone::kMain);
  b.band(n, low, high, is_usual ? Tone::kMain : Tone::kLight);
  b.band(n, high, top, is_usual ? Tone::kDark : Tone::kMain);
  b.cap(n, top, Tone::kLight);
  return b.take();
}

Mesh cone(Detail detail, Design design) {
  MeshBuilder b(211);
  const int n = choose(detail, 8, 14, 24);
  b.set_middle({0, 0, 30});
  const std::uint16_t bottom = b.ring(n, {0, 0, 0}, 100, 100);
  // A light band, or a dark foot and a light tip.
  const bool is_usual = design == Design::kUsual;
  const int low_z = is_usual ? 30 : 20;
  const int high_z = is_usual ? 52 : 62;
  const std::uint16_t low = b.ring(n, {0, 0, low_z}, 100 - low_z, 100 - low_z);
  const std::uint16_t high = b.ring(n, {0, 0, high_z}, 100 - high_z, 100 - high_z);
  b.band(n, bottom, low, is_usual ? Tone::kMain : Tone::kDark);
  b.band(n, low, high, is_usual ? Tone::kLight : Tone::kMain);
  b.fan(n, high, {0, 0, 100}, is_usual ? Tone::kMain : Tone::kLight);
  return b.take();
}

Mesh mug(Detail detail, Design design) {
  MeshBuilder b(189);
  const int n = choose(detail, 8, 14, 24);
  constexpr Point kFoot{-24, 0, 0};
  b.set_middle({-24, 0, 50});
  const std::uint16_t bottom = b.ring(n, kFoot, 72, 72);
  // A light stripe, or a light rim and a dark foot.
  const bool is_usual = design == Design::kUsual;
  const std::uint16_t low = b.ring(n, {-24, 0, is_usual ? 34 : 18}, 74, 74);
  const std::uint16_t high = b.ring(n, {-24, 0, is_usual ? 66 : 80}, 74, 74);
  const std::uint16_t rim = b.ring(n, {-24, 0, 100}, 74, 74);
  b.band(n, bottom, low, is_usual ? Tone::kMain : Tone::kDark);
  b.band(n, low, high, is_usual ? Tone::kLight : Tone::kMain);
  b.band(n, high, rim, is_usual ? Tone::kMain : Tone::kLight);
  const std::uint16_t lip = b.ring(n, {-24, 0, 100}, 60, 60);
  b.band(n, rim, lip, Tone::kMain);
  b.set_middle({-24, 0, 70}, true);
  const std::uint16_t ground = b.ring(n, {-24, 0, 45}, 60, 60);
  b.band(n, ground, lip, Tone::kDeep);
  b.cap(n, ground, Tone::kDeep);
  b.box({40, -13, 72}, {100, 13, 86}, Tone::kDark);
  b.box({40, -13, 18}, {100, 13, 32}, Tone::kDark);
  b.box({78, -13, 18}, {100, 13, 86}, Tone::kDark);
  return b.take();
}

Mesh book(Detail detail, Design design) {
  MeshBuilder b(267);
  b.box({-96, -30, 0}, {98, -20, 100}, Tone::kMain);
  b.box({-96, 20, 0}, {98, 30, 100}, Tone::kMain);
  b.box({-100, -30, 0}, {-88, 30, 100}, Tone::kDark);
  b.box({-90, -21, 3}, {90, 21, 96}, Tone::kPaper);
  b.set_middle({0, 0, 50});
  if (design == Design::kOther) {
    // A stripe down the covers, and one around the back.
    for (const int sign : {-1, 1}) label(b, {40, sign * 31, 50}, {18, 0, 0}, {0, 0, 48}, Tone::kLight);
    label(b, {-101, 0, 50}, {0, 29, 0}, {0, 0, 14}, Tone::kLight);
    return b.take();
  }
  for (const int sign : {-1, 1}) label(b, {8, sign * 31, 66}, {54, 0, 0}, {0, 0, 12}, Tone::kLight);
  for (const int z : {18, 82}) label(b, {-101, 0, z}, {0, 29, 0}, {0, 0, 7}, Tone::kLight);
  if (detail == Detail::kCoarse) return b.take();
  for (const int sign : {-1, 1}) label(b, {8, sign * 31, 24}, {36, 0, 0}, {0, 0, 4}, Tone::kDark);
  return b.take();
}

Mesh key(Detail detail, Design design) {
  MeshBuilder b(296);
  // The bow: a flat ring that stands upright, or a square on its corner.
  const int n = design == Design::kUsual ? choose(detail, 8, 12, 20) : 4;
  constexpr Point kMiddle{0, 0, 73};
  constexpr int kThick = 22;
  const auto upright = [&](int y, int radius_x, int radius_z) {
    const auto first = static_cast<int>(b.corner({0, y, kMiddle.z + radius_z}));
    for (int i = 1; i < n; ++i) {
      const std::int32_t angle = i * kTurn / n;
      const auto part = [](int radius, std::int32_t q16) { return multiply(radius * 16, q16) / 16; };
      b.corner({part(radius_x, sine(angle)), y, kMiddle.z + part(radius_z, cosine(angle))});
    }
    return static_cast<std::uint16_t>(first);
  };
  const std::uint16_t outer_back = upright(-kThick, 94, 27);
  const std::uint16_t outer_front = upright(kThick, 94, 27);
  const std::uint16_t inner_back = upright(-kThick, 44, 12);
  const std::uint16_t inner_front = upright(kThick, 44, 12);
  b.set_middle(kMiddle);
  b.band(n, outer_back, inner_back, Tone::kMain);
  b.band(n, outer_front, inner_front, Tone::kMain);
  b.band(n, outer_back, outer_front, Tone::kDark);
  b.set_middle(kMiddle, true);
  b.band(n, inner_back, inner_front, Tone::kDark);
  b.box({-21, -21, 0}, {21, 21, 50}, Tone::kDark);
  b.box({18, -16, 2}, {80, 16, 12}, Tone::kMain);
  b.box({18, -16, 20}, {66, 16, 30}, Tone::kMain);
  return b.take();
}

Mesh block(Detail detail, Design design) {
  MeshBuilder b(200);
  b.box({-100, -100, 0}, {100, 100, 100}, Tone::kMain);
  const auto stud = [&](int x, int y, int radius, int n) {
    b.set_middle({x, y, 100});
    const std::uint16_t low = b.ring(n, {x, y, 100}, radius, radius);
    const std::uint16_t high = b.ring(n, {x, y, 109}, radius, radius);
    b.band(n, low, high, Tone::kDark);
    b.cap(n, high, Tone::kLight);
  };
  if (detail == Detail::kCoarse || design == Design::kOther) {
    stud(0, 0, 56, choose(detail, 6, 10, 18));
  } else {
    for (const int x : {-48, 48}) {
      for (const int y : {-48, 48}) stud(x, y, 30, choose(detail, 6, 8, 14));
    }
  }
  // Dark along the lower edge, so that stacked blocks are told apart.
  b.set_middle({0, 0, 50});
  for (const int sign : {-1, 1}) {
    label(b, {sign * 101, 0, 5}, {0, 100, 0}, {0, 0, 5}, Tone::kDark);
    label(b, {0, sign * 101, 5}, {100, 0, 0}, {0, 0, 5}, Tone::kDark);
  }
  return b.take();
}

using Maker = Mesh (*)(Detail, Design);
constexpr std::array<Maker, kShapeNames.size()> kMakers{ball, cube, cylinder, cone,       make_duck,
                                                        mug,  book, key,      make_teddy, block};

using Details = std::array<Mesh, kNumDetails>;
Details make_details(Maker maker, Design design) {
  return {maker(Detail::kCoarse, design), maker(Detail::kMiddling, design), maker(Detail::kFine, design)};
}

Tones make_tones(Colour colour, bool is_usual) {
  const std::uint32_t main = rgb_of(colour);
  const bool is_white = colour == Colour::kWhite;
  Tones tones{};
  const auto set = [&](Tone tone, std::uint32_t rgb) { tones[static_cast<std::size_t>(tone)] = rgb & 0xffffff; };
  // The other look: a little darker, stripes darker instead of lighter, other beaks.
  set(Tone::kMain, is_usual ? main : lit(main, 232));
  set(Tone::kLight, is_white ? 0xbcc4d0 : (is_usual ? mixed(main, 0xffffff, 110) : lit(main, 150)));
  set(Tone::kDark, lit(main, is_usual ? 176 : 205));
  set(Tone::kDeep, is_white ? 0x5c6068 : lit(main, 96));
  const bool is_warm = colour == Colour::kOrange || colour == Colour::kRed || colour == Colour::kYellow;
  set(Tone::kAccent, is_usual ? (colour == Colour::kOrange || colour == Colour::kRed ? 0xffd23c : 0xf07814)
                              : (is_warm ? 0x503428 : 0xe8c890));
  set(Tone::kPaper, is_usual ? 0xf4efdf : 0xdcd4bc);
  set(Tone::kBlack, 0x1a1a1e);
  set(Tone::kSkin, is_white ? 0xd2c4b0 : mixed(main, is_usual ? 0xfff0dc : 0x806858, 130));
  return tones;
}

Tones make_player_tones(std::size_t player, bool is_usual) {
  Tones tones = make_tones(player == 0 ? Colour::kGreen : Colour::kPurple, is_usual);
  const auto set = [&](Tone tone, std::uint32_t rgb) { tones[static_cast<std::size_t>(tone)] = rgb; };
  // Muted: nobody is a toy.
  set(Tone::kMain, player == 0 ? 0x4d7f74 : 0x846a92);
  set(Tone::kLight, player == 0 ? 0xd9d2b4 : 0xcfc3d6);
  set(Tone::kDark, player == 0 ? 0x3f675e : 0x6c5678);
  set(Tone::kDeep, player == 0 ? 0x43382f : 0x2e2f42);
  set(Tone::kSkin, is_usual ? 0xd9a988 : 0xa87858);
  return tones;
}

}  // namespace

const Mesh& mesh_of(Shape shape, std::uint32_t reskin, std::int32_t height_px) {
  static const auto meshes = [] {
    std::array<std::array<Details, 2>, kMakers.size()> all;
    for (std::size_t i = 0; i < kMakers.size(); ++i)
      all[i] = {make_details(kMakers[i], Design::kUsual), make_details(kMakers[i], Design::kOther)};
    return all;
  }();
  return meshes[static_cast<std::size_t>(shape)][reskin == 0 ? 0 : 1][static_cast<std::size_t>(detail_of(height_px))];
}

const Tones& tones_of(Colour colour, std::uint32_t reskin) {
  static const auto tones = [] {
    std::array<std::array<Tones, 2>, kColourNames.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = {make_tones(static_cast<Colour>(i), true), make_tones(static_cast<Colour>(i), false)};
    }
    return all;
  }();
  return tones[static_cast<std::size_t>(colour)][reskin == 0 ? 0 : 1];
}

const Mesh& player_mesh(std::int32_t height_px) {
  static const Details meshes{make_player(Detail::kCoarse), make_player(Detail::kMiddling), make_player(Detail::kFine)};
  return meshes[static_cast<std::size_t>(detail_of(height_px / 2))];
}

const Tones& player_tones(std::size_t player_index, std::uint32_t reskin) {
  static const std::array<std::array<Tones, 2>, 2> tones{{{make_player_tones(0, true), make_player_tones(0, false)},
                                                          {make_player_tones(1, true), make_player_tones(1, false)}}};
  return tones[player_index % 2][reskin == 0 ? 0 : 1];
}

}  // namespace atl::envs::playhouse
