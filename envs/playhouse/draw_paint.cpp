#include "envs/playhouse/draw_paint.h"

#include "core/random.h"

#include <algorithm>
#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

constexpr std::array<std::uint32_t, 8> kRgb{0xe02a2a, 0xf58412, 0xf8dc22, 0x2aae3a,
                                            0x30d2de, 0x2850e6, 0xa03cc8, 0xf6f6f2};
constexpr int kSize = 1 << kTextureBits;  // texels a side, 1.6 cm each

int noise(int a, int b, int amount) {
  return static_cast<int>(mix_bits(static_cast<std::uint64_t>(a * 4096 + b)) % static_cast<unsigned>(amount));
}

// Tones of the texel in column x and row y. Floors of the usual look, by room.
int checker(int x, int y) {
  if (x % 32 == 0 || y % 32 == 0) return 6;
  return (x / 32 + y / 32) % 2 ? 13 : 8 + noise(x, y, 2);
}
int carpet(int x, int y) { return 9 + noise(x / 2, y / 2, 3) + noise(x, y, 2); }
int small_tiles(int x, int y) { return x % 16 == 0 || y % 16 == 0 ? 15 : 9 + noise(x / 16, y / 16, 4); }
int parquet(int x, int y) {
  // Blocks of four strips, turned by turns.
  const bool across = (x / 32 + y / 32) % 2 != 0;
  const int along = across ? x : y;
  const int aside = across ? y : x;
  if (aside % 8 == 0 || along % 32 == 0) return 6;
  return 9 + noise(aside / 8 + 16 * (along / 32), across ? 1 : 0, 4) + noise(aside, along / 8, 2);
}
int boards(int x, int y) {
  const int board = x / 16;
  if (x % 16 == 0 || (y + board * 37) % kSize == 0) return 5;
  return 8 + noise(board, 7, 4) + noise(x, y / 16, 2);
}
int slabs(int x, int y) {
  const int row = y / 32;
  const int shifted = (x + row % 2 * 32) % kSize;
  if (y % 32 <= 1 || shifted % 64 <= 1) return 5;
  return 8 + noise(row, shifted / 64, 4) + noise(x / 2, y / 2, 3);
}

// Walls of the usual look.
int plaster(int x, int y) { return 11 + noise(x / 4, y / 4, 3) + noise(x, y, 2); }
int stripes(int x, int) { return x % 32 < 16 ? 13 : (x % 32 == 16 || x % 32 == 31 ? 9 : 11); }
int bricks(int x, int y) {
  const int course = y / 8;
  const int shifted = (x + course % 2 * 8) % kSize;
  if (y % 8 == 0 || shifted % 16 == 0) return 14;
  return 9 + noise(course, shifted / 16, 4);
}
int panels(int x, int y) {
  return x % 16 == 0 ? 7 : (x % 16 == 1 ? 14 : 11 + noise(x / 16, 3, 2) + noise(x, y / 8, 2));
}

// The other look.
int diamonds(int x, int y) { return (std::abs(x % 32 - 16) + std::abs(y % 32 - 16)) < 12 ? 7 : 13; }
int dots(int x, int y) {
  const int dx = x % 32 - 16;
  const int dy = y % 32 - 16;
  return dx * dx + dy * dy < 60 ? 7 : 12;
}
int zigzag(int x, int y) { return (y + std::abs(x % 32 - 16)) % 16 < 8 ? 8 : 12; }
int weave(int x, int y) { return ((x / 8 + y / 8) % 2 ? x : y) % 8 < 2 ? 7 : 12; }
int bands(int x, int y) { return y % 64 < 8 ? 6 : (y % 64 < 12 ? 15 : 11 + noise(x / 16, 5, 2)); }
int blotches(int x, int y) {
  return 8 + noise(x / 16, y / 16, 3) + noise(x / 8 + 40, y / 8, 3) + noise(x / 4, y / 4 + 90, 3);
}
int rings(int x, int y) {
  const int dx = x % 64 - 32;
  const int dy = y % 64 - 32;
  return (dx * dx + dy * dy) / 128 % 2 ? 8 : 13;
}
int lattice(int x, int y) { return (x + y) % 32 < 3 || (x - y + kSize) % 32 < 3 ? 6 : 12; }

using Tone = int (*)(int, int);

