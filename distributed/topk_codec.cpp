#include "distributed/block_codecs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

// A block of topk: two magnitudes (float, small then large), then of each kept value, in the order of places, 12 bits
// of its place, then of each 2 bits: 1 is negative, 2 is the large magnitude. Both rows are padded to whole bytes. What
// is kept is the largest values; of equal ones those that come first.
namespace atl::distributed {
namespace {

constexpr std::size_t kPlaceBits = 12;
constexpr std::size_t kMagnitudeBytes = 2 * sizeof(float);

constexpr std::size_t bytes_of_bits(std::size_t bits) { return (bits + 7) / 8; }

void put_bits(std::span<std::uint8_t> bytes, std::size_t at, std::size_t count, std::uint32_t value) {
  for (std::size_t i = 0; i < count; ++i) {
    if (((value >> i) & 1U) != 0) bytes[(at + i) / 8] |= static_cast<std::uint8_t>(1U << ((at + i) % 8));
  }
}

std::uint32_t get_bits(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= ((bytes[(at + i) / 8] >> ((at + i) % 8)) & 1U) << i;
  return value;
}

struct Layout {
  std::size_t kept;
  [[nodiscard]] std::size_t places() const { return kMagnitudeBytes; }
  [[nodiscard]] std::size_t codes() const { return places() + bytes_of_bits(kPlaceBits * kept); }
  [[nodiscard]] std::size_t end() const { return codes() + bytes_of_bits(2 * kept); }
};

// Places of the largest, in rising order; false: some value is no finite number.
bool choose(std::span<const float> values, std::size_t kept, std::array<std::uint16_t, kMaxChunk>& places) {
  if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) return false;
  const auto end = places.begin() + static_cast<std::ptrdiff_t>(values.size());
  const auto middle = places.begin() + static_cast<std::ptrdiff_t>(kept);
  std::iota(places.begin(), end, std::uint16_t{0});
  const auto is_larger = [&](std::uint16_t a, std::uint16_t b) {
    const float x = std::fabs(values[a]);
    const float y = std::fabs(values[b]);
    return x > y || (x == y && a < b);
  };
  if (kept < values.size()) std::nth_element(places.begin(), middle, end, is_larger);
  std::sort(places.begin(), middle);
  return true;
}

// Means of the magnitudes up to and above their mean: one step of Lloyd's from there.
struct Magnitudes {
  float small = 0;
  float large = 0;
  float border = 0;  // above it, a value is large
};

Magnitudes magnitudes_of(std::span<const float> values, std::span<const std::uint16_t> places) {
  double sum = 0;
  for (const std::uint16_t place : places) sum += std::fabs(values[place]);
  const auto border = static_cast<float>(sum / static_cast<double>(places.size()));
  double large = 0;
  std::size_t num_large = 0;
  for (const std::uint16_t place : places) {
    const float magnitude = std::fabs(values[place]);
    if (magnitude > border) {
      large += magnitude;
      ++num_large;
    }
  }
  const std::size_t num_small = places.size() - num_large;
  const auto mean = [](double of, std::size_t n) {
    return n == 0 ? 0.0F : static_cast<float>(of / static_cast<double>(n));
  };
  return {.small = mean(sum - large, num_small), .large = mean(large, num_large), .border = border};
}

bool encode_topk(std::span<const float> values, std::size_t keep, std::span<std::uint8_t> bytes) {
  const Layout layout{std::min(keep, values.size())};
  std::array<std::uint16_t, kMaxChunk> all;
  if (!choose(values, layout.kept, all)) return false;
  const std::span<const std::uint16_t> places(all.data(), layout.kept);
  const Magnitudes magnitudes = magnitudes_of(values, places);
  std::ranges::fill(bytes, std::uint8_t{0});
  std::memcpy(bytes.data(), &magnitudes.small, sizeof(float));
  std::memcpy(bytes.data() + sizeof(float), &magnitudes.large, sizeof(float));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const float value = values[places[i]];
    const std::uint32_t code = (std::signbit(value) ? 1U : 0U) | (std::fabs(value) > magnitudes.border ? 2U : 0U);
    put_bits(bytes.subspan(layout.places()), kPlaceBits * i, kPlaceBits, places[i]);
    put_bits(bytes.subspan(layout.codes()), 2 * i, 2, code);
  }
  return true;
}

bool decode_topk(std::span<const std::uint8_t> bytes, std::size_t keep, float weight, std::span<float> sum) {
  const Layout layout{std::min(keep, sum.size())};
  std::array<float, 2> magnitudes{};
  std::memcpy(magnitudes.data(), bytes.data(), kMagnitudeBytes);
  if (std::ranges::any_of(magnitudes, [](float m) { return !std::isfinite(m) || std::signbit(m); })) return false;
  for (float& magnitude : magnitudes) magnitude *= weight;
  std::int64_t last = -1;
  for (std::size_t i = 0; i < layout.kept; ++i) {
    const std::uint32_t place = get_bits(bytes.subspan(layout.places()), kPlaceBits * i, kPlaceBits);
    const std::uint32_t code = get_bits(bytes.subspan(layout.codes()), 2 * i, 2);
    if (place >= sum.size() || static_cast<std::int64_t>(place) <= last) return false;
    last = place;
    const float magnitude = magnitudes[code >> 1];
    sum[place] += (code & 1U) != 0 ? -magnitude : magnitude;
  }
  return true;
}

}  // namespace

BlockCodec topk_codec(std::size_t values, std::size_t keep) {
  return {
      .values = values,
      .is_per_value = false,
      .bytes = [keep](std::size_t n) { return Layout{std::min(keep, n)}.end(); },
      .encode = [keep](std::span<const float> v, std::span<std::uint8_t> bytes) { return encode_topk(v, keep, bytes); },
      .decode_add = [keep](std::span<const std::uint8_t> bytes, float weight,
                           std::span<float> sum) { return decode_topk(bytes, keep, weight, sum); }};
}

}  // namespace atl::distributed
