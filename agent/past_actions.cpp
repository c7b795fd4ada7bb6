#include "agent/past_actions.h"

#include "core/error.h"

namespace atl::agent {
namespace {

constexpr int kPointerValues = 3;

}  // namespace

std::size_t past_action_values(const ActionSizes& sizes) {
  const int pointer = sizes.pointer.num_classes() > 0 ? kPointerValues : 0;
  return static_cast<std::size_t>(sizes.controls + 2 * sizes.bins + sizes.wheel + pointer);
}

void write_past_action(const ActionParts& action, const ActionSizes& sizes, std::span<float> values) {
  ATOLL_CHECK(values.size() == past_action_values(sizes), "{} values for an action, expected {}", values.size(),
              past_action_values(sizes));
  for (std::size_t i = 0; i < static_cast<std::size_t>(sizes.controls); ++i)
    values[i] = action.controls.test(i) ? 1.0F : 0.0F;
  values[static_cast<std::size_t>(sizes.controls + action.mouse_x)] = 1.0F;
  values[static_cast<std::size_t>(sizes.controls + sizes.bins + action.mouse_y)] = 1.0F;
  const int wheel_begin = sizes.controls + 2 * sizes.bins;
  if (sizes.wheel > 0) values[static_cast<std::size_t>(wheel_begin + sizes.wheel_max() + action.wheel)] = 1.0F;
  const auto position = sizes.pointer.position_of(action.pointer);
  if (!position) return;
  const std::span<float> pointer = values.last(kPointerValues);
  const FrameSize frame = sizes.pointer.frame();
  pointer[0] = 1.0F;
  pointer[1] = (static_cast<float>(position->x_px) + 0.5F) / static_cast<float>(frame.width_px);
  pointer[2] = (static_cast<float>(position->y_px) + 0.5F) / static_cast<float>(frame.height_px);
}

}  // namespace atl::agent
