// Pictures and colours as WADs store them, shared by whoever matches what Doom draws.
// Source: "The Unofficial Doom Specs" 1.666, chapters 5 and 8.
#pragma once

#include "envs/desktop/doom/wad.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// A picture in columns of posts, each a run of opaque pixels.
struct DoomPatch {
  struct Pixel {
    int x = 0;  // from where the picture is drawn, its own offset taken in
    int y = 0;
    std::uint8_t colour = 0;
  };
  int width = 0;
  std::vector<Pixel> pixels;
};

/// Throws Error(kFormat) naming `name` for a picture that cannot be, or is wider than `max_width`.
[[nodiscard]] DoomPatch read_patch(std::span<const std::uint8_t> lump, int max_width, const std::string& name);

using DoomPalette = std::array<std::array<std::uint8_t, 3>, 256>;  // B, G, R

/// PLAYPAL: 0 plain, 1 to 8 damage, 9 to 12 pickup, 13 suit. Throws Error(kFormat).
[[nodiscard]] std::vector<DoomPalette> read_palettes(const WadFile& wad);

/// Doom draws 200 rows; profiles/doom.toml shows them in 240, row y * 200 / 240 in each. The first one of them that
/// shows `row`.
[[nodiscard]] int row_in_picture(int row);

/// How far a channel of a pixel may be from the palette's: VGA keeps 6 bits a channel, and messages are drawn through a
/// colour table.
inline constexpr int kDoomColourTolerance = 14;

}  // namespace atl::envs::desktop
