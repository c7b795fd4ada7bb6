// What a display shows: a test's eyes beside those of the program that it tests.
#pragma once

#include "core/frame.h"

#include <cstdint>
#include <string>

namespace atl::tests {

/// The pixels of `area` (px of the screen, all of it on the screen) as a person sees them: windows lie over each other.
/// Over a connection of its own; any thread.
[[nodiscard]] Frame screen_picture(const std::string& display, const WindowGeometry& area);

/// 0xRRGGBB.
[[nodiscard]] std::uint32_t rgb_at(ImageView picture, int x_px, int y_px);

}  // namespace atl::tests
