// Sound on the clock of the data path: what a source of sound delivers, a recorder keeps and a check reads. A sample
// here is one moment of all channels, so that counts and times do not depend on their number. 16 bits each, signed:
// what games mix to.
#pragma once

#include "core/clock.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl {

struct AudioFormat {
  int rate_hz = 48'000;
  int num_channels = 2;
  friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

/// How long `count` samples last, to the nanosecond, and how many last for `time` (rounded).
[[nodiscard]] Duration duration_of(std::int64_t count, const AudioFormat& format);
[[nodiscard]] std::int64_t num_samples_in(Duration time, const AudioFormat& format);

/// A stretch of sound without a gap, or the word that there is none.
struct AudioBlock {
  Timestamp time;  // of its first sample; without samples: from when on there is no sound
  AudioFormat format{};
  std::vector<std::int16_t> samples{};  // [samples, channels]; empty: sound stops here until the next block
  std::string lost{};  // why sound is missing before this block, or from `time` on; empty: it goes on from the last one

  [[nodiscard]] std::int64_t num_samples() const {
    return static_cast<std::int64_t>(samples.size()) / format.num_channels;
  }
  [[nodiscard]] Timestamp end() const { return time + duration_of(num_samples(), format); }
};

/// Leaves of `block` what lies from `begin` up to but without `end`.
void keep_between(AudioBlock& block, Timestamp begin, Timestamp end);

/// A 64-bit hash (FNV-1a, a value a round) of samples. Recordings store it to prove sound.
[[nodiscard]] std::uint64_t hash_samples(std::span<const std::int16_t> samples);

}  // namespace atl
