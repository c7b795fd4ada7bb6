#include "input/focus_filter.h"

namespace atl::input {

void FocusFilter::set_focused(bool focused, Timestamp time, std::vector<InputEvent>& out) {
  if (focused == focused_) return;
  focused_ = focused;
  if (focused) return;
  for (std::size_t i = 0; i < kNumControls; ++i) {
    if (!held_.test(i)) continue;
    InputEvent release;
    release.time = time;
    release.origin = origin_;
    release.control = control_at(static_cast<int>(i));
    out.push_back(release);
  }
  held_.reset();
}

void FocusFilter::apply(const InputEvent& event, std::vector<InputEvent>& out) {
  if (!focused_) return;
  origin_ = event.origin;
  if (event.kind == InputKind::kControl) {
    const auto index = static_cast<std::size_t>(index_of(event.control));
    if (!event.pressed && !held_.test(index)) return;  // pressed while another window had the focus
    held_.set(index, event.pressed);
  }
  out.push_back(event);
}

}  // namespace atl::input
