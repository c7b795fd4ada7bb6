#include "envs/playhouse/draw_detail.h"

#include <array>
#include <span>

namespace atl::envs::playhouse {

namespace {

// Rings that an ellipsoid has, in degrees.
std::span<const std::int32_t> round(Detail detail) {
  static constexpr std::array<std::int32_t, 3> kCoarse{-48, 0, 48};
  static constexpr std::array<std::int32_t, 4> kMiddling{-54, -18, 18, 54};
  static constexpr std::array<std::int32_t, 7> kFine{-67, -45, -22, 0, 22, 45, 67};
  if (detail == Detail::kCoarse) return kCoarse;
  return detail == Detail::kMiddling ? std::span<const std::int32_t>(kMiddling) : std::span<const std::int32_t>(kFine);
}

}  // namespace

void lump(MeshBuilder& b, Detail detail, MeshBuilder::Point middle, MeshBuilder::Point radii, Tone tone) {
  std::array<Tone, 8> tones;
  tones.fill(tone);
  b.ellipsoid(middle, radii, choose(detail, 6, 9, 16), round(detail), tones);
}

// Small parts: fewer faces.
void bump(MeshBuilder& b, Detail detail, MeshBuilder::Point middle, MeshBuilder::Point radii, Tone tone) {
  // Its corners stand out, so that it fills as much as what is round.
  if (detail == Detail::kCoarse) return b.octahedron(middle, {radii.x * 4 / 3, radii.y * 4 / 3, radii.z * 4 / 3}, tone);
  lump(b, detail == Detail::kFine ? Detail::kMiddling : Detail::kCoarse, middle, radii, tone);
}

Mesh make_duck(Detail detail, Design design) {
  MeshBuilder b(189);
  const bool is_usual = design == Design::kUsual;  // else its wings are dark and it has a crest
  lump(b, detail, {0, -6, 32}, {68, 92, 32}, Tone::kMain);
  // The tail points up.
  b.set_middle({0, -70, 44});
  const std::uint16_t tail = b.corner({-34, -62, 40});
  const std::uint16_t right = b.corner({34, -62, 40});
  const std::uint16_t front = b.corner({0, -40, 60});
  const std::uint16_t tip = b.corner({0, -100, 74});
  b.face({tail, right, tip}, Tone::kLight);
  b.face({right, front, tip}, Tone::kLight);
  b.face({front, tail, tip}, Tone::kLight);
  lump(b, detail, {0, 40, 76}, {44, 44, 24}, Tone::kMain);
  b.box({-24, 76, 66}, {24, 112, 76}, Tone::kAccent);
  for (const int sign : {-1, 1}) {
    bump(b, detail, {sign * 62, -14, 38}, {16, 56, 18}, is_usual ? Tone::kLight : Tone::kDark);
    if (detail != Detail::kCoarse) b.octahedron({sign * 34, 66, 84}, {9, 9, 5}, Tone::kBlack);
  }
  if (!is_usual) b.octahedron({0, 24, 96}, {8, 26, 6}, Tone::kLight);
  return b.take();
}

Mesh make_teddy(Detail detail, Design design) {
  MeshBuilder b(239);
  // Arms, legs and ears are darker than the body, or lighter.
  const bool is_usual = design == Design::kUsual;
  const Tone ears = is_usual ? Tone::kDeep : Tone::kLight;
  const Tone limbs = is_usual ? Tone::kDark : Tone::kLight;
  lump(b, detail, {0, -14, 31}, {62, 54, 31}, Tone::kMain);
  lump(b, detail, {0, -4, 73}, {56, 52, 22}, Tone::kMain);
  bump(b, detail, {0, 26, 32}, {40, 22, 20}, Tone::kSkin);
  bump(b, detail, {0, 42, 68}, {26, 22, 9}, Tone::kSkin);
  for (const int sign : {-1, 1}) {
    bump(b, detail, {sign * 46, -4, 92}, {27, 18, 10}, ears);
    bump(b, detail, {sign * 66, 14, 44}, {22, 36, 13}, limbs);
    bump(b, detail, {sign * 46, 56, 13}, {30, 46, 13}, limbs);
    if (detail == Detail::kCoarse) continue;
    bump(b, detail, {sign * 44, 92, 13}, {18, 12, 9}, Tone::kSkin);
    b.octahedron({sign * 44, 7, 92}, {14, 6, 5}, Tone::kSkin);
    b.octahedron({sign * 22, 44, 79}, {6, 5, 3}, Tone::kBlack);
  }
  b.octahedron({0, 62, 71}, {9, 6, 3}, Tone::kBlack);
  return b.take();
}

Mesh make_player(Detail detail) {
  MeshBuilder b(680);
  const int n = choose(detail, 6, 9, 14);
  for (const int sign : {-1, 1}) {
    b.box({sign * 24 - 20, -26, 0}, {sign * 24 + 20, 26, 44}, Tone::kDeep);
    b.box({sign * 24 - 20, -26, 0}, {sign * 24 + 20, 50, 4}, Tone::kBlack);
    b.box({sign * 74 - 14, -20, 44}, {sign * 74 + 14, 20, 78}, Tone::kDark);
    b.octahedron({sign * 74, 2, 42}, {16, 18, 4}, Tone::kSkin);
  }
  b.set_middle({0, 0, 60});
  const std::uint16_t hips = b.ring(n, {0, 0, 42}, 54, 40);
  const std::uint16_t waist = b.ring(n, {0, 0, 56}, 52, 38);
  const std::uint16_t chest = b.ring(n, {0, 0, 66}, 58, 42);
  const std::uint16_t shoulders = b.ring(n, {0, 0, 81}, 62, 40);
  b.band(n, hips, waist, Tone::kMain);
  b.band(n, waist, chest, Tone::kLight);
  b.band(n, chest, shoulders, Tone::kMain);
  b.cap(n, shoulders, Tone::kMain);
  lump(b, detail, {0, 2, 90}, {44, 48, 9}, Tone::kSkin);
  lump(b, detail, {0, -10, 94}, {50, 50, 6}, Tone::kDeep);
  b.octahedron({0, 52, 89}, {8, 12, 2}, Tone::kSkin);
  for (const int sign : {-1, 1}) b.octahedron({sign * 18, 44, 92}, {7, 7, 1}, Tone::kBlack);
  return b.take();
}

}  // namespace atl::envs::playhouse
