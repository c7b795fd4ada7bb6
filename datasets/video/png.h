// Pictures as PNG files, for pages and documents.
#pragma once

#include "core/frame.h"

#include <filesystem>

namespace atl::video {

/// Writes BGRA8 pixels as an RGB PNG; alpha is left out. An existing file is replaced at once. Throws Error(kFile).
void write_png(const std::filesystem::path& path, ImageView picture);

}  // namespace atl::video
