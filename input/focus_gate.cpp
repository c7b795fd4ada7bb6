#include "input/focus_gate.h"

namespace atl::input {

std::vector<InputEvent> FocusGate::pass(const std::vector<InputEvent>& events) {
  const bool has_focus = has_focus_();
  const bool had_focus = std::exchange(had_focus_, has_focus);
  const Timestamp now = MonotonicClock::now();
  std::vector<InputEvent> told;
  if (has_focus && had_focus) filter_.set_focused(true, now, told);
  for (const InputEvent& event : events) {
    if (event.origin != Origin::kHuman) {
      told.push_back(event);
    } else if (has_focus && had_focus) {
      filter_.apply(event, told);
    }
  }
  if (!has_focus) filter_.set_focused(false, now, told);
  return told;
}

}  // namespace atl::input
