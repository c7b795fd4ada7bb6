// How words look in a window for people: on the help page, in the strip and in the line that is typed into.
#pragma once

#include "core/draw_text.h"

#include <cstdint>

namespace atl::envs::desktop::lettering {

inline constexpr int kLine = kGlyphHeight + 4;  // from line to line, dots

// 0xRRGGBB.
inline constexpr std::uint32_t kGround = 0x20242a;
inline constexpr std::uint32_t kText = 0xf4f4f0;
inline constexpr std::uint32_t kFaint = 0x9aa4b0;
inline constexpr std::uint32_t kStrong = 0xffd75a;  // keys, hints, what is typed
inline constexpr std::uint32_t kBad = 0xffb0a0;     // what went wrong

}  // namespace atl::envs::desktop::lettering
