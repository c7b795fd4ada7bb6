#include "input/focus_filter.h"

#include <algorithm>

namespace atl::input {

void FocusFilter::set_focused(bool focused, Timestamp time, std::vector<InputEvent>& out) {
  if (focused == focused_) return;
  focused_ = focused;
  if (focused) return;
  for (std::size_t i = 0; i < kNumControls; ++i) {
    if (held_[i] == 0) continue;
    InputEvent release;
    release.time = time;
    release.origin = origin_;
    release.control = control_at(static_cast<int>(i));
    out.push_back(release);
  }
  held_ = {};
}

void FocusFilter::apply(const InputEvent& event, std::vector<InputEvent>& out) {
  if (!focused_) return;
  origin_ = event.origin;
  if (event.kind == InputKind::kControl) {
    std::uint8_t& held = held_[static_cast<std::size_t>(index_of(event.control))];
    if (!event.pressed && held == 0) return;  // pressed while another window had the focus
    held = static_cast<std::uint8_t>(event.pressed ? std::min(held + 1, 255) : held - 1);
  }
  out.push_back(event);
}

}  // namespace atl::input
