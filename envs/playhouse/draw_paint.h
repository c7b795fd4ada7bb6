// Colours and textures of pictures.
#pragma once

#include "envs/playhouse/kinds.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace atl::envs::playhouse {

/// A colour 0xRRGGBB times `light` (Q8; at most 256) as an opaque BGRA8 pixel, read as a little-endian word.
[[nodiscard]] constexpr std::uint32_t lit(std::uint32_t colour, std::int32_t light) {
  const auto l = static_cast<std::uint32_t>(light);
  return 0xff000000u | (((colour & 0x00ff00ffu) * l >> 8) & 0x00ff00ffu) |
         (((colour & 0x0000ff00u) * l >> 8) & 0x0000ff00u);
}
/// From `a` (amount 0) to `b` (256).
[[nodiscard]] constexpr std::uint32_t mixed(std::uint32_t a, std::uint32_t b, std::int32_t amount) {
  return ((lit(a, 256 - amount) & 0x00fefefeu) + (lit(b, amount) & 0x00fefefeu)) & 0x00ffffffu;
}

/// The plain colour of a thing.
[[nodiscard]] std::uint32_t rgb_of(Colour colour);

/// A pattern of tones 0 .. 15 that repeats every 2 m. Levels are halved in size from one to the next; of walls, row 0
/// is at the floor.
inline constexpr int kTextureBits = 7;
inline constexpr int kTextureLevels = 6;
struct Texture {
  std::array<std::vector<std::uint8_t>, kTextureLevels> levels;  // [rows, columns]
};
inline constexpr int kNumTones = 16;
/// How light a tone is, Q8.
[[nodiscard]] constexpr std::int32_t light_of_tone(int tone) { return 151 + tone * 7; }

/// Made once for all; any numbers are taken. `reskin` 0 has one set of patterns, all others another.
[[nodiscard]] const Texture& wall_texture(std::uint32_t reskin, std::uint8_t index);
[[nodiscard]] const Texture& floor_texture(std::uint32_t reskin, std::uint8_t index);

/// The level whose texels are about as large as `step` (Q16 metres).
[[nodiscard]] constexpr int texture_level(std::int64_t step) {
  constexpr int kTexelBits = 17 - kTextureBits;  // 2 m in Q16, cut into texels
  const auto width = std::bit_width(static_cast<std::uint64_t>(step * 205 >> 8) >> kTexelBits);
  return std::min(static_cast<int>(width), kTextureLevels - 1);
}

/// What furniture is painted with.
struct Furnishing {
  std::uint32_t wood = 0;
  std::uint32_t dark_wood = 0;
  std::uint32_t light_wood = 0;
  std::uint32_t cloth = 0;
  std::uint32_t sheet = 0;
  std::uint32_t wicker = 0;
  std::uint32_t metal = 0;
  std::uint32_t black = 0;
  std::uint32_t trim = 0;  // door frames, skirting boards, windows
  std::uint32_t door = 0;
  std::uint32_t leaf = 0;
  std::uint32_t pot = 0;
};
/// One of several sets, by numbers that belong to a house.
[[nodiscard]] Furnishing furnishing_of(std::uint64_t house_hash, std::uint32_t reskin);

}  // namespace atl::envs::playhouse
