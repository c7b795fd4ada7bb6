// What the video tests share: pictures that carry their own number, and ffprobe as a second opinion.
#pragma once

#include "core/frame.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::video {

/// A picture with `number` drawn into it as 16 black or white blocks over a coloured, moving background.
[[nodiscard]] Frame numbered_picture(FrameSize size, int number);

/// The number drawn into `pixels` ([height, width, 4]), read by brightness, so that lossy colours do not matter.
[[nodiscard]] int number_in(const std::vector<std::uint8_t>& pixels, FrameSize size);

/// Standard output of a shell command; fails the test if the command fails.
[[nodiscard]] std::string output_of(const std::string& command);

/// Presentation times in us of all pictures, as ffprobe reads them from the decoded stream.
[[nodiscard]] std::vector<std::int64_t> ffprobe_timestamps_us(const std::filesystem::path& path);

}  // namespace atl::video
