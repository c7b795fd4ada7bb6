#include "distributed/block_codecs.h"

#include <bit>
#include <cmath>
#include <cstring>

// Loops are plain, for the compiler to vectorise; each is compiled twice and the processor chooses. Both give the same
// bits: products are not fused with sums (-ffp-contract=off), and rounding is to nearest even.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define ATOLL_VECTORISED __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define ATOLL_VECTORISED
#endif

namespace atl::distributed {
namespace {

constexpr std::size_t kScaleBytes = sizeof(float);
constexpr std::size_t kPlainBlock = 4096;

// The largest magnitude; what is no finite number gives something that is none. Magnitudes of floats are ordered as
// their bits are, infinities and NaNs above all others.
ATOLL_VECTORISED float largest_magnitude(const float* values, std::size_t n) {
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(values[i]) & 0x7fffffffU;
    largest = bits > largest ? bits : largest;
  }
  return std::bit_cast<float>(largest);
}

float read_scale(std::span<const std::uint8_t> bytes) {
  float scale = 0;
  std::memcpy(&scale, bytes.data(), kScaleBytes);
  return scale;
}

// Scales as encoders write them.
bool is_scale(float scale) { return std::isfinite(scale) && !std::signbit(scale); }

// ---- fp32 and bf16.

ATOLL_VECTORISED void add_fp32(const std::uint8_t* bytes, std::size_t n, float weight, float* sum) {
  for (std::size_t i = 0; i < n; ++i) {
    float value = 0;
    std::memcpy(&value, bytes + 4 * i, 4);
    sum[i] += weight * value;
  }
}

bool decode_fp32(std::span<const std::uint8_t> bytes, float weight, std::span<float> sum) {
  for (std::size_t i = 0; i < sum.size(); ++i) {  // apart from the sum, which then vectorises
    std::uint32_t bits = 0;
    std::memcpy(&bits, bytes.data() + 4 * i, 4);
    if ((bits & 0x7f800000U) == 0x7f800000U) return false;
  }
  add_fp32(bytes.data(), sum.size(), weight, sum.data());
  return true;
}

bool encode_fp32(std::span<const float> values, std::span<std::uint8_t> bytes) {
  if (!std::isfinite(largest_magnitude(values.data(), values.size()))) return false;
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return true;
}

// Values up to half a step of bfloat16 above its largest round to infinity: they are cut there.
constexpr std::uint32_t kLargestBf16 = 0x7f7f;

ATOLL_VECTORISED void to_bf16(const float* values, std::size_t n, std::uint8_t* bytes) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]);
    std::uint32_t magnitude = bits & 0x7fffffffU;
    magnitude = (magnitude + 0x7fffU + ((magnitude >> 16) & 1U)) >> 16;
    magnitude = magnitude > kLargestBf16 ? kLargestBf16 : magnitude;
    const auto code = static_cast<std::uint16_t>(magnitude | ((bits >> 16) & 0x8000U));
    std::memcpy(bytes + 2 * i, &code, 2);
  }
}

ATOLL_VECTORISED std::uint32_t add_bf16(const std::uint8_t* bytes, std::size_t n, float weight, float* sum) {
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::uint16_t code = 0;
    std::memcpy(&code, bytes + 2 * i, 2);
    const std::uint32_t magnitude = code & 0x7fffU;
    largest = magnitude > largest ? magnitude : largest;
    sum[i] += weight * std::bit_cast<float>(static_cast<std::uint32_t>(code) << 16);
  }
  return largest;
}

bool encode_bf16(std::span<const float> values, std::span<std::uint8_t> bytes) {
  if (!std::isfinite(largest_magnitude(values.data(), values.size()))) return false;
  to_bf16(values.data(), values.size(), bytes.data());
  return true;
}

bool decode_bf16(std::span<const std::uint8_t> bytes, float weight, std::span<float> sum) {
  return add_bf16(bytes.data(), sum.size(), weight, sum.data()) <= kLargestBf16;
}

// ---- int8.

// Added to and taken from a number below 2^22, leaves it rounded to nearest even.
constexpr float kRound = 0x1.8p23F;

ATOLL_VECTORISED void to_int8(const float* values, std::size_t n, float inverse, std::int8_t* codes) {
  for (std::size_t i = 0; i < n; ++i) {
    const float rounded = (values[i] * inverse + kRound) - kRound;
    codes[i] = static_cast<std::int8_t>(static_cast<std::int32_t>(rounded));
  }
}

ATOLL_VECTORISED void add_int8(const std::int8_t* codes, std::size_t n, float scale, float* sum) {
  for (std::size_t i = 0; i < n; ++i) sum[i] += scale * static_cast<float>(codes[i]);
}

bool encode_int8(std::span<const float> values, std::span<std::uint8_t> bytes) {
  const float largest = largest_magnitude(values.data(), values.size());
  if (!std::isfinite(largest)) return false;
  const float scale = largest / 127.0F;
  std::memcpy(bytes.data(), &scale, kScaleBytes);
  // Where the scale is nothing, or too small to be turned around, all values are.
  const float inverse = 1.0F / scale;
  const bool is_nothing = !std::isfinite(inverse);
  to_int8(values.data(), values.size(), is_nothing ? 0.0F : inverse,
          reinterpret_cast<std::int8_t*>(bytes.data() + kScaleBytes));
  return true;
}

