// Reads the message line at the top of Doom's picture ("YOU GOT THE PUMP-ACTION SHOTGUN!") by matching the font of the
// WAD pixel by pixel. General text recognition fails on this font; matching it is exact, also in the red and gold
// flashes of damage and pickups, because every palette of the WAD is tried.
#pragma once

#include "core/frame.h"
#include "envs/desktop/doom/patch.h"
#include "envs/desktop/doom/wad.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::desktop {

/// The game's picture as profiles/doom.toml sets it up: 320x240, square pixels. Windows show it in whole multiples.
inline constexpr FrameSize kDoomPicture{320, 240};

struct HudReading {
  std::string text;  // upper case; empty: no message
  int palette = 0;   // number in PLAYPAL that the line is drawn with: 0 plain, 1..8 damage, 9..12 pickup, 13 suit

  /// Whether the red flash of damage covers all else.
  [[nodiscard]] bool is_damaged() const { return palette >= 1 && palette <= 8; }
  /// How bright the gold flash of a pickup is, 0 (none) to 4.
  [[nodiscard]] int gold_flash() const { return palette >= 9 && palette <= 12 ? palette - 8 : 0; }
};

/// Immutable: any thread.
class HudReader {
 public:
  /// Takes the font (STCFN033 to STCFN095) and the palettes; throws Error(kFormat) naming a lump that is missing or
  /// broken.
  explicit HudReader(const WadFile& wad);

  /// `picture`: BGRA8, 320x240 or a whole multiple of it; throws Error(kContract) for other sizes.
  [[nodiscard]] HudReading read(ImageView picture) const;

  /// Which of `lines` (upper case) stands at the top of a picture that an encoder has changed, in which no single
  /// letter is exact any more; an empty text: none of them. Throws like `read`.
  [[nodiscard]] HudReading read_one_of(ImageView picture, std::span<const std::string> lines) const;

 private:
  struct GlyphPixel {  // one opaque pixel, in the 320x240 picture
    std::int16_t x;
    std::int16_t y;
    std::uint8_t colour;
  };
  struct Glyph {
    char letter;
    int width;
    std::vector<GlyphPixel> pixels;
  };

  [[nodiscard]] static Glyph read_glyph(std::span<const std::uint8_t> patch, char letter, const std::string& name);
  struct Palette {
    DoomPalette colours;
    int tolerance = 0;             // of each channel; 0: letters cannot be told apart
    double most_mean_error = 0.0;  // of the channels of a whole line
  };
  [[nodiscard]] std::vector<DoomColour> letter_colours(const DoomPalette& palette) const;
  [[nodiscard]] std::string read_line(ImageView picture, const Palette& palette) const;
  [[nodiscard]] const Glyph* glyph_at(ImageView picture, const Palette& palette, int x) const;
  // How much speaks for a line, 0: nothing. More where it is longer: of two that begin alike the longer one is there.
  [[nodiscard]] double evidence_of(ImageView picture, const Palette& palette, std::string_view line) const;

  std::vector<Glyph> glyphs_;  // most pixels first, so that the first match is the largest
  std::vector<Palette> palettes_;
};

}  // namespace atl::envs::desktop
