#include "datasets/video/bgra_to_420.h"

#include "core/error.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace atl::video {
namespace {

// Of B, G and R, times 2^15: each row of the matrix times 219/255 or 224/255. Grey keeps its sum exactly.
struct Weights {
  std::int16_t blue;
  std::int16_t green;
  std::int16_t red;
};
constexpr Weights kLuma{2032, 20127, 5983};
constexpr Weights kBlue{14392, -11094, -3298};
constexpr Weights kRed{-1319, -13073, 14392};
constexpr int kShift = 15;
constexpr int kLumaBias = (16 << kShift) + (1 << (kShift - 1));
constexpr int kChromaShift = kShift + 2;  // of sums of four pixels
constexpr int kChromaBias = (128 << kChromaShift) + (1 << (kChromaShift - 1));

int weigh(const Weights& w, int b, int g, int r) { return w.blue * b + w.green * g + w.red * r; }

// One 2x2 block, whose left upper pixel is `top`.
void convert_block(const std::uint8_t* top, const std::uint8_t* bottom, std::uint8_t* luma_top,
                   std::uint8_t* luma_bottom, std::uint8_t* blue, std::uint8_t* red) {
  int sum[3] = {};
  const auto take = [&](const std::uint8_t* p, std::uint8_t* luma) {
    for (int i = 0; i < 3; ++i) sum[i] += p[i];
    *luma = static_cast<std::uint8_t>((weigh(kLuma, p[0], p[1], p[2]) + kLumaBias) >> kShift);
  };
  take(top, luma_top);
  take(top + 4, luma_top + 1);
  take(bottom, luma_bottom);
  take(bottom + 4, luma_bottom + 1);
  *blue = static_cast<std::uint8_t>((weigh(kBlue, sum[0], sum[1], sum[2]) + kChromaBias) >> kChromaShift);
  *red = static_cast<std::uint8_t>((weigh(kRed, sum[0], sum[1], sum[2]) + kChromaBias) >> kChromaShift);
}

#ifdef __SSE2__
// Four pixels apart: blue and red, and green, in 16 bits each.
struct Split {
  __m128i blue_red;
  __m128i green;
};

Split split(const std::uint8_t* pixels) {
  const __m128i p = _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels));
  return {_mm_and_si128(p, _mm_set1_epi32(0x00ff00ff)), _mm_and_si128(_mm_srli_epi16(p, 8), _mm_set1_epi32(0xff))};
}

__m128i weigh(const Weights& w, const Split& s) {
  const __m128i blue_red = _mm_set1_epi32(static_cast<std::uint16_t>(w.blue) | w.red * (1 << 16));
  const __m128i green = _mm_set1_epi32(static_cast<std::uint16_t>(w.green));
  return _mm_add_epi32(_mm_madd_epi16(s.blue_red, blue_red), _mm_madd_epi16(s.green, green));
}

__m128i luma_of(const Split& s) {
  return _mm_srai_epi32(_mm_add_epi32(weigh(kLuma, s), _mm_set1_epi32(kLumaBias)), kShift);
}

// Sums of two neighbours each: of four and four pixels, four sums.
__m128i add_neighbours(__m128i first, __m128i second) {
  const __m128 a = _mm_castsi128_ps(first);
  const __m128 b = _mm_castsi128_ps(second);
  const __m128i even = _mm_castps_si128(_mm_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0)));
  const __m128i odd = _mm_castps_si128(_mm_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1)));
  return _mm_add_epi16(even, odd);
}

void store_luma(const Split& first, const Split& second, std::uint8_t* to) {
  const __m128i words = _mm_packs_epi32(luma_of(first), luma_of(second));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(words, words));
}

void store_chroma(const Weights& weights, const Split& sums, std::uint8_t* to) {
  const __m128i wide = _mm_srai_epi32(_mm_add_epi32(weigh(weights, sums), _mm_set1_epi32(kChromaBias)), kChromaShift);
  const __m128i words = _mm_packs_epi32(wide, wide);
  const int bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
  __builtin_memcpy(to, &bytes, sizeof bytes);
}

// Blocks of 8x2 pixels of two rows; returns how many columns are done.
int convert_wide(const std::uint8_t* top, const std::uint8_t* bottom, int width, std::uint8_t* luma_top,
                 std::uint8_t* luma_bottom, std::uint8_t* blue, std::uint8_t* red) {
  int x = 0;
  for (; x + 8 <= width; x += 8) {
    const Split t0 = split(top + 4 * x);
    const Split t1 = split(top + 4 * x + 16);
    const Split b0 = split(bottom + 4 * x);
    const Split b1 = split(bottom + 4 * x + 16);
    store_luma(t0, t1, luma_top + x);
    store_luma(b0, b1, luma_bottom + x);
    const Split sums{add_neighbours(_mm_add_epi16(t0.blue_red, b0.blue_red), _mm_add_epi16(t1.blue_red, b1.blue_red)),
                     add_neighbours(_mm_add_epi16(t0.green, b0.green), _mm_add_epi16(t1.green, b1.green))};
    store_chroma(kBlue, sums, blue + x / 2);
    store_chroma(kRed, sums, red + x / 2);
  }
  return x;
}
#else
int convert_wide(const std::uint8_t*, const std::uint8_t*, int, std::uint8_t*, std::uint8_t*, std::uint8_t*,
                 std::uint8_t*) {
  return 0;
}
#endif

}  // namespace

void convert_bgra_to_420(ImageView image, const Planes420& planes) {
  ATOLL_CHECK(image.width_px % 2 == 0 && image.height_px % 2 == 0, "4:2:0 of {}x{} px, expected even sides",
              image.width_px, image.height_px);
  for (int y = 0; y < image.height_px; y += 2) {
    const std::uint8_t* top = image.row(y);
    const std::uint8_t* bottom = image.row(y + 1);
    std::uint8_t* luma_top = planes.luma + y * planes.luma_stride;
    std::uint8_t* luma_bottom = luma_top + planes.luma_stride;
    std::uint8_t* blue = planes.blue + y / 2 * planes.chroma_stride;
    std::uint8_t* red = planes.red + y / 2 * planes.chroma_stride;
    for (int x = convert_wide(top, bottom, image.width_px, luma_top, luma_bottom, blue, red); x < image.width_px;
         x += 2) {
      convert_block(top + 4 * x, bottom + 4 * x, luma_top + x, luma_bottom + x, blue + x / 2, red + x / 2);
    }
  }
}

}  // namespace atl::video
