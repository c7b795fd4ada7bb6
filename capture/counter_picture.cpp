#include "capture/counter_picture.h"

#include "core/error.h"

#include <array>
#include <cstring>

namespace atl::capture {
namespace {

// Consecutive numbers shall differ in many cells, so that a mixture of two shows: multiply by an odd constant, and
// back by its inverse modulo 2^32.
constexpr std::uint32_t kSpread = 0x9e3779b1;
constexpr std::uint32_t inverse_of(std::uint32_t odd) {
  std::uint32_t x = odd;  // right modulo 8; each Newton step doubles the right bits
  for (int i = 0; i < 4; ++i) x *= 2 - odd * x;
  return x;
}
static_assert(kSpread * inverse_of(kSpread) == 1);

constexpr int kCells = kCounterCells * kCounterCells;

// First half: the bits, highest first. Second half: their complement.
bool is_white(std::uint32_t bits, int cell) {
  const bool bit = (bits >> (31 - cell % 32)) & 1;
  return cell < kCells / 2 ? bit : !bit;
}

}  // namespace

void draw_counter(std::uint32_t counter, FrameSize size, std::span<std::uint8_t> pixels) {
  const auto stride = static_cast<std::size_t>(size.width_px) * kBytesPerPixel;
  ATOLL_CHECK(size.width_px >= kCounterCells && size.height_px >= kCounterCells &&
                  pixels.size() == stride * static_cast<std::size_t>(size.height_px),
              "counter picture of {}x{} px in {} bytes, expected at least 8x8 px and 4 bytes each", size.width_px,
              size.height_px, pixels.size());
  const std::uint32_t bits = counter * kSpread;
  int drawn_row = -1;
  for (int y = 0; y < size.height_px; ++y) {
    std::uint8_t* row = pixels.data() + static_cast<std::size_t>(y) * stride;
    const int cell_row = y * kCounterCells / size.height_px;
    if (cell_row == drawn_row) {
      std::memcpy(row, row - stride, stride);
      continue;
    }
    for (int x = 0; x < size.width_px; ++x) {
      const int cell = cell_row * kCounterCells + x * kCounterCells / size.width_px;
      std::memset(row + 4 * x, is_white(bits, cell) ? 0xff : 0x00, 4);
    }
    drawn_row = cell_row;
  }
}

std::optional<std::uint32_t> read_counter(ImageView image) {
  if (image.width_px < kCounterCells || image.height_px < kCounterCells) return std::nullopt;
  std::array<int, kCells> white{};
  std::array<int, kCells> total{};
  for (int y = 0; y < image.height_px; ++y) {
    const int cell_row = y * kCounterCells / image.height_px;
    for (int x = 0; x < image.width_px; ++x) {
      const auto cell = static_cast<std::size_t>(cell_row * kCounterCells + x * kCounterCells / image.width_px);
      ++total[cell];
      white[cell] += image.row(y)[4 * x + 1] >= 128;  // green carries most of a picture through lossy video
    }
  }
  std::uint32_t bits = 0;
  std::uint32_t complement = 0;
  for (std::size_t cell = 0; cell < kCells; ++cell) {
    // Lossy video blurs the seams between cells; a torn picture splits a cell in larger parts, or its complement.
    const int minority = white[cell] * 2 > total[cell] ? total[cell] - white[cell] : white[cell];
    if (minority * 8 > total[cell]) return std::nullopt;
    const std::uint32_t bit = white[cell] * 2 > total[cell];
    (cell < kCells / 2 ? bits : complement) |= bit << (31 - cell % 32);
  }
  if (bits != ~complement) return std::nullopt;
  return bits * inverse_of(kSpread);
}

}  // namespace atl::capture
