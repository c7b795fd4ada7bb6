// One thing that a keyboard, mouse or gamepad said, with when and by whom.
#pragma once

#include "core/clock.h"
#include "core/controls.h"
#include "core/gamepad.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace atl {

enum class InputKind : std::uint8_t {
  kControl = 0,         // a key or button went down or up
  kRelativeMotion = 1,  // the mouse moved by unaccelerated counts
  kAbsoluteMotion = 2,  // the pointer stands at px of the window's client area, from its top left
  kWheel = 3,           // wheel detents, positive away from the user
  kPadButton = 4,       // a gamepad's button went down or up
  kPadAxis = 5,         // a gamepad's stick, trigger or hat stands at a value
};

/// Who caused an input. Policies are trained on human and expert input; agent input is recorded beside it.
enum class Origin : std::uint8_t { kHuman = 0, kAgent = 1, kExpert = 2 };

[[nodiscard]] std::string_view to_string(Origin origin);
/// The origin called `name`, or nothing.
[[nodiscard]] std::optional<Origin> find_origin(std::string_view name);

/// Which fields count depends on `kind`: kControl uses control and pressed; kRelativeMotion dx and dy (counts);
/// kAbsoluteMotion x and y in dx and dy (px); kWheel dy (detents); kPadButton pad, pad_button and pressed; kPadAxis
/// pad, pad_axis and its value in dx (core/gamepad.h). Gamepads are recorded and emulated; an Action has none.
struct InputEvent {
  Timestamp time;
  InputKind kind = InputKind::kControl;
  Origin origin = Origin::kHuman;
  Control control{};
  bool pressed = false;
  std::int32_t dx = 0;
  std::int32_t dy = 0;
  std::uint8_t pad = 0;  // which gamepad: 0 is the first
  PadButton pad_button{};
  PadAxis pad_axis{};
  friend bool operator==(const InputEvent&, const InputEvent&) = default;
};

}  // namespace atl
