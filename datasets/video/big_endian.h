// Numbers in MP4 files. Used by what reads and writes boxes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace atl::video {

/// The number in the first `count` (1 to 8) bytes at `at`, which must be there.
[[nodiscard]] inline std::uint64_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes.subspan(at, count)) value = value << 8 | byte;
  return value;
}

/// Appends it in `count` bytes.
inline void put_big_endian(std::vector<std::uint8_t>& bytes, std::uint64_t value, std::size_t count) {
  for (std::size_t i = count; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace atl::video
