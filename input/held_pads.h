// What is held of gamepads: buttons that are down, sticks, triggers and hats away from rest. One thread.
#pragma once

#include "core/input_event.h"

#include <algorithm>
#include <vector>

namespace atl::input {

[[nodiscard]] constexpr bool is_of_pad(const InputEvent& event) {
  return event.kind == InputKind::kPadButton || event.kind == InputKind::kPadAxis;
}

class HeldPads {
 public:
  /// Notes a gamepad's event that holds something or lets it go; returns whether its control was held before.
  bool note(const InputEvent& event, bool is_held) {
    const auto it = std::find_if(held_.begin(), held_.end(), [&](const InputEvent& e) { return is_same(e, event); });
    const bool was_held = it != held_.end();
    if (was_held) held_.erase(it);
    if (is_held) held_.push_back(event);
    return was_held;
  }

  /// The newest event of each control that is held.
  [[nodiscard]] const std::vector<InputEvent>& events() const { return held_; }
  void clear() { held_.clear(); }

 private:
  [[nodiscard]] static bool is_same(const InputEvent& a, const InputEvent& b) {
    return a.kind == b.kind && a.pad == b.pad &&
           (a.kind == InputKind::kPadButton ? a.pad_button == b.pad_button : a.pad_axis == b.pad_axis);
  }
  std::vector<InputEvent> held_;
};

}  // namespace atl::input
