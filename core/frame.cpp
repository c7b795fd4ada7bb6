#include "core/frame.h"

#include "core/error.h"

#include <cstring>

namespace atl {

Frame make_frame(FrameSize size) {
  ATOLL_CHECK(size.width_px > 0 && size.height_px > 0, "frame of {}x{} px, expected positive sides", size.width_px,
              size.height_px);
  Frame frame;
  frame.width_px = size.width_px;
  frame.height_px = size.height_px;
  frame.stride_bytes = static_cast<std::ptrdiff_t>(size.width_px) * kBytesPerPixel;
  frame.pixels.resize(static_cast<std::size_t>(frame.stride_bytes) * static_cast<std::size_t>(size.height_px));
  return frame;
}

void copy_packed(ImageView source, std::vector<std::uint8_t>& target) {
  const std::size_t row_bytes = static_cast<std::size_t>(source.width_px) * kBytesPerPixel;
  target.resize(row_bytes * static_cast<std::size_t>(source.height_px));
  for (int y = 0; y < source.height_px; ++y) {
    std::memcpy(target.data() + row_bytes * static_cast<std::size_t>(y), source.row(y), row_bytes);
  }
}

std::uint64_t hash_pixels(ImageView image) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  // Two pixels a round: FNV-1a over 64-bit words that hold only B, G, R bytes.
  constexpr std::uint64_t kColourMask = 0x00ffffff00ffffff;
  std::uint64_t hash = 0xcbf29ce484222325;
  for (int y = 0; y < image.height_px; ++y) {
    const std::uint8_t* row = image.row(y);
    int x = 0;
    for (; x + 1 < image.width_px; x += 2) {
      std::uint64_t word = 0;
      std::memcpy(&word, row + static_cast<std::ptrdiff_t>(x) * kBytesPerPixel, sizeof word);
      hash = (hash ^ (word & kColourMask)) * kPrime;
    }
    if (x < image.width_px) {
      std::uint32_t word = 0;
      std::memcpy(&word, row + static_cast<std::ptrdiff_t>(x) * kBytesPerPixel, sizeof word);
      hash = (hash ^ (word & kColourMask)) * kPrime;
    }
  }
  return hash ^ (hash >> 32);
}

}  // namespace atl
