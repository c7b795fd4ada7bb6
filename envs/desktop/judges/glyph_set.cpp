#include "envs/desktop/judges/glyph_set.h"

#include "core/error.h"
#include "core/files.h"
#include "envs/desktop/doom/patch.h"

#include <algorithm>
#include <map>
#include <span>
#include <sstream>

namespace atl::envs::desktop {
namespace {

constexpr int kMaxSide = 256;
constexpr int kPictureTolerance = 40;  // of glyphs that are drawn over what lies behind, with soft edges

// What characters are called that cannot be a file's name.
char character_of(const std::filesystem::path& file) {
  static const std::map<std::string, char> names = {{"minus", '-'}, {"percent", '%'}, {"slash", '/'}, {"colon", ':'},
                                                    {"dot", '.'},   {"plus", '+'},    {"space", ' '}};
  const std::string stem = file.stem().string();
  if (stem.size() == 1) return stem.front();
  const auto found = names.find(stem);
  if (found == names.end())
    fail(ErrorKind::kFormat,
         "{}: which character is this? Call it by one letter or digit, or minus, percent, slash, "
         "colon, dot, plus or space",
         file.string());
  return found->second;
}

struct Header {
  int width = 0;
  int height = 0;
  int channels = 3;
  int max = 0;
  std::size_t begin = 0;  // of the pixels
};

// The next word; comments run to the end of their line.
std::string next_word(std::span<const std::uint8_t> bytes, std::size_t& at) {
  std::string word;
  for (; at < bytes.size(); ++at) {
    const char c = static_cast<char>(bytes[at]);
    if (c == '#' && word.empty()) {
      while (at < bytes.size() && bytes[at] != '\n') ++at;
    } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      if (!word.empty()) break;
    } else {
      word += c;
    }
  }
  return word;
}

int to_int(const std::string& word) { return word.empty() || word.size() > 6 ? 0 : std::atoi(word.c_str()); }

Header read_header(std::span<const std::uint8_t> bytes) {
  Header header;
  std::size_t at = 0;
  const std::string magic = next_word(bytes, at);
  if (magic == "P6") {
    header.width = to_int(next_word(bytes, at));
    header.height = to_int(next_word(bytes, at));
    header.max = to_int(next_word(bytes, at));
  } else if (magic == "P7") {
    for (std::string word = next_word(bytes, at); word != "ENDHDR" && !word.empty(); word = next_word(bytes, at)) {
      const std::string value = next_word(bytes, at);
      if (word == "WIDTH") header.width = to_int(value);
      if (word == "HEIGHT") header.height = to_int(value);
      if (word == "DEPTH") header.channels = to_int(value);
      if (word == "MAXVAL") header.max = to_int(value);
    }
  }
  header.begin = at + 1;
  return header;
}

Glyph read_picture(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_binary_file(path);
  const Header header = read_header(bytes);
  const bool is_good = header.width > 0 && header.height > 0 && header.width <= kMaxSide && header.height <= kMaxSide &&
                       header.max == 255 && (header.channels == 3 || header.channels == 4);
  const std::size_t size = std::size_t(header.width) * std::size_t(header.height) * std::size_t(header.channels);
  if (!is_good || bytes.size() < header.begin + size)
    fail(ErrorKind::kFormat,
         "{}: no picture of a character, expected PAM or binary PPM, 8 bits a channel, at most {} px "
         "a side",
         path.string(), kMaxSide);
  Glyph glyph{character_of(path), header.width, {}};
  const std::uint8_t* pixel = bytes.data() + header.begin;
  for (int y = 0; y < header.height; ++y) {
    for (int x = 0; x < header.width; ++x, pixel += header.channels) {
      if (header.channels == 3 || pixel[3] >= 128) glyph.pixels.push_back({x, y, {pixel[2], pixel[1], pixel[0]}});
    }
  }
  return glyph;
}

void sort_largest_first(std::vector<Glyph>& glyphs) {
  std::stable_sort(glyphs.begin(), glyphs.end(),
                   [](const Glyph& a, const Glyph& b) { return a.pixels.size() > b.pixels.size(); });
}

}  // namespace

GlyphSet read_glyph_folder(const std::filesystem::path& folder) {
  GlyphSet set{.glyphs = {}, .tolerance = kPictureTolerance};
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".pam" || extension == ".ppm") set.glyphs.push_back(read_picture(entry.path()));
  }
  if (set.glyphs.empty())
    fail(ErrorKind::kFile, "{} holds no pictures of characters (.pam or .ppm){}", folder.string(),
         error ? ": " + error.message() : "");
  std::sort(set.glyphs.begin(), set.glyphs.end(),
            [](const Glyph& a, const Glyph& b) { return a.character < b.character; });
  sort_largest_first(set.glyphs);
  return set;
}

std::vector<GlyphSet> read_wad_digits(const std::filesystem::path& path, const std::string& prefix, int top) {
  const WadFile wad(path);
  std::vector<GlyphSet> sets;
  for (const DoomPalette& palette : read_palettes(wad)) {
    GlyphSet set;
    std::vector<DoomColour> colours;
    for (char digit = '0'; digit <= '9'; ++digit) {
      const std::string name = prefix + digit;
      const DoomPatch patch = read_patch(wad.lump(name), kMaxSide, wad.name() + ": " + name);
      Glyph glyph{digit, patch.width, {}};
      for (const DoomPatch::Pixel& pixel : patch.pixels) {
        glyph.pixels.push_back({pixel.x, row_in_picture(top + pixel.y) - row_in_picture(top), palette[pixel.colour]});
        colours.push_back(palette[pixel.colour]);
      }
      set.glyphs.push_back(std::move(glyph));
    }
    set.tolerance = colour_tolerance(colours);
    if (set.tolerance == 0) continue;  // all digits would fit
    sort_largest_first(set.glyphs);
    sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace atl::envs::desktop
