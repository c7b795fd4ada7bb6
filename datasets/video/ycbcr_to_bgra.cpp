#include "datasets/video/ycbcr_to_bgra.h"

#include "core/error.h"
#include "core/frame.h"

#include <algorithm>
#include <vector>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace atl::video {
namespace {

constexpr int kShift = 16;
constexpr int kRound = 1 << (kShift - 1);
constexpr int kChromaZero = 128 * 8;

std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

std::uint8_t cut(int value) { return static_cast<std::uint8_t>(std::clamp(value >> kShift, 0, 255)); }

void convert_pixel(const YcbcrWeights& w, int luma, int u, int v, std::uint8_t* pixel) {
  const int y = (luma - w.luma_offset) * 8 * w.luma + kRound;
  pixel[0] = cut(y + u * w.blue_of_blue);
  pixel[1] = cut(y + u * w.green_of_blue + v * w.green_of_red);
  pixel[2] = cut(y + v * w.red_of_red);
  pixel[3] = 255;
}

#ifdef __SSE2__
__m128i pair_of(int first, int second) {
  return _mm_set1_epi32(
      static_cast<int>(static_cast<std::uint32_t>(first & 0xffff) | static_cast<std::uint32_t>(second) << 16));
}

// Eight pixels of one colour from the sums of four and four.
__m128i words_of(__m128i low, __m128i high) {
  const __m128i round = _mm_set1_epi32(kRound);
  return _mm_packs_epi32(_mm_srai_epi32(_mm_add_epi32(low, round), kShift),
                         _mm_srai_epi32(_mm_add_epi32(high, round), kShift));
}

// Blocks of 8 pixels of a row; returns how many columns are done.
int convert_wide(const YcbcrWeights& w, const std::uint8_t* luma, const std::int16_t* u, const std::int16_t* v,
                 int width, std::uint8_t* pixels) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i offset = _mm_set1_epi16(static_cast<std::int16_t>(w.luma_offset));
  const __m128i to_blue = pair_of(w.luma, w.blue_of_blue);
  const __m128i to_red = pair_of(w.luma, w.red_of_red);
  const __m128i to_green = pair_of(w.luma, w.green_of_blue);
  const __m128i red_to_green = pair_of(w.green_of_red, 0);
  int x = 0;
  for (; x + 8 <= width; x += 8) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(luma + x));
    const __m128i y = _mm_slli_epi16(_mm_sub_epi16(_mm_unpacklo_epi8(bytes, zero), offset), 3);
    const __m128i us = _mm_loadu_si128(reinterpret_cast<const __m128i*>(u + x));
    const __m128i vs = _mm_loadu_si128(reinterpret_cast<const __m128i*>(v + x));
    const __m128i yu_low = _mm_unpacklo_epi16(y, us);
    const __m128i yu_high = _mm_unpackhi_epi16(y, us);
    const __m128i yv_low = _mm_unpacklo_epi16(y, vs);
    const __m128i yv_high = _mm_unpackhi_epi16(y, vs);
    const __m128i blue = words_of(_mm_madd_epi16(yu_low, to_blue), _mm_madd_epi16(yu_high, to_blue));
    const __m128i red = words_of(_mm_madd_epi16(yv_low, to_red), _mm_madd_epi16(yv_high, to_red));
    const __m128i green = words_of(
        _mm_add_epi32(_mm_madd_epi16(yu_low, to_green), _mm_madd_epi16(_mm_unpacklo_epi16(vs, zero), red_to_green)),
        _mm_add_epi32(_mm_madd_epi16(yu_high, to_green), _mm_madd_epi16(_mm_unpackhi_epi16(vs, zero), red_to_green)));
    const __m128i blue_green = _mm_unpacklo_epi8(_mm_packus_epi16(blue, zero), _mm_packus_epi16(green, zero));
    const __m128i red_alpha = _mm_unpacklo_epi8(_mm_packus_epi16(red, zero), _mm_set1_epi8(-1));
    auto* to = reinterpret_cast<__m128i*>(pixels + std::ptrdiff_t{kBytesPerPixel} * x);
    _mm_storeu_si128(to, _mm_unpacklo_epi16(blue_green, red_alpha));
    _mm_storeu_si128(to + 1, _mm_unpackhi_epi16(blue_green, red_alpha));
  }
  return x;
}
#else
int convert_wide(const YcbcrWeights&, const std::uint8_t*, const std::int16_t*, const std::int16_t*, int,
                 std::uint8_t*) {
  return 0;
}
#endif

