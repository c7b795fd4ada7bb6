#include "envs/desktop/playhouse_window/strip.h"

#include <algorithm>

namespace atl::envs::desktop {
namespace {

constexpr int kMargin = 5;  // dots
constexpr int kLine = playhouse::kGlyphHeight + 4;
constexpr std::uint32_t kText = 0xf4f4f0;
constexpr std::uint32_t kFaint = 0x9aa4b0;
constexpr std::uint32_t kHint = 0xffd75a;

struct Tone {
  std::uint32_t ground;
  std::uint32_t below;
};
Tone tone_of(StripTone tone) {
  switch (tone) {
    case StripTone::kGood: return {0x1c5a30, 0xa0ffb0};
    case StripTone::kBad: return {0x6e2020, 0xffb0a0};
    default: return {0x20242a, kFaint};
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

void draw_strip(const playhouse::Picture& picture, int top, int scale, const StripWords& words) {
  const Tone tone = tone_of(words.tone);
  picture.fill(0, top, picture.width, top + kStripDots * scale, tone.ground);
  const int dots = picture.width / scale - 2 * kMargin;
  const auto write = [&](int column, int line, std::uint32_t rgb, std::string_view text) {
    playhouse::draw_text(picture, (kMargin + column) * scale, top + (kMargin + line * kLine) * scale, scale, rgb, text);
  };
  const int time_dots = words.time.empty() ? 0 : playhouse::text_width(words.time) + 2 * playhouse::kGlyphWidth;
  int line = 0;
  for (const std::string& part : wrap(words.instruction, (dots - time_dots) / playhouse::kGlyphWidth, 2))
    write(0, line++, kText, part);
  write(dots - playhouse::text_width(words.time), 0, kText, words.time);
  const bool has_hint = !words.hint.empty();
  for (const std::string& part : wrap(has_hint ? words.hint : words.below, dots / playhouse::kGlyphWidth, 1))
    write(0, 2, has_hint ? kHint : tone.below, part);
}

}  // namespace atl::envs::desktop
