// A source that needs no screen: it draws a counter (capture/counter_picture.h) at a fixed rate.
#pragma once

#include "capture/frame_source.h"
#include "core/clock.h"

#include <cstdint>
#include <memory>

namespace atl::capture {

struct SyntheticConfig {
  FrameSize size{320, 240};
  double rate_hz = 60.0;
  std::uint64_t num_frames = 0;  // then kUnchanged for ever; 0: never ends
};

/// Picture k shows the number k and is drawn k periods after `clock.now()` of this call. Pictures that nobody took in
/// time are skipped like on a real screen: the shown number jumps, Frame::sequence does not. Borrows `clock`.
[[nodiscard]] std::unique_ptr<FrameSource> create_synthetic_source(const SyntheticConfig& config, Clock& clock);

}  // namespace atl::capture
