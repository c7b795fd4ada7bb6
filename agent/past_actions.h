// What was done just before, as numbers for a network: models with ModelConfig::past_actions see it beside the picture.
// Written by policies (what they answered themselves), trainers and measures (what was recorded). Pure; any thread.
#pragma once

#include "agent/action_codec.h"

#include <cstddef>
#include <span>

namespace atl::agent {

/// Values that one action takes: one a control, one a bin of mouse x and of mouse y, one a class of the wheel, and
/// three of the pointer where there is one.
[[nodiscard]] std::size_t past_action_values(const ActionSizes& sizes);

/// Writes `action` to `values` ([past_action_values], all 0 before): 1 where a control is on, 1 at both mouse bins and
/// at the wheel's class; of a pointer that is set 1, and where to as shares of the picture's width and height. All
/// zeros stand for an action that is not known.
void write_past_action(const ActionParts& action, const ActionSizes& sizes, std::span<float> values);

}  // namespace atl::agent
