// One HTML file with a film inside and a list of its episodes that jumps to each. Used by `atoll show`.
#pragma once

#include "tools/film_recording.h"

#include <span>
#include <string>
#include <string_view>

namespace atl::tools {

/// `film`: the bytes of the MP4. The page needs no other file and no network.
[[nodiscard]] std::string film_page(std::string_view title, std::span<const Chapter> chapters,
                                    std::span<const std::uint8_t> film);

}  // namespace atl::tools
