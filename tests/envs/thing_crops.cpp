// What things look like at a distance, for a classifier outside (tools/studies/things.sh): thing_crops COUNT SEED
// METRES writes COUNT crops of 32 x 32 px to stdout, each as label (shape, colour, size: one byte each) and RGB bytes.
// A thing stands alone in a room of any look and light, seen as an agent sees it (96x72), within 20 degrees of the
// view's middle and from any side; the crop's middle is off the thing's by up to 2 px.
#include "core/random.h"
#include "envs/playhouse/geometry.h"
#include "envs/playhouse/house.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/renderer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace atl::envs::playhouse {
namespace {

constexpr FrameSize kFrame{96, 72};
constexpr int kCrop = 32;

struct Crop {
  std::array<std::uint8_t, 3> label{};
  std::array<std::uint8_t, std::size_t{kCrop} * kCrop * 3> pixels{};
};

House room_with(Kind kind, std::uint64_t seed, Random& random) {
  House house = create_house(seed, level_named("room"));
  const std::int32_t heading = static_cast<std::int32_t>(random.below(kTurn));
  house.things = {{kind, {random.between(-kMetre, kMetre), random.between(-kMetre, kMetre), 0}, heading}};
  house.hash = mix_bits(house.hash ^ random.below(1u << 30));  // what the renderer prepares it keeps by the hash
  return house;
}

// Stands `distance` away, between the thing and a wall, and looks beside it.
void stand_before(State& state, Vec2 thing, std::int32_t distance, Random& random) {
  PlayerState& self = state.players[0];
  const std::int32_t way = static_cast<std::int32_t>(random.below(kTurn));
  self.position = thing + from_view({0, distance}, way);
  const std::int32_t aside = random.between(-from_degrees(20), from_degrees(20));
  self.heading = wrap_turn(heading_of(thing - self.position) + aside);
  self.pitch = kStartPitch + random.between(-from_degrees(6), from_degrees(6));
}

Crop cut(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> ids, Random& random) {
  int left = kFrame.width_px, right = 0, top = kFrame.height_px, bottom = 0;
  for (int y = 0; y < kFrame.height_px; ++y) {
    for (int x = 0; x < kFrame.width_px; ++x) {
      if (ids[static_cast<std::size_t>(y * kFrame.width_px + x)] != 1) continue;
      left = std::min(left, x), right = std::max(right, x), top = std::min(top, y), bottom = std::max(bottom, y);
    }
  }
  const auto corner = [&](int low, int high, int size) {
    return std::clamp((low + high + 1) / 2 - kCrop / 2 + random.between(-2, 2), 0, size - kCrop);
  };
  const int x0 = corner(left, right, kFrame.width_px);
  const int y0 = corner(top, bottom, kFrame.height_px);
  Crop crop;
  std::size_t out = 0;
  for (int y = y0; y < y0 + kCrop; ++y) {
    for (int x = x0; x < x0 + kCrop; ++x) {
      const std::uint8_t* pixel = pixels.data() + (static_cast<std::size_t>(y * kFrame.width_px + x)) * kBytesPerPixel;
      for (const int channel : {2, 1, 0}) crop.pixels[out++] = pixel[channel];
    }
  }
  return crop;
}

void write_crops(int count, std::uint64_t seed, std::int32_t distance) {
  Renderer renderer(kFrame, {.crosshair = false});
  std::vector<std::uint8_t> pixels(std::size_t{96} * 72 * kBytesPerPixel);
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    const Kind kind{static_cast<Shape>(i % kNumToyShapes), static_cast<Colour>(i / kNumToyShapes % 8),
                    i / (kNumToyShapes * 8) % 2 == 0 ? Size::kSmall : Size::kBig};
    const House house = room_with(kind, derive_seed(seed, static_cast<std::uint64_t>(i)), random);
    State state = start_state(house);
    do {
      stand_before(state, house.things[0].position.flat(), distance, random);
    } while (house.cell_at(state.players[0].position) < 0);
    renderer.draw(house, state, 0, pixels);
    Crop crop = cut(pixels, renderer.object_ids(), random);
    crop.label = {static_cast<std::uint8_t>(kind.shape), static_cast<std::uint8_t>(kind.colour),
                  static_cast<std::uint8_t>(kind.size)};
    std::fwrite(crop.label.data(), 1, crop.label.size(), stdout);
    std::fwrite(crop.pixels.data(), 1, crop.pixels.size(), stdout);
  }
}

}  // namespace
}  // namespace atl::envs::playhouse

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: thing_crops COUNT SEED METRES\n");
    return 2;
  }
  atl::envs::playhouse::write_crops(std::atoi(argv[1]), std::strtoull(argv[2], nullptr, 10),
                                    static_cast<std::int32_t>(std::atof(argv[3]) * 65536));
  return 0;
}
