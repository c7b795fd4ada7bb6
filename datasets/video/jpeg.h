// Pictures as JPEG, for pages that show many of them.
#pragma once

#include "core/frame.h"

#include <string>

namespace atl::video {

/// BGRA8 pixels as a JPEG file's bytes, 4:2:0 (4:4:4 up to 320 px wide, where each pixel counts), shrunk by the
/// smallest whole number that makes them at most `most_px` wide (0: never). `quality`: 1 to 100. Any thread. Throws
/// Error(kFormat).
[[nodiscard]] std::string encode_jpeg(ImageView picture, int quality, int most_px = 0);

}  // namespace atl::video
