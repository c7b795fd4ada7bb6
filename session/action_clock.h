// The action clock of a live episode: absolute deadlines, so that no step's lateness moves the next.
#pragma once

#include "core/clock.h"

#include <cstdint>

namespace atl::session {

struct ActionClock {
  Timestamp start;  // when step 0 begins
  Duration period{};

  [[nodiscard]] Timestamp begin_of(std::uint64_t step) const {
    return start + period * static_cast<std::int64_t>(step);
  }
  /// The step that runs at `time`; 0 before the start.
  [[nodiscard]] std::uint64_t step_at(Timestamp time) const {
    return time <= start ? 0 : static_cast<std::uint64_t>((time - start) / period);
  }
  /// The first step that begins at `time` or later.
  [[nodiscard]] std::uint64_t first_from(Timestamp time) const {
    const std::uint64_t step = step_at(time);
    return begin_of(step) >= time ? step : step + 1;
  }
};

}  // namespace atl::session