void convert_row(const YcbcrWeights& w, const std::uint8_t* luma, const std::int16_t* u, const std::int16_t* v,
                 int width, std::uint8_t* pixels) {
  for (int x = convert_wide(w, luma, u, v, width, pixels); x < width; ++x)
    convert_pixel(w, luma[x], u[x], v[x], pixels + std::ptrdiff_t{kBytesPerPixel} * x);
}

// Eighths of chroma for every pixel of a row.
void whole_chroma(const std::uint8_t* chroma, int width, std::int16_t* eighths) {
  for (int x = 0; x < width; ++x) eighths[x] = static_cast<std::int16_t>(8 * chroma[x] - kChromaZero);
}

// The same from two rows of half the width. `sums`: scratch, with a place more at either end.
void halved_chroma(const std::uint8_t* above, const std::uint8_t* below, int width, std::int16_t* sums,
                   std::int16_t* eighths) {
  const int half = width / 2;
  for (int i = 0; i < half; ++i) sums[i + 1] = static_cast<std::int16_t>(above[i] + below[i]);
  sums[0] = sums[1];
  sums[half + 1] = sums[half];
  for (int i = 0; i < half; ++i) {
    const int own = 3 * sums[i + 1] - kChromaZero;
    eighths[2 * i] = static_cast<std::int16_t>(own + sums[i]);
    eighths[2 * i + 1] = static_cast<std::int16_t>(own + sums[i + 2]);
  }
}

// As swscale: 2^-16 to 2^-13, rounded.
int weight_of(std::int64_t value) { return static_cast<int>((value * (1 << 13) + (1 << 15)) >> 16); }

}  // namespace

YcbcrWeights::YcbcrWeights(const int* matrix, bool full_range)
    : luma_offset(full_range ? 0 : 16), luma(weight_of(full_range ? 1 << 16 : (1 << 16) * 255 / 219)) {
  const auto scaled = [&](std::int64_t value) { return weight_of(full_range ? value * 224 / 255 : value); };
  red_of_red = scaled(matrix[0]);
  blue_of_blue = scaled(matrix[1]);
  green_of_blue = scaled(-std::int64_t{matrix[2]});
  green_of_red = scaled(-std::int64_t{matrix[3]});
}

bool can_halve_chroma(int width_px, int height_px) {
  return width_px % 2 == 0 && height_px % 2 == 0 && std::min(width_px, height_px) >= 8;
}

void convert_to_bgra(const YcbcrPicture& picture, const YcbcrWeights& weights, std::uint8_t* pixels) {
  const int width = picture.width_px;
  ATOLL_CHECK(!picture.halved_chroma || can_halve_chroma(width, picture.height_px), "4:2:0 of {}x{} px", width,
              picture.height_px);
  std::vector<std::int16_t> u(as_size(width));
  std::vector<std::int16_t> v(as_size(width));
  std::vector<std::int16_t> sums(as_size(width / 2 + 2));
  for (int y = 0; y < picture.height_px; ++y, pixels += std::ptrdiff_t{kBytesPerPixel} * width) {
    if (picture.halved_chroma) {
      const std::ptrdiff_t below = y / 2 * picture.chroma_stride;
      const bool is_mean = (y % 2 == 0 && y > 0) || y == picture.height_px - 1;
      const std::ptrdiff_t above = is_mean ? below - picture.chroma_stride : below;
      halved_chroma(picture.blue + above, picture.blue + below, width, sums.data(), u.data());
      halved_chroma(picture.red + above, picture.red + below, width, sums.data(), v.data());
    } else {
      whole_chroma(picture.blue + y * picture.chroma_stride, width, u.data());
      whole_chroma(picture.red + y * picture.chroma_stride, width, v.data());
    }
    convert_row(weights, picture.luma + y * picture.luma_stride, u.data(), v.data(), width, pixels);
  }
}

}  // namespace atl::video
