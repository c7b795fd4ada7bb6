#include "core/audio.h"

#include <algorithm>

namespace atl {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;

// The first sample of `block` that does not lie before `time`; its length where none does.
std::int64_t first_from(const AudioBlock& block, Timestamp time) {
  if (time <= block.time) return 0;
  if (time >= block.end()) return block.num_samples();
  const std::int64_t ns = (time - block.time).count();
  return std::min(block.num_samples(), (ns * block.format.rate_hz + kSecond_ns - 1) / kSecond_ns);
}

}  // namespace

// In two parts: nanoseconds times a rate overflow after two days.
Duration duration_of(std::int64_t count, const AudioFormat& format) {
  const std::int64_t seconds = count / format.rate_hz;
  const std::int64_t rest = count % format.rate_hz;
  return Duration(seconds * kSecond_ns + (rest * kSecond_ns + format.rate_hz / 2) / format.rate_hz);
}

std::int64_t num_samples_in(Duration time, const AudioFormat& format) {
  const std::int64_t ns = time.count();
  const std::int64_t rest = ns % kSecond_ns * format.rate_hz;
  return ns / kSecond_ns * format.rate_hz + (rest + (rest < 0 ? -kSecond_ns : kSecond_ns) / 2) / kSecond_ns;
}

void keep_between(AudioBlock& block, Timestamp begin, Timestamp end) {
  const std::int64_t first = first_from(block, begin);
  const std::int64_t last = std::max(first, first_from(block, end));
  block.samples.resize(static_cast<std::size_t>(last * block.format.num_channels));
  block.samples.erase(block.samples.begin(), block.samples.begin() + first * block.format.num_channels);
  block.time += duration_of(first, block.format);
}

std::uint64_t hash_samples(std::span<const std::int16_t> samples) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::int16_t sample : samples) hash = (hash ^ static_cast<std::uint16_t>(sample)) * kPrime;
  return hash ^ (hash >> 32);
}

}  // namespace atl
