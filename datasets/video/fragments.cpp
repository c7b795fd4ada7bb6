#include "datasets/video/fragments.h"

#include "core/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

namespace atl::video {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 1 << 20;

std::uint64_t big_endian(const unsigned char* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

Fragments find_fragments(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(ErrorKind::kFile, "cannot open video {}: {}", path.string(), std::strerror(errno));
  const std::uint64_t size = std::filesystem::file_size(path);
  Fragments found;
  std::uint64_t header_end = 0;
  bool in_fragment = false;  // its moof was whole; its mdat follows
  for (std::uint64_t at = 0; at + 16 <= size;) {
    std::array<char, 16> raw{};
    file.seekg(static_cast<std::streamoff>(at));
    file.read(raw.data(), raw.size());
    const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
    const std::string_view type(raw.data() + 4, 4);
    std::uint64_t length = big_endian(bytes, 4);
    if (length == 1) length = big_endian(bytes + 8, 8);
    if (length < 8 || length > size - at) break;  // torn there
    at += length;
    if (type == "moof") {
      in_fragment = true;
    } else if (type == "mdat" && in_fragment) {
      in_fragment = false;
      ++found.count;
      found.end = at;
    } else if (found.count == 0) {
      header_end = found.end = at;
    }
  }
  if (header_end == 0 || header_end > kMaxHeaderBytes)
    fail(ErrorKind::kFormat, "video {} has no whole header; it cannot be added to", path.string());
  found.header.resize(header_end);
  file.clear();
  file.seekg(0);
  file.read(reinterpret_cast<char*>(found.header.data()), static_cast<std::streamsize>(header_end));
  if (!file) fail(ErrorKind::kFile, "cannot read video {}", path.string());
  return found;
}

}  // namespace atl::video
