#include "envs/desktop/doom/hud.h"

#include "core/error.h"
#include "envs/desktop/doom/patch.h"

#include <algorithm>
#include <cstdlib>

namespace atl::envs::desktop {
namespace {

constexpr int kFirstLetter = 33;
constexpr int kLastLetter = 95;
constexpr int kSpaceWidth = 4;
// How far the channels of a line's letters are from the palette's on average, in H.264 of crf 16: up to 8 where the
// line is there, from 13 on where another one is, from 25 on where none is. The flash of damage lowers all of them with
// the contrast.
constexpr double kMostMeanError = 10.0;
constexpr double kMostPartOfContrast = 0.08;

// How many pixels of the picture show one of Doom's.
int zoom_of(ImageView picture) {
  const int zoom = picture.width_px / kDoomPicture.width_px;
  if (zoom < 1 || picture.width_px != zoom * kDoomPicture.width_px ||
      picture.height_px != zoom * kDoomPicture.height_px)
    fail(ErrorKind::kContract, "a Doom picture of {}x{} px, expected {}x{} or a whole multiple of it", picture.width_px,
         picture.height_px, kDoomPicture.width_px, kDoomPicture.height_px);
  return zoom;
}

bool is_near(const std::uint8_t* pixel, const DoomColour& colour, int tolerance) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (std::abs(pixel[i] - colour[i]) > tolerance) return false;
  }
  return true;
}

}  // namespace

HudReader::HudReader(const WadFile& wad) {
  const std::vector<DoomPalette> palettes = read_palettes(wad);
  for (int letter = kFirstLetter; letter <= kLastLetter; ++letter) {
    const std::string name = fmt::format("STCFN{:03}", letter);
    glyphs_.push_back(read_glyph(wad.lump(name), static_cast<char>(letter), wad.name() + ": " + name));
  }
  std::stable_sort(glyphs_.begin(), glyphs_.end(),
                   [](const Glyph& a, const Glyph& b) { return a.pixels.size() > b.pixels.size(); });
  for (const DoomPalette& palette : palettes) {
    const std::vector<DoomColour> colours = letter_colours(palette);
    palettes_.push_back(
        {palette, colour_tolerance(colours), std::min(kMostMeanError, kMostPartOfContrast * colour_contrast(colours))});
  }
}

std::vector<DoomColour> HudReader::letter_colours(const DoomPalette& palette) const {
  std::vector<DoomColour> colours;
  for (const Glyph& glyph : glyphs_) {
    for (const GlyphPixel& pixel : glyph.pixels) colours.push_back(palette[pixel.colour]);
  }
  return colours;
}

HudReader::Glyph HudReader::read_glyph(std::span<const std::uint8_t> patch, char letter, const std::string& name) {
  const DoomPatch picture = read_patch(patch, kDoomPicture.width_px, name);
  Glyph glyph{.letter = letter, .width = picture.width, .pixels = {}};
  for (const DoomPatch::Pixel& pixel : picture.pixels)
    glyph.pixels.push_back(
        {static_cast<std::int16_t>(pixel.x), static_cast<std::int16_t>(row_in_picture(pixel.y)), pixel.colour});
  return glyph;
}

const HudReader::Glyph* HudReader::glyph_at(ImageView picture, const Palette& palette, int x) const {
  const int zoom = picture.width_px / kDoomPicture.width_px;
  for (const Glyph& glyph : glyphs_) {
    if (x + glyph.width > kDoomPicture.width_px || glyph.pixels.empty()) continue;
    const bool matches = std::all_of(glyph.pixels.begin(), glyph.pixels.end(), [&](const GlyphPixel& p) {
      const int px = x + p.x;
      if (px < 0 || px >= kDoomPicture.width_px || p.y < 0 || p.y >= kDoomPicture.height_px) return true;
      return is_near(picture.row(p.y * zoom) + std::ptrdiff_t{kBytesPerPixel} * px * zoom, palette.colours[p.colour],
                     palette.tolerance);
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
  static_cast<void>(zoom_of(picture));
  HudReading best;
  for (std::size_t p = 0; p < palettes_.size(); ++p) {
    if (palettes_[p].tolerance == 0) continue;
    std::string text = read_line(picture, palettes_[p]);
    if (text.size() > best.text.size()) best = {std::move(text), static_cast<int>(p)};
  }
  return best;
}

double HudReader::evidence_of(ImageView picture, const Palette& palette, std::string_view line) const {
  const int zoom = zoom_of(picture);
  int sum = 0;
  int count = 0;
  int x = 0;
  for (const char letter : line) {
    const auto glyph =
        std::find_if(glyphs_.begin(), glyphs_.end(), [&](const Glyph& known) { return known.letter == letter; });
    if (glyph == glyphs_.end()) {
      x += kSpaceWidth;
      continue;
    }
    for (const GlyphPixel& p : glyph->pixels) {
      const int px = x + p.x;
      if (px < 0 || px >= kDoomPicture.width_px || p.y < 0 || p.y >= kDoomPicture.height_px) continue;
      const std::uint8_t* pixel = picture.row(p.y * zoom) + std::ptrdiff_t{kBytesPerPixel} * px * zoom;
      for (std::size_t i = 0; i < 3; ++i) sum += std::abs(pixel[i] - palette.colours[p.colour][i]);
      count += 3;
    }
    x += glyph->width;
  }
  return sum <= palette.most_mean_error * count ? kMostMeanError * count - sum : 0.0;
}

HudReading HudReader::read_one_of(ImageView picture, std::span<const std::string> lines) const {
  static_cast<void>(zoom_of(picture));
  HudReading best;
  double most = 0.0;
  for (std::size_t p = 0; p < palettes_.size(); ++p) {
    if (palettes_[p].tolerance == 0) continue;
    for (const std::string& line : lines) {
      const double evidence = evidence_of(picture, palettes_[p], line);
      if (evidence <= most) continue;
      most = evidence;
      best = {line, static_cast<int>(p)};
    }
  }
  return best;
}

}  // namespace atl::envs::desktop
