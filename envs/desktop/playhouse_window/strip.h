// The strip of words below the picture in a window for people: what to do, how long there is, how it ended. It is no
// part of what an agent sees or a recording keeps. Plain functions.
#pragma once

#include "core/draw_text.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::desktop {

enum class StripTone : std::uint8_t { kRunning, kGood, kBad };  // grey, green, red

struct StripWords {
  // What does not fit into its lines is written smaller.
  std::string instruction;  // two lines
  std::string time;         // at the right
  std::string below;        // one line: keys, or how it ended
  std::string hint{};       // instead of it, brighter: what can be done now
  bool takes_hint = false;  // whether that may be
  StripTone tone = StripTone::kRunning;
};

/// Height of a strip in dots.
inline constexpr int kStripDots = 3 * (kGlyphHeight + 4) + 5;

/// Fills the rows of `picture` from `top` down to `top + kStripDots * scale`, or to its lower edge.
void draw_strip(const Picture& picture, int top, int scale, const StripWords& words);

/// `text` in lines of at most `width` signs, broken at blanks; words that are longer than a line are broken anywhere.
/// What does not fit into `max_lines` is cut off and ends with "..".
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, int width, int max_lines);

}  // namespace atl::envs::desktop
