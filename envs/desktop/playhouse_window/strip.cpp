#include "envs/desktop/playhouse_window/strip.h"

#include "envs/desktop/playhouse_window/lettering.h"

#include <algorithm>

namespace atl::envs::desktop {
namespace {

using lettering::kFaint;
using lettering::kLine;
using lettering::kText;

constexpr int kMargin = 5;  // dots
constexpr int kManyLines = 1000;

struct Tone {
  std::uint32_t ground;
  std::uint32_t below;
};
Tone tone_of(StripTone tone) {
  switch (tone) {
    case StripTone::kGood: return {0x1c5a30, 0xa0ffb0};
    case StripTone::kBad: return {0x6e2020, lettering::kBad};
    default: return {lettering::kGround, kFaint};
  }
}

// Where text goes, in px: `height` is that of whole lines at the size that it would have best.
struct Place {
  int left;
  int top;
  int width;
  int height;
};

// As large as all of `text` fits into its place, no larger than `scale`.
void write_whole(const Picture& picture, const Place& place, int scale, std::uint32_t rgb, std::string_view text) {
  const auto lines_of = [&](int size, int most) { return wrap(text, place.width / (size * kGlyphWidth), most); };
  int size = scale;
  while (size > 1 && static_cast<int>(lines_of(size, kManyLines).size()) * kLine * size > place.height) --size;
  int y = place.top;
  for (const std::string& line : lines_of(size, place.height / (kLine * size))) {
    draw_text(picture, place.left, y, size, rgb, line);
    y += kLine * size;
  }
}

}  // namespace

std::vector<std::string> wrap(std::string_view text, int width, int max_lines) {
  std::vector<std::string> lines;
  const auto room = static_cast<std::size_t>(std::max(width, 3));
  while (!text.empty() && static_cast<int>(lines.size()) < max_lines) {
    std::size_t length = std::min(room, text.size());
    if (text.size() > room) {
      const std::size_t blank = text.rfind(' ', room);
      if (blank != std::string_view::npos && blank > 0) length = blank;
    }
    lines.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!text.empty() && !lines.empty()) {
    std::string& last = lines.back();
    last.resize(std::min(last.size(), room - 2));
    last += "..";
  }
  return lines;
}

void draw_strip(const Picture& picture, int top, int scale, const StripWords& words) {
  const Tone tone = tone_of(words.tone);
  picture.fill(0, top, picture.width, top + kStripDots * scale, tone.ground);
  const int margin = kMargin * scale;
  const int line = kLine * scale;
  const int width = picture.width - 2 * margin;
  const int time_width = words.time.empty() ? 0 : (text_width(words.time) + 2 * kGlyphWidth) * scale;
  write_whole(picture, {margin, top + margin, width - time_width, 2 * line}, scale, kText, words.instruction);
  draw_text(picture, margin + width - text_width(words.time) * scale, top + margin, scale, kText, words.time);
  const bool has_hint = !words.hint.empty();
  write_whole(picture, {margin, top + margin + 2 * line, width, line}, scale,
              has_hint ? lettering::kStrong : tone.below, has_hint ? words.hint : words.below);
}

}  // namespace atl::envs::desktop
