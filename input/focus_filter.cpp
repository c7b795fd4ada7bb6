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
  for (InputEvent event : held_pads_.events()) {
    event.time = time;
    event.pressed = false;
    event.dx = 0;
    out.push_back(event);
  }
  held_pads_.clear();
}

void FocusFilter::apply(const InputEvent& event, std::vector<InputEvent>& out) {
  if (!focused_) return;
  origin_ = event.origin;
  if (event.kind == InputKind::kControl) {
    std::uint8_t& held = held_[static_cast<std::size_t>(index_of(event.control))];
    if (!event.pressed && held == 0) return;  // pressed while another window had the focus
    held = static_cast<std::uint8_t>(event.pressed ? std::min(held + 1, 255) : held - 1);
  }
  if (is_of_pad(event)) {
    const bool is_held = event.kind == InputKind::kPadButton ? event.pressed : event.dx != 0;
    if (!held_pads_.note(event, is_held) && !is_held) return;
  }
  out.push_back(event);
}

}  // namespace atl::input
