// Checksums inside a recording's video and sound: what proves that its pictures, or packets of sound, which count as
// pictures here, are those that were recorded.
//
// Behind the header, before each fragment and behind the last one stands a `uuid` box (ISO/IEC 14496-12, 11.1), which
// players skip. It is written together with what it speaks of, so that a recording that was cut is proven up to the
// cut. Big-endian, as all of MP4:
//   u32 size of the box; "uuid"; 16 bytes kSealType; u32 version, 1
//   u64 how many pictures come before
//   u32 CRC-32 (zlib's) of all that comes before (the header's seal) or of the `moof` box behind it; 0 in the last one
//   u32 n, pictures behind it: 0 in the header's and the last one; n times u32: CRC-32 of a picture's bytes in `mdat`
//   u32 CRC-32 of this box up to here
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::video {

inline constexpr std::array<std::uint8_t, 16> kSealType{0x61, 0x74, 0x6f, 0x6c, 0x6c, 0x2d, 0x73, 0x65,
                                                        0x61, 0x6c, 0x2d, 0x6f, 0x66, 0x2d, 0x76, 0x31};
inline constexpr std::uint32_t kSealVersion = 1;

struct Seal {
  std::uint64_t first_picture = 0;
  std::uint32_t index_crc = 0;
  std::vector<std::uint32_t> picture_crcs;
};

/// Of the whole box, in bytes.
[[nodiscard]] constexpr std::size_t seal_bytes(std::size_t num_pictures) { return 48 + 4 * num_pictures; }

[[nodiscard]] std::vector<std::uint8_t> encode(const Seal& seal);

/// `box`: a whole `uuid` box. Throws Error(kFormat) that begins with `what` where it is none of ours or was damaged,
/// Error(kVersion) for a newer one.
[[nodiscard]] Seal parse_seal(std::span<const std::uint8_t> box, const std::string& what);

}  // namespace atl::video
