// The boxes of a fragmented MP4, as far as adding to one needs them (ISO/IEC 14496-12).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace atl::video {

struct Fragments {
  std::vector<std::uint8_t> header;  // all that comes before the first fragment
  std::uint64_t count = 0;           // of whole ones
  std::uint64_t end = 0;             // of the last whole one, in bytes; the end of the header where there is none
};

/// Throws Error(kFile) for a file that cannot be read, Error(kFormat) for one whose header is not whole.
[[nodiscard]] Fragments find_fragments(const std::filesystem::path& path);

}  // namespace atl::video
