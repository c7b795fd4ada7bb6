#include "envs/desktop/doom/patch.h"

#include "core/error.h"

#include <algorithm>

namespace atl::envs::desktop {
namespace {

constexpr std::size_t kPaletteBytes = 768;
constexpr int kRows = 200;       // that patches are drawn for
constexpr int kShownRows = 240;  // that they are shown in

}  // namespace

int row_in_picture(int row) { return (row * kShownRows + kRows - 1) / kRows; }

std::vector<DoomPalette> read_palettes(const WadFile& wad) {
  const std::span<const std::uint8_t> colours = wad.lump("PLAYPAL");
  if (colours.size() < kPaletteBytes)
    fail(ErrorKind::kFormat, "{}: PLAYPAL has {} bytes, expected at least {}", wad.name(), colours.size(),
         kPaletteBytes);
  std::vector<DoomPalette> palettes(colours.size() / kPaletteBytes);
  for (std::size_t p = 0; p < palettes.size(); ++p) {
    for (std::size_t c = 0; c < 256; ++c) {
      for (std::size_t i = 0; i < 3; ++i) palettes[p][c][i] = colours[p * kPaletteBytes + c * 3 + 2 - i];
    }
  }
  return palettes;
}

DoomPatch read_patch(std::span<const std::uint8_t> lump, int max_width, const std::string& name) {
  DoomPatch patch{.width = read_i16(lump, 0, name), .pixels = {}};
  const int left = read_i16(lump, 4, name);
  const int top = read_i16(lump, 6, name);
  if (patch.width <= 0 || patch.width > max_width)
    fail(ErrorKind::kFormat, "{}: a letter {} px wide, expected 1 to {}", name, patch.width, max_width);
  for (int x = 0; x < patch.width; ++x) {
    std::size_t at = read_u32(lump, 8 + 4 * static_cast<std::size_t>(x), name);
    while (at < lump.size() && lump[at] != 0xff) {
      if (at + 1 >= lump.size() || at + 4 + lump[at + 1] > lump.size())
        fail(ErrorKind::kFormat, "{}: column {} runs over the end of its {} bytes", name, x, lump.size());
      for (int i = 0; i < lump[at + 1]; ++i)
        patch.pixels.push_back({x - left, lump[at] + i - top, lump[at + 3 + static_cast<std::size_t>(i)]});
      at += 4 + std::size_t{lump[at + 1]};
    }
  }
  return patch;
}

int colour_contrast(std::span<const DoomColour> colours) {
  int contrast = 0;
  for (std::size_t i = 0; i < 3 && !colours.empty(); ++i) {
    const auto [least, most] = std::minmax_element(
        colours.begin(), colours.end(), [i](const DoomColour& a, const DoomColour& b) { return a[i] < b[i]; });
    contrast = std::max(contrast, (*most)[i] - (*least)[i]);
  }
  return contrast;
}

int colour_tolerance(std::span<const DoomColour> colours) {
  return std::min(kDoomColourTolerance, colour_contrast(colours) / 4);
}

}  // namespace atl::envs::desktop
