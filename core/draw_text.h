// Small text in pictures, in a font of 5 x 7 dots: capitals, digits and some signs.
#pragma once

#include <cstdint>
#include <string_view>

namespace atl {

/// A picture to write on: [height, width] BGRA8 as little-endian words. Borrowed.
struct Picture {
  std::uint32_t* pixels = nullptr;
  int width = 0;
  int height = 0;

  /// Fills what lies within the picture of left .. right - 1, top .. bottom - 1; `rgb`: 0xRRGGBB.
  void fill(int left, int top, int right, int bottom, std::uint32_t rgb) const;
};

inline constexpr int kGlyphWidth = 6;  // with the gap to the next
inline constexpr int kGlyphHeight = 7;

/// Width of `text` in dots.
[[nodiscard]] constexpr int text_width(std::string_view text) {
  return text.empty() ? 0 : static_cast<int>(text.size()) * kGlyphWidth - 1;
}
/// Writes from the left upper corner at (x, y); a dot is `scale` x `scale` pixels. Small letters are written as
/// capitals, unknown signs as blanks.
void draw_text(const Picture& picture, int x, int y, int scale, std::uint32_t rgb, std::string_view text);

}  // namespace atl
