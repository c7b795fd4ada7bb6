// Random numbers that are the same on every machine: integers only, no libm, state that can be stored and restored.
// Streams of one run come from one seed by name or index, so that adding a stream changes no other.
#pragma once

#include <cstdint>

namespace atl {

/// Scrambles 64 bits (the finaliser of SplitMix64, Steele et al. 2014): neighbours in, unrelated values out.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// The seed of stream `stream` of a run seeded with `seed`.
[[nodiscard]] constexpr std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream) {
  return mix_bits(mix_bits(seed) ^ (stream * 0xd1342543de82ef95 + 1));
}

/// SplitMix64: one 64-bit word of state, passes BigCrush; also a C++ uniform random bit generator.
class Random {
 public:
  using result_type = std::uint64_t;
  constexpr explicit Random(std::uint64_t seed) : state_(seed) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  constexpr result_type operator()() {
    const std::uint64_t value = mix_bits(state_);
    state_ += 0x9e3779b97f4a7c15;
    return value;
  }

  /// Uniform in 0 .. bound - 1 (bound >= 1), without modulo bias worth speaking of (Lemire's multiply-shift on 32
  /// bits).
  constexpr std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((*this)() >> 32) * bound >> 32);
  }
  /// Uniform in low .. high (low <= high), both included.
  constexpr std::int32_t between(std::int32_t low, std::int32_t high) {
    // Unsigned, because a range may be wider than the largest int; all 2^32 numbers wrap to 0.
    const std::uint32_t count = static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low) + 1;
    const std::uint32_t offset = count == 0 ? static_cast<std::uint32_t>((*this)() >> 32) : below(count);
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(low) + offset);
  }
  /// True with probability numerator / denominator.
  constexpr bool chance(std::uint32_t numerator, std::uint32_t denominator) { return below(denominator) < numerator; }
  /// Uniform in [0, 1), 53 bits. Exact arithmetic: the same on every machine.
  constexpr double uniform() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

  [[nodiscard]] constexpr std::uint64_t state() const { return state_; }
  constexpr void set_state(std::uint64_t state) { state_ = state; }

 private:
  std::uint64_t state_;
};

}  // namespace atl
