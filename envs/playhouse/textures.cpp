#include "envs/playhouse/textures.h"

#include "core/random.h"

namespace atl::envs::playhouse {
namespace {

int speckle(int x, int y, int amount) {
  return static_cast<int>(mix_bits(static_cast<std::uint64_t>(y * kTextureSize + x)) % static_cast<unsigned>(amount));
}

int brick(int x, int y) {
  const int course = y / 8;
  const int shifted = x + (course % 2) * 8;
  const bool mortar = y % 8 == 0 || shifted % 16 == 0;
  return mortar ? 5 : 9 + static_cast<int>(mix_bits(static_cast<std::uint64_t>(course * 8 + shifted / 16 % 4)) % 4);
}

int board(int x, int y) {
  return x % 16 == 0 ? 5
                     : 9 + static_cast<int>(mix_bits(static_cast<std::uint64_t>(x / 16)) % 3) + speckle(x, y / 8, 2);
}

int plaster(int x, int y) { return 9 + speckle(x / 4, y / 4, 4); }

int tile(int x, int y) { return (x % 32 == 0 || y % 32 == 0) ? 6 : ((x / 32 + y / 32) % 2 ? 10 : 12); }

Texture make_texture(int (*tone)(int, int)) {
  Texture texture{};
  for (int y = 0; y < kTextureSize; ++y) {
    for (int x = 0; x < kTextureSize; ++x) {
      texture[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(tone(x, y));
    }
  }
  return texture;
}

}  // namespace

const std::array<Texture, kNumTextures>& textures() {
  static const std::array<Texture, kNumTextures> all{make_texture(brick), make_texture(board), make_texture(plaster),
                                                     make_texture(tile)};
  return all;
}

}  // namespace atl::envs::playhouse
