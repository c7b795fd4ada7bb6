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

using DoomColour = std::array<std::uint8_t, 3>;  // B, G, R
using DoomPalette = std::array<DoomColour, 256>;

/// PLAYPAL: 0 plain, 1 to 8 damage, 9 to 12 pickup, 13 suit. Throws Error(kFormat).
[[nodiscard]] std::vector<DoomPalette> read_palettes(const WadFile& wad);

/// Doom draws 200 rows; profiles/doom.toml shows them in 240, row y * 200 / 240 in each. The first one of them that
/// shows `row`.
[[nodiscard]] int row_in_picture(int row);

/// How far a channel of a pixel may be from the palette's where the palette leaves enough contrast: VGA keeps 6 bits a
/// channel (up to 3 less), dsda-doom's gamma table adds 1, and messages are drawn through a colour table.
inline constexpr int kDoomColourTolerance = 14;

/// The range of the channel that tells `colours` apart best; 0: they are alike, or none.
[[nodiscard]] int colour_contrast(std::span<const DoomColour> colours);

/// The tolerance for glyphs that are drawn in `colours` of one palette: at most a quarter of their contrast. The red
/// flash of damage turns all colours to one: the digits of Freedoom, 180 apart in the plain palette, are 18 apart in
/// the strongest flash, where 14 would let a 3 pass for an 8. Two digits differ by more than half of that range
/// somewhere, so that no pixel there is within a quarter of both: what could be either is not read. 0: nothing is to be
/// told apart.
[[nodiscard]] int colour_tolerance(std::span<const DoomColour> colours);

}  // namespace atl::envs::desktop
