// Pictures of characters as a game draws them, from the game's own data: what "hud_glyphs" matches.
#pragma once

#include "core/frame.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// One drawn pixel of a character, from its top left.
struct GlyphPixel {
  int x = 0;
  int y = 0;
  std::array<std::uint8_t, 3> colour{};  // B, G, R
};

struct Glyph {
  char character = '?';
  int width_px = 0;
  std::vector<GlyphPixel> pixels;  // opaque ones
};

/// Characters that are drawn in the same colours at a time.
struct GlyphSet {
  std::vector<Glyph> glyphs;  // those with most pixels first, so that the first match is the largest
  int tolerance = 0;          // how far each channel of a pixel may be from the glyph's
};

/// The files of `folder`: "0.pam" or "0.ppm" is the character 0; minus, percent, slash, colon and dot are called so.
/// PAM (RGB_ALPHA: pixels with an alpha below 128 are not part of it) or binary PPM, 8 bits a channel. Throws
/// Error(kFile) or Error(kFormat) naming the file. The tolerance is for soft edges over what lies behind.
[[nodiscard]] GlyphSet read_glyph_folder(const std::filesystem::path& folder);

/// The digits of a WAD, "STTNUM0" to "STTNUM9" for the prefix "STTNUM", where their top is drawn in row `top` of 200,
/// as they stand in the picture of 320x240 pixels; one set for each palette of the WAD that leaves them a contrast
/// (colour_tolerance). Throws like WadFile.
[[nodiscard]] std::vector<GlyphSet> read_wad_digits(const std::filesystem::path& wad, const std::string& prefix,
                                                    int top);

}  // namespace atl::envs::desktop
