// Judge kind "hud_glyphs": numbers and words that a game shows on its screen, read by matching its own glyphs.
#pragma once

#include "envs/desktop/judges/glyph_set.h"
#include "envs/desktop/judges/sensor.h"

#include <string>
#include <vector>

namespace atl::envs::desktop {

/// One place of the screen: "NAME X Y WIDTH HEIGHT", in px of the window. Glyphs of a WAD: in px of Doom's 320x200,
/// where their top is drawn in row Y.
class HudField {
 public:
  /// Takes the glyphs that `glyphs` names: "wad:PATH:PREFIX", or a folder of the profile. Throws Error(kConfig) with
  /// what is wrong in `text`, and what reading them throws.
  HudField(const std::string& text, const std::string& glyphs, const std::filesystem::path& profile);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The characters from left to right; empty where none is.
  [[nodiscard]] std::string read(ImageView picture) const;

 private:
  [[nodiscard]] std::string read_row(ImageView picture, const GlyphSet& set, int y) const;
  [[nodiscard]] bool matches(ImageView picture, const Glyph& glyph, int tolerance, int x, int y) const;

  std::string name_;
  std::array<int, 4> place_{};  // x, y, width, height, in px of a picture whose zoom is 1
  int base_width_px_ = 0;       // of a picture whose zoom is 1; 0: the window's
  double share_ = 1.0;          // of the pixels of a glyph that must match
  std::vector<GlyphSet> sets_;  // one of which is drawn at a time
};

/// Readings: one a picture, with every field that shows something.
[[nodiscard]] std::unique_ptr<Sensor> create_hud_sensor(const JudgeProfile& judge,
                                                        const std::filesystem::path& profile);

}  // namespace atl::envs::desktop
