// What was done just before, as numbers for a network: models with ModelConfig::past_actions see it beside the picture.
// Written by policies (what they answered themselves), trainers and measures (what was recorded). Pure; any thread.
#pragma once

#include "agent/action_codec.h"

#include <cstddef>
#include <span>

namespace atl::agent {

/// Values that one action takes: one a control, one a bin of mouse x and of mouse y.
[[nodiscard]] constexpr std::size_t past_action_values(int num_controls, int num_bins) {
  return static_cast<std::size_t>(num_controls) + 2 * static_cast<std::size_t>(num_bins);
}

/// Writes `action` to `values` ([past_action_values], all 0 before): 1 where a control is on, 1 at both mouse bins. All
/// zeros stand for an action that is not known.
void write_past_action(const ActionParts& action, int num_controls, int num_bins, std::span<float> values);

}  // namespace atl::agent
