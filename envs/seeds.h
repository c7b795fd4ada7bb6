// Seed ranges: training, development and held-out seeds are disjoint by construction. Trainers refuse held-out seeds;
// nothing is ever tuned on them.
#pragma once

#include "core/error.h"

#include <cstdint>
#include <string_view>

namespace atl::envs {

enum class SeedRange : std::uint8_t { kTraining, kDevelopment, kHeldOut };

inline constexpr std::uint64_t kSeedsPerRange = std::uint64_t{1} << 40;

[[nodiscard]] constexpr std::string_view to_string(SeedRange range) {
  switch (range) {
    case SeedRange::kTraining: return "training";
    case SeedRange::kDevelopment: return "development";
    case SeedRange::kHeldOut: return "held-out";
  }
  return "unknown";
}

/// The seed number `index` (0 .. 2^40 - 1) of a range.
[[nodiscard]] inline std::uint64_t seed_in(SeedRange range, std::uint64_t index) {
  ATOLL_CHECK(index < kSeedsPerRange, "seed index {}, expected < {}", index, kSeedsPerRange);
  return static_cast<std::uint64_t>(range) * kSeedsPerRange + index;
}

/// The range that `seed` lies in; throws Error(kConfig) beyond the last one.
[[nodiscard]] inline SeedRange range_of(std::uint64_t seed) {
  const std::uint64_t range = seed / kSeedsPerRange;
  if (range > 2) fail(ErrorKind::kConfig, "seed {} lies in no range, expected < {}", seed, 3 * kSeedsPerRange);
  return static_cast<SeedRange>(range);
}

}  // namespace atl::envs
