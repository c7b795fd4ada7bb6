#include "core/draw_text.h"

#include <algorithm>
#include <array>

namespace atl {
namespace {

/// Seven rows from the top, five dots each, the leftmost in the highest bit.
using Glyph = std::array<std::uint8_t, kGlyphHeight>;
struct Sign {
  char letter;
  Glyph rows;
};
constexpr std::array<Sign, 52> kSigns{
    {{'A', {14, 17, 17, 31, 17, 17, 17}}, {'B', {30, 17, 17, 30, 17, 17, 30}}, {'C', {14, 17, 16, 16, 16, 17, 14}},
     {'D', {30, 17, 17, 17, 17, 17, 30}}, {'E', {31, 16, 16, 30, 16, 16, 31}}, {'F', {31, 16, 16, 30, 16, 16, 16}},
     {'G', {14, 17, 16, 23, 17, 17, 15}}, {'H', {17, 17, 17, 31, 17, 17, 17}}, {'I', {14, 4, 4, 4, 4, 4, 14}},
     {'J', {7, 2, 2, 2, 2, 18, 12}},      {'K', {17, 18, 20, 24, 20, 18, 17}}, {'L', {16, 16, 16, 16, 16, 16, 31}},
     {'M', {17, 27, 21, 21, 17, 17, 17}}, {'N', {17, 25, 21, 19, 17, 17, 17}}, {'O', {14, 17, 17, 17, 17, 17, 14}},
     {'P', {30, 17, 17, 30, 16, 16, 16}}, {'Q', {14, 17, 17, 17, 21, 18, 13}}, {'R', {30, 17, 17, 30, 20, 18, 17}},
     {'S', {15, 16, 16, 14, 1, 1, 30}},   {'T', {31, 4, 4, 4, 4, 4, 4}},       {'U', {17, 17, 17, 17, 17, 17, 14}},
     {'V', {17, 17, 17, 17, 17, 10, 4}},  {'W', {17, 17, 17, 21, 21, 27, 17}}, {'X', {17, 17, 10, 4, 10, 17, 17}},
     {'Y', {17, 17, 10, 4, 4, 4, 4}},     {'Z', {31, 1, 2, 4, 8, 16, 31}},     {'0', {14, 17, 19, 21, 25, 17, 14}},
     {'1', {4, 12, 4, 4, 4, 4, 14}},      {'2', {14, 17, 1, 6, 8, 16, 31}},    {'3', {31, 2, 4, 2, 1, 17, 14}},
     {'4', {2, 6, 10, 18, 31, 2, 2}},     {'5', {31, 16, 30, 1, 1, 17, 14}},   {'6', {6, 8, 16, 30, 17, 17, 14}},
     {'7', {31, 1, 2, 4, 8, 8, 8}},       {'8', {14, 17, 17, 14, 17, 17, 14}}, {'9', {14, 17, 17, 15, 1, 2, 12}},
     {'.', {0, 0, 0, 0, 0, 12, 12}},      {',', {0, 0, 0, 0, 12, 4, 8}},       {':', {0, 12, 12, 0, 12, 12, 0}},
     {';', {0, 12, 12, 0, 12, 4, 8}},     {'!', {4, 4, 4, 4, 4, 0, 4}},        {'?', {14, 17, 1, 2, 4, 0, 4}},
     {'\'', {12, 4, 8, 0, 0, 0, 0}},      {'"', {10, 10, 10, 0, 0, 0, 0}},     {'-', {0, 0, 0, 31, 0, 0, 0}},
     {'+', {0, 4, 4, 31, 4, 4, 0}},       {'/', {0, 1, 2, 4, 8, 16, 0}},       {'(', {2, 4, 8, 8, 8, 4, 2}},
     {')', {8, 4, 2, 2, 2, 4, 8}},        {'%', {24, 25, 2, 4, 8, 19, 3}},     {'=', {0, 0, 31, 0, 31, 0, 0}},
     {'_', {0, 0, 0, 0, 0, 0, 31}}}};

const Glyph* glyph_of(char letter) {
  if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  const auto sign = std::find_if(kSigns.begin(), kSigns.end(), [&](const Sign& s) { return s.letter == letter; });
  return sign == kSigns.end() ? nullptr : &sign->rows;
}

}  // namespace

void Picture::fill(int left, int top, int right, int bottom, std::uint32_t rgb) const {
  left = std::max(left, 0);
  right = std::min(right, width);
  for (int y = std::max(top, 0); y < std::min(bottom, height) && left < right; ++y) {
    std::uint32_t* row = pixels + static_cast<std::ptrdiff_t>(y) * width;
    std::fill(row + left, row + right, 0xff000000u | rgb);
  }
}

void draw_text(const Picture& picture, int x, int y, int scale, std::uint32_t rgb, std::string_view text) {
  for (const char letter : text) {
    if (const Glyph* glyph = glyph_of(letter)) {
      for (int row = 0; row < kGlyphHeight; ++row) {
        for (int column = 0; column < kGlyphWidth - 1; ++column) {
          if (!((*glyph)[static_cast<std::size_t>(row)] >> (4 - column) & 1)) continue;
          picture.fill(x + column * scale, y + row * scale, x + (column + 1) * scale, y + (row + 1) * scale, rgb);
        }
      }
    }
    x += kGlyphWidth * scale;
  }
}

}  // namespace atl
