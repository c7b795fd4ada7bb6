// How much of an episode somebody did something, and how much of it somebody had asked for something: what people who
// keep recordings want to know of them. Used by check and statistics.
#pragma once

#include "datasets/reader.h"

#include <span>

namespace atl::datasets {

/// Whether nothing is held, pressed or moved in the step, and the pointer was put nowhere.
[[nodiscard]] bool is_idle(const Action& action);

/// Seconds of the steps, each 1 / `rate_hz` long, in which nothing was done.
[[nodiscard]] double idle_seconds(std::span<const RecordedAction> actions, double rate_hz);

/// Seconds between the episode's start and `end` in which an instruction with words held, overlaps counted once.
[[nodiscard]] double instructed_seconds(const Episode& episode, Timestamp end);

}  // namespace atl::datasets
