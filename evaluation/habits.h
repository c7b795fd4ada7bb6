// How an agent moves beside those it learned from: how often it does again what it just did, and how often nothing. An
// agent that copies its last action instead of looking (causal confusion: P. de Haan et al., arXiv 1905.11979), or that
// imitates its own standing still, repeats and idles more than its teachers.
#pragma once

#include "agent/action_codec.h"
#include "core/action.h"
#include "evaluation/statistics.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace atl::evaluation {

/// Steps of one stretch of play, counted in the terms of a contract: controls held or pressed, mouse bins, wheel and
/// pointer. What a
/// contract cannot say (a control it does not name, a motion too small for its first bin) is not seen.
struct HabitCounts {
  std::uint64_t steps = 0;
  std::uint64_t idle = 0;     // steps with nothing held, pressed or moved
  std::uint64_t pairs = 0;    // steps with a step before them
  std::uint64_t repeats = 0;  // of pairs: the same action as in the step before
  friend bool operator==(const HabitCounts&, const HabitCounts&) = default;
};

[[nodiscard]] HabitCounts count_habits(std::span<const Action> actions, const agent::ActionCodec& codec);

/// The habits of one player.
struct HabitRow {
  std::string from;  // "instructed", "expert", or the names of recordings
  std::size_t episodes = 0;
  std::uint64_t steps = 0;
  Estimate repeat_rate;  // with intervals from drawing episodes with replacement
  Estimate idle_rate;
};

/// One element of `episodes` per episode. Without any step: rates of 0 in [0, 1].
[[nodiscard]] HabitRow summarise_habits(std::string from, std::span<const HabitCounts> episodes);

}  // namespace atl::evaluation
