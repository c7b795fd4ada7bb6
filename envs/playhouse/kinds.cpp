#include "envs/playhouse/kinds.h"

namespace atl::envs::playhouse {
namespace {

struct Measures {
  std::int32_t radius_cm;
  std::int32_t height_cm;
};
/// Of a shape, small and big. Big ones are lower than the inside of a box, and narrow enough for tops of 75 cm.
using SizePair = std::array<Measures, 2>;
constexpr std::array<SizePair, kNumToyShapes> kMeasures{
    SizePair{{{20, 40}, {36, 72}}},  // ball
    SizePair{{{20, 36}, {36, 64}}},  // cube: a circle between those within and around the square
    SizePair{{{16, 42}, {28, 74}}},  // cylinder
    SizePair{{{20, 44}, {35, 74}}},  // cone
    SizePair{{{20, 38}, {36, 68}}},  // duck
    SizePair{{{20, 38}, {35, 66}}},  // mug, with its handle
    SizePair{{{15, 40}, {27, 72}}},  // book, standing on its lower edge
    SizePair{{{14, 42}, {25, 74}}},  // key, standing on its bit
    SizePair{{{18, 42}, {31, 74}}},  // teddy, sitting
};

}  // namespace

Body body_of(Kind kind) {
  if (kind.shape == Shape::kBlock) return {kBlockSide / 2, kBlockSide};
  const Measures& m = kMeasures[static_cast<std::size_t>(kind.shape)][static_cast<std::size_t>(kind.size)];
  return {from_cm(m.radius_cm), from_cm(m.height_cm)};
}

bool has_flat_top(Shape shape) { return shape == Shape::kCube || shape == Shape::kCylinder || shape == Shape::kBlock; }

}  // namespace atl::envs::playhouse
