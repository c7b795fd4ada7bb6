// Sound on its way from PipeWire's real-time thread, which must never wait, to the thread that takes it. Part of the
// PipeWire source of sound.
#pragma once

#include "core/audio.h"

#include <spa/utils/ringbuffer.h>

#include <cstdint>
#include <span>
#include <vector>

namespace atl::capture {

/// One thread puts, one takes; neither blocks.
class AudioRing {
 public:
  explicit AudioRing(AudioFormat format);

  /// Where there is no room, the samples are lost, and the next block that finds some says so. `num_missing`: samples
  /// that never came between the block before and this one.
  void put(Timestamp time, std::span<const std::int16_t> samples, std::int64_t num_missing);
  /// Fills `block`; false where nothing waits. `num_lost` grows by what is missing before it.
  [[nodiscard]] bool take(AudioBlock& block, std::uint64_t& num_lost);
  [[nodiscard]] bool is_empty() const;

 private:
  struct Header {
    std::int64_t time_ns = 0;
    std::int64_t num_values = 0;
    std::int64_t num_missing = 0;  // the server's
    std::int64_t num_refused = 0;  // for want of room
  };

  const AudioFormat format_;
  std::vector<std::uint8_t> bytes_;
  mutable spa_ringbuffer ring_{};
  std::int64_t missing_ = 0;  // the putting thread's: of what was refused
  std::int64_t refused_ = 0;
};

}  // namespace atl::capture