Texture make_texture(Tone tone) {
  // Averages are taken of tones with 8 more bits, from level to level.
  std::vector<int> fine(static_cast<std::size_t>(kSize) * kSize);
  for (int y = 0; y < kSize; ++y) {
    for (int x = 0; x < kSize; ++x) fine[static_cast<std::size_t>(y * kSize + x)] = std::clamp(tone(x, y), 0, 15) << 8;
  }
  Texture texture;
  int size = kSize;
  for (auto& level : texture.levels) {
    for (const int t : fine) level.push_back(static_cast<std::uint8_t>((t + 128) >> 8));
    size /= 2;
    std::vector<int> coarse;
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        const auto at = [&](int dx, int dy) {
          return fine[static_cast<std::size_t>((2 * y + dy) * 2 * size + 2 * x + dx)];
        };
        coarse.push_back((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4);
      }
    }
    fine = std::move(coarse);
  }
  return texture;
}

template <std::size_t kCount>
std::array<Texture, kCount> make_all(const std::array<Tone, kCount>& tones) {
  std::array<Texture, kCount> all;
  for (std::size_t i = 0; i < kCount; ++i) all[i] = make_texture(tones[i]);
  return all;
}

constexpr std::array<Furnishing, 3> kUsual{Furnishing{0x9c6b3f, 0x6e4526, 0xc29564, 0x6f7f9c, 0xe6e0d2, 0xb08d57,
                                                      0x8d9196, 0x24262a, 0xe8e2d4, 0xb9854f, 0x4b7f3a, 0xa65f3d},
                                           Furnishing{0xb58a5c, 0x7d5a38, 0xd8b88a, 0x8a6f6a, 0xdfe3e2, 0xa8854a,
                                                      0x9a9da0, 0x202226, 0xf0ece2, 0xd0c2a6, 0x5b8a44, 0x7c7468},
                                           Furnishing{0x7a4a30, 0x50301e, 0xa87850, 0x5c7a70, 0xe8dccb, 0xbc9a62,
                                                      0x84888c, 0x26242a, 0xd9cfbd, 0x8a5634, 0x3f7447, 0xb06a4a}};
constexpr std::array<Furnishing, 3> kOther{Furnishing{0xd8d4cc, 0xa8a49c, 0xeeeae4, 0x4a5a52, 0xc9d6c8, 0x7d8890,
                                                      0x5c5f66, 0x3a2f3f, 0x4b5058, 0x70808c, 0x7d8f52, 0x3d5560},
                                           Furnishing{0x5d6670, 0x3b424a, 0x8d98a2, 0x86765c, 0xd8ccd8, 0x8f7f9a,
                                                      0xb8a888, 0x1c2a30, 0x7d6a58, 0x4c5a48, 0x6f9a80, 0xc8c0b0},
                                           Furnishing{0x8c7b94, 0x5c4e66, 0xb6a6c0, 0x5a6a4c, 0xe0d8c0, 0x9c8878,
                                                      0x787f7a, 0x2c2020, 0xb8c0b0, 0x907060, 0x486a58, 0x6a5a78}};

}  // namespace

std::uint32_t rgb_of(Colour colour) { return kRgb[static_cast<std::size_t>(colour)]; }

const Texture& wall_texture(std::uint32_t reskin, std::uint8_t index) {
  static const auto usual = make_all(std::array<Tone, 4>{plaster, stripes, bricks, panels});
  static const auto other = make_all(std::array<Tone, 4>{lattice, dots, bands, diamonds});
  return (reskin == 0 ? usual : other)[(index + reskin) % usual.size()];
}

const Texture& floor_texture(std::uint32_t reskin, std::uint8_t index) {
  static const auto usual = make_all(std::array<Tone, 6>{checker, carpet, small_tiles, parquet, boards, slabs});
  static const auto other = make_all(std::array<Tone, 6>{zigzag, blotches, weave, rings, lattice, dots});
  return (reskin == 0 ? usual : other)[(index + reskin) % usual.size()];
}

Furnishing furnishing_of(std::uint64_t house_hash, std::uint32_t reskin) {
  const auto choice = static_cast<std::size_t>(mix_bits(house_hash ^ reskin) % kUsual.size());
  return reskin == 0 ? kUsual[choice] : kOther[choice];
}

}  // namespace atl::envs::playhouse