bool decode_int8(std::span<const std::uint8_t> bytes, float weight, std::span<float> sum) {
  const float scale = read_scale(bytes);
  if (!is_scale(scale)) return false;
  add_int8(reinterpret_cast<const std::int8_t*>(bytes.data() + kScaleBytes), sum.size(), weight * scale, sum.data());
  return true;
}

// ---- fp4, E3M0. The first half of a block lies in the low nibbles, the second in the high ones.

constexpr int kFp4Codes = 8;  // of magnitude: 0, 2^-6 .. 2^0
constexpr int kExponentBias = 127;

// Nearest of 0, 2^-6 .. 1 to values[i] * inverse, which is at most 1 (give or take rounding).
inline std::uint32_t fp4_code(float value, float inverse) {
  constexpr float kToNearest = 4.0F / 3.0F;  // halfway from 2^k to 2^(k+1) becomes 2^(k+1)
  const float scaled = value * inverse;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(scaled * kToNearest);
  const int exponent = static_cast<int>((bits >> 23) & 0xffU) - kExponentBias + kFp4Codes - 1;
  const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(scaled) & 0x7fffffffU;
  const int least = magnitude >= std::bit_cast<std::uint32_t>(0x1p-7F) ? 1 : 0;  // halfway to 2^-6
  int code = exponent < least ? least : exponent;
  code = code > kFp4Codes - 1 ? kFp4Codes - 1 : code;
  return static_cast<std::uint32_t>(code) | ((bits >> 28) & 8U);
}

inline float fp4_value(std::uint32_t code) {
  const std::uint32_t magnitude = code & 7U;
  const std::uint32_t bits = (magnitude + kExponentBias - kFp4Codes + 1) << 23;
  return std::bit_cast<float>((magnitude == 0 ? 0U : bits) | ((code & 8U) << 28));
}

ATOLL_VECTORISED void to_fp4(const float* values, std::size_t half, std::size_t second, float inverse,
                             std::uint8_t* codes) {
  for (std::size_t i = 0; i < second; ++i)
    codes[i] = static_cast<std::uint8_t>(fp4_code(values[i], inverse) | (fp4_code(values[half + i], inverse) << 4));
  for (std::size_t i = second; i < half; ++i) codes[i] = static_cast<std::uint8_t>(fp4_code(values[i], inverse));
}

ATOLL_VECTORISED void add_fp4(const std::uint8_t* codes, std::size_t half, std::size_t second, float scale,
                              float* sum) {
  for (std::size_t i = 0; i < half; ++i) sum[i] += scale * fp4_value(codes[i] & 15U);
  for (std::size_t i = 0; i < second; ++i) sum[half + i] += scale * fp4_value(codes[i] >> 4);
}

bool encode_fp4(std::span<const float> values, std::span<std::uint8_t> bytes) {
  const float largest = largest_magnitude(values.data(), values.size());
  if (!std::isfinite(largest)) return false;
  const float inverse = 1.0F / largest;
  const bool is_nothing = !std::isfinite(inverse);
  const float scale = is_nothing ? 0.0F : largest;
  std::memcpy(bytes.data(), &scale, kScaleBytes);
  const std::size_t half = (values.size() + 1) / 2;
  to_fp4(values.data(), half, values.size() - half, is_nothing ? 0.0F : inverse, bytes.data() + kScaleBytes);
  return true;
}

bool decode_fp4(std::span<const std::uint8_t> bytes, float weight, std::span<float> sum) {
  const float scale = read_scale(bytes);
  if (!is_scale(scale)) return false;
  const std::size_t half = (sum.size() + 1) / 2;
  add_fp4(bytes.data() + kScaleBytes, half, sum.size() - half, weight * scale, sum.data());
  return true;
}

}  // namespace

BlockCodec fp32_codec() {
  return {.values = kPlainBlock,
          .is_per_value = true,
          .bytes = [](std::size_t n) { return 4 * n; },
          .encode = encode_fp32,
          .decode_add = decode_fp32};
}

BlockCodec bf16_codec() {
  return {.values = kPlainBlock,
          .is_per_value = true,
          .bytes = [](std::size_t n) { return 2 * n; },
          .encode = encode_bf16,
          .decode_add = decode_bf16};
}

BlockCodec int8_codec(std::size_t values) {
  return {.values = values,
          .is_per_value = false,
          .bytes = [](std::size_t n) { return kScaleBytes + n; },
          .encode = encode_int8,
          .decode_add = decode_int8};
}

BlockCodec fp4_codec(std::size_t values) {
  return {.values = values,
          .is_per_value = false,
          .bytes = [](std::size_t n) { return kScaleBytes + (n + 1) / 2; },
          .encode = encode_fp4,
          .decode_add = decode_fp4};
}

}  // namespace atl::distributed
