#include "envs/desktop/doom/hud.h"

#include "core/error.h"

#include <algorithm>
#include <cstdlib>

namespace atl::envs::desktop {
namespace {

constexpr int kFirstLetter = 33;
constexpr int kLastLetter = 95;
constexpr int kSpaceWidth = 4;
// VGA keeps 6 bits a channel, and the game draws messages through a colour table: both shift a channel a little.
constexpr int kTolerance = 14;
constexpr std::size_t kPaletteBytes = 768;
constexpr int kPatchRows = 200;  // patches are drawn for a 320x200 screen

// The first row of the 240 that shows row `row` of 200: the game draws row y * 200 / 240.
int row_in_picture(int row) { return (row * kDoomPicture.height_px + kPatchRows - 1) / kPatchRows; }

bool is_near(const std::uint8_t* pixel, const std::array<std::uint8_t, 3>& colour) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (std::abs(pixel[i] - colour[i]) > kTolerance) return false;
  }
  return true;
}

}  // namespace

HudReader::HudReader(const WadFile& wad) {
  const std::span<const std::uint8_t> colours = wad.lump("PLAYPAL");
  if (colours.size() < kPaletteBytes)
    fail(ErrorKind::kFormat, "{}: PLAYPAL has {} bytes, expected at least {}", wad.name(), colours.size(),
         kPaletteBytes);
  palettes_.resize(colours.size() / kPaletteBytes);
  for (std::size_t p = 0; p < palettes_.size(); ++p) {
    for (std::size_t c = 0; c < 256; ++c) {
      for (std::size_t i = 0; i < 3; ++i) palettes_[p][c][i] = colours[p * kPaletteBytes + c * 3 + 2 - i];
    }
  }
  for (int letter = kFirstLetter; letter <= kLastLetter; ++letter) {
    const std::string name = fmt::format("STCFN{:03}", letter);
    glyphs_.push_back(read_glyph(wad.lump(name), static_cast<char>(letter), wad.name() + ": " + name));
  }
  std::stable_sort(glyphs_.begin(), glyphs_.end(),
                   [](const Glyph& a, const Glyph& b) { return a.pixels.size() > b.pixels.size(); });
}

// The picture format of WADs: columns of posts, each a run of opaque pixels (Unofficial Doom Specs, chapter 5).
HudReader::Glyph HudReader::read_glyph(std::span<const std::uint8_t> patch, char letter, const std::string& name) {
  Glyph glyph{.letter = letter, .width = read_i16(patch, 0, name), .pixels = {}};
  const int left = read_i16(patch, 4, name);
  const int top = read_i16(patch, 6, name);
  if (glyph.width <= 0 || glyph.width > kDoomPicture.width_px)
    fail(ErrorKind::kFormat, "{}: a letter {} px wide, expected 1 to {}", name, glyph.width, kDoomPicture.width_px);
  for (int x = 0; x < glyph.width; ++x) {
    std::size_t at = read_u32(patch, 8 + 4 * static_cast<std::size_t>(x), name);
    while (at < patch.size() && patch[at] != 0xff) {
      if (at + 1 >= patch.size() || at + 4 + patch[at + 1] > patch.size())
        fail(ErrorKind::kFormat, "{}: column {} runs over the end of its {} bytes", name, x, patch.size());
      for (int i = 0; i < patch[at + 1]; ++i) {
        glyph.pixels.push_back({static_cast<std::int16_t>(x - left),
                                static_cast<std::int16_t>(row_in_picture(patch[at] + i - top)),
                                patch[at + 3 + static_cast<std::size_t>(i)]});
      }
      at += 4 + std::size_t{patch[at + 1]};
    }
  }
  return glyph;
}

const HudReader::Glyph* HudReader::glyph_at(ImageView picture, const Palette& palette, int x) const {
  const int zoom = picture.width_px / kDoomPicture.width_px;
  for (const Glyph& glyph : glyphs_) {
    if (x + glyph.width > kDoomPicture.width_px || glyph.pixels.empty()) continue;
    const bool matches = std::all_of(glyph.pixels.begin(), glyph.pixels.end(), [&](const GlyphPixel& p) {
      const int px = x + p.x;
      if (px < 0 || px >= kDoomPicture.width_px || p.y < 0 || p.y >= kDoomPicture.height_px) return true;
      return is_near(picture.row(p.y * zoom) + std::ptrdiff_t{kBytesPerPixel} * px * zoom, palette[p.colour]);
    });
    if (matches) return &glyph;
  }
  return nullptr;
}

std::string HudReader::read_line(ImageView picture, const Palette& palette) const {
  std::string text;
  int spaces = 0;
  for (int x = 0; x < kDoomPicture.width_px && spaces < 2;) {
    const Glyph* glyph = glyph_at(picture, palette, x);
    if (glyph != nullptr) {
      text.append(static_cast<std::size_t>(spaces), ' ');
      text += glyph->letter;
      spaces = 0;
      x += glyph->width;
    } else {
      if (text.empty()) return text;  // messages begin at the left edge
      ++spaces;
      x += kSpaceWidth;
    }
  }
  return text;
}

HudReading HudReader::read(ImageView picture) const {
  const int zoom = picture.width_px / kDoomPicture.width_px;
  if (zoom < 1 || picture.width_px != zoom * kDoomPicture.width_px ||
      picture.height_px != zoom * kDoomPicture.height_px)
    fail(ErrorKind::kContract, "a Doom picture of {}x{} px, expected {}x{} or a whole multiple of it", picture.width_px,
         picture.height_px, kDoomPicture.width_px, kDoomPicture.height_px);
  HudReading best;
  for (std::size_t p = 0; p < palettes_.size(); ++p) {
    std::string text = read_line(picture, palettes_[p]);
    if (text.size() > best.text.size()) best = {std::move(text), static_cast<int>(p)};
  }
  return best;
}

}  // namespace atl::envs::desktop
