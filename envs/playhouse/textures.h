// The wall textures of Playhouse: tones, coloured and lit by the renderer.
#pragma once

#include <array>
#include <cstdint>

namespace atl::envs::playhouse {

inline constexpr int kNumTextures = 4;
inline constexpr int kTextureSize = 64;  // texels a side; 64 texels are 2 m
inline constexpr int kNumTones = 16;

/// Tones 0..15, [row][column], row 0 at the floor.
using Texture = std::array<std::array<std::uint8_t, kTextureSize>, kTextureSize>;

/// Bricks, boards, plaster and tiles. Made once; the same on every machine.
[[nodiscard]] const std::array<Texture, kNumTextures>& textures();

}  // namespace atl::envs::playhouse
