#include "datasets/video/seal.h"

#include "core/error.h"
#include "datasets/mcap_format.h"
#include "datasets/video/big_endian.h"

#include <algorithm>
#include <string_view>

namespace atl::video {

using datasets::crc32_of;

std::vector<std::uint8_t> encode(const Seal& seal) {
  std::vector<std::uint8_t> box;
  box.reserve(seal_bytes(seal.picture_crcs.size()));
  put_big_endian(box, seal_bytes(seal.picture_crcs.size()), 4);
  for (const char letter : std::string_view("uuid")) box.push_back(static_cast<std::uint8_t>(letter));
  box.insert(box.end(), kSealType.begin(), kSealType.end());
  put_big_endian(box, kSealVersion, 4);
  put_big_endian(box, seal.first_picture, 8);
  put_big_endian(box, seal.index_crc, 4);
  put_big_endian(box, seal.picture_crcs.size(), 4);
  for (const std::uint32_t crc : seal.picture_crcs) put_big_endian(box, crc, 4);
  put_big_endian(box, crc32_of(box), 4);
  return box;
}

Seal parse_seal(std::span<const std::uint8_t> box, const std::string& what) {
  if (box.size() < seal_bytes(0) || !std::equal(kSealType.begin(), kSealType.end(), box.begin() + 8))
    fail(ErrorKind::kFormat, "{}: a uuid box of {} bytes that is no seal of Atoll's; the file was damaged or made anew",
         what, box.size());
  const std::uint32_t found = crc32_of(box.first(box.size() - 4));
  const auto expected = static_cast<std::uint32_t>(big_endian(box, box.size() - 4, 4));
  if (found != expected)
    fail(ErrorKind::kFormat, "{}: the seal's own CRC-32 is {:08x}, expected {:08x}; the file was damaged", what, found,
         expected);
  if (const auto version = big_endian(box, 24, 4); version > kSealVersion)
    fail(ErrorKind::kVersion, "{}: seal of version {}, this Atoll reads up to {}; use a newer Atoll", what, version,
         kSealVersion);
  Seal seal;
  seal.first_picture = big_endian(box, 28, 8);
  seal.index_crc = static_cast<std::uint32_t>(big_endian(box, 36, 4));
  const std::uint64_t count = big_endian(box, 40, 4);
  if (box.size() != seal_bytes(static_cast<std::size_t>(count)))
    fail(ErrorKind::kFormat, "{}: a seal of {} bytes for {} pictures, expected {}", what, box.size(), count,
         seal_bytes(static_cast<std::size_t>(count)));
  for (std::size_t i = 0; i < count; ++i)
    seal.picture_crcs.push_back(static_cast<std::uint32_t>(big_endian(box, 44 + 4 * i, 4)));
  return seal;
}

}  // namespace atl::video
