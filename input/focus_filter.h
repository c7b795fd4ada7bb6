// Lets a person's input through only while the window has the focus, so that what they type elsewhere is never
// recorded; and keeps what is let through whole: every press that is told has its release.
#pragma once

#include "core/controls.h"
#include "core/input_event.h"
#include "input/held_pads.h"

#include <array>
#include <cstdint>
#include <vector>

namespace atl::input {

class FocusFilter {
 public:
  /// Appends the releases of all that is held when the focus is lost.
  void set_focused(bool focused, Timestamp time, std::vector<InputEvent>& out);

  /// Appends `event` if it may be told.
  void apply(const InputEvent& event, std::vector<InputEvent>& out);

 private:
  bool focused_ = false;
  std::array<std::uint8_t, kNumControls>
      held_{};          // presses that were told and not released; two devices may hold a key
  HeldPads held_pads_;  // likewise
  Origin origin_ = Origin::kHuman;
};

}  // namespace atl::input
