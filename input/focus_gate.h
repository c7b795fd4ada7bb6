// Keeps to itself what a person types elsewhere, where devices tell of everything that is typed and nobody of where it
// went: the kernel's, heard beside a window of a display. One thread.
#pragma once

#include "input/focus_filter.h"

#include <functional>
#include <utility>
#include <vector>

namespace atl::input {

class FocusGate {
 public:
  /// `has_focus` asks the display whether what is typed at this moment goes to the window.
  explicit FocusGate(std::function<bool()> has_focus) : has_focus_(std::move(has_focus)) {}

  /// What may be told of the events since the last call. A person's are told only if the window had the focus at the
  /// last call and has it now: of the time between nothing is known, so it is asked often. Held keys are released when
  /// it is lost; an agent's events are told always.
  [[nodiscard]] std::vector<InputEvent> pass(const std::vector<InputEvent>& events);

 private:
  const std::function<bool()> has_focus_;
  FocusFilter filter_;
  bool had_focus_ = false;
};

}  // namespace atl::input
