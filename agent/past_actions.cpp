#include "agent/past_actions.h"

#include "core/error.h"

namespace atl::agent {

void write_past_action(const ActionParts& action, int num_controls, int num_bins, std::span<float> values) {
  ATOLL_CHECK(values.size() == past_action_values(num_controls, num_bins), "{} values for an action, expected {}",
              values.size(), past_action_values(num_controls, num_bins));
  for (std::size_t i = 0; i < static_cast<std::size_t>(num_controls); ++i)
    values[i] = action.controls.test(i) ? 1.0F : 0.0F;
  values[static_cast<std::size_t>(num_controls + action.mouse_x)] = 1.0F;
  values[static_cast<std::size_t>(num_controls + num_bins + action.mouse_y)] = 1.0F;
}

}  // namespace atl::agent
