// `Action`: one step of the action clock, and the way between it and input events.
//
// A step says what is held at its end, how often each control was pressed inside it (so that a tap or a double click
// shorter than a step survives), and summed mouse motion. Whoever carries a step out does so in one fixed order:
// motion, modifiers down, presses and releases of all else, modifiers up. So Shift+A tapped inside one step stays so.
#pragma once

#include "core/controls.h"
#include "core/frame.h"
#include "core/input_event.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace atl {

inline constexpr int kMaxPresses = 3;
/// Actions in one chunk, the answer of a policy to one question (SIMA, arXiv 2404.10179, section 3.3).
inline constexpr int kChunkActions = 8;

struct PointerPosition {
  std::int32_t x_px = 0;  // from the left of the window's client area
  std::int32_t y_px = 0;  // from its top
  friend bool operator==(const PointerPosition&, const PointerPosition&) = default;
};

/// The pixel of a picture of size `to` that shows what `position` shows in one of size `from`, both of one scene.
[[nodiscard]] PointerPosition scaled(PointerPosition position, FrameSize from, FrameSize to);

struct Action {
  ControlSet held;                                   // down at the end of the step
  std::array<std::uint8_t, kNumControls> presses{};  // up-to-down changes inside the step, 0..kMaxPresses
  std::int32_t dx = 0;                               // summed counts, right positive
  std::int32_t dy = 0;                               // summed counts, down positive
  std::int32_t wheel = 0;                            // summed detents, away from the user positive
  std::optional<PointerPosition> pointer;            // where the pointer stands at the end, for pages and menus

  [[nodiscard]] bool is_held(Control c) const { return held.test(static_cast<std::size_t>(index_of(c))); }
  [[nodiscard]] int num_presses(Control c) const { return presses[static_cast<std::size_t>(index_of(c))]; }
  friend bool operator==(const Action&, const Action&) = default;
};

/// Consecutive actions with the time the first of them begins; each takes one period of the action clock. A newer chunk
/// replaces what is left of an older one from its `first_step` on.
struct TimedChunk {
  std::uint64_t first_step = 0;  // on the episode's action clock
  Timestamp start;               // when first_step begins
  std::vector<Action> actions;
};

/// Presses `control` in this step and keeps it held at its end; a control that was held already gains no press.
void hold(Action& action, Control control, const ControlSet& held_before);

/// Presses and releases `control` inside the step. With `held_before` the press needs a release first, which is
/// implied.
void tap(Action& action, Control control);

/// Sums the events of one step into an action. `held_before`: what was held when the step began. More than kMaxPresses
/// presses of one control are cut to kMaxPresses.
[[nodiscard]] Action summarise(std::span<const InputEvent> events, const ControlSet& held_before);

/// The events that carry out `action`, in the fixed order, all stamped `time`. Applying `summarise` to them gives
/// `action` back for every action that `normalise` leaves unchanged.
[[nodiscard]] std::vector<InputEvent> expand(const Action& action, const ControlSet& held_before, Timestamp time,
                                             Origin origin);

/// Makes an action physically possible after `held_before`: a control held now and not before has at least one press.
[[nodiscard]] Action normalise(Action action, const ControlSet& held_before);

/// Joins consecutive steps into one longer step: motion summed, presses added, held state of the last.
[[nodiscard]] Action join(std::span<const Action> steps);

}  // namespace atl
