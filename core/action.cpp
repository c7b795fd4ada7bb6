#include "core/action.h"

#include "core/error.h"

#include <algorithm>
#include <limits>

namespace atl {
namespace {

void add_press(Action& action, std::size_t index) {
  action.presses[index] = static_cast<std::uint8_t>(std::min(kMaxPresses, action.presses[index] + 1));
}

// Sums that stop at the ends of their range: a damaged recording must not overflow.
std::int32_t add_counts(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(
      std::int64_t{a} + b, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

// Writes down the changes of controls inside a step.
class ControlChanges {
 public:
  ControlChanges(const Action& action, const ControlSet& held_before, const InputEvent& stamp,
                 std::vector<InputEvent>& events)
      : action_(action), down_(held_before), event_(stamp), events_(events) {
    event_.kind = InputKind::kControl;
  }

  void press(std::size_t index) {
    for (int i = 0; i < action_.presses[index]; ++i) {
      if (down_.test(index)) emit(index, false);
      emit(index, true);
    }
    if (!down_.test(index) && action_.held.test(index)) emit(index, true);
  }

  void release(std::size_t index) {
    if (down_.test(index) && !action_.held.test(index)) emit(index, false);
  }

 private:
  void emit(std::size_t index, bool pressed) {
    event_.control = control_at(static_cast<int>(index));
    event_.pressed = pressed;
    events_.push_back(event_);
    down_.set(index, pressed);
  }

  const Action& action_;
  ControlSet down_;
  InputEvent event_;
  std::vector<InputEvent>& events_;
};

}  // namespace

PointerPosition scaled(PointerPosition position, FrameSize from, FrameSize to) {
  ATOLL_CHECK(from.width_px > 0 && from.height_px > 0, "a position in a picture of {}x{} px", from.width_px,
              from.height_px);
  // Where the pixel's centre comes to lie, rounded towards the top left also outside of the picture.
  const auto along = [](std::int64_t place, std::int64_t before, std::int64_t after) {
    const std::int64_t twice = (2 * place + 1) * after;
    return static_cast<std::int32_t>(twice >= 0 ? twice / (2 * before) : -((-twice + 2 * before - 1) / (2 * before)));
  };
  return {along(position.x_px, from.width_px, to.width_px), along(position.y_px, from.height_px, to.height_px)};
}

void hold(Action& action, Control control, const ControlSet& held_before) {
  const auto index = static_cast<std::size_t>(index_of(control));
  if (!held_before.test(index) && !action.held.test(index)) add_press(action, index);
  action.held.set(index);
}

void tap(Action& action, Control control) {
  const auto index = static_cast<std::size_t>(index_of(control));
  add_press(action, index);
  action.held.reset(index);
}

Action summarise(std::span<const InputEvent> events, const ControlSet& held_before) {
  Action action;
  action.held = held_before;
  for (const InputEvent& event : events) {
    switch (event.kind) {
      case InputKind::kControl: {
        const auto index = static_cast<std::size_t>(index_of(event.control));
        if (event.pressed && !action.held.test(index)) add_press(action, index);
        action.held.set(index, event.pressed);
        break;
      }
      case InputKind::kRelativeMotion:
        action.dx = add_counts(action.dx, event.dx);
        action.dy = add_counts(action.dy, event.dy);
        break;
      case InputKind::kAbsoluteMotion: action.pointer = PointerPosition{event.dx, event.dy}; break;
      case InputKind::kWheel: action.wheel = add_counts(action.wheel, event.dy); break;
      case InputKind::kPadButton:
      case InputKind::kPadAxis: break;  // an action has no gamepad
    }
  }
  return action;
}

std::vector<InputEvent> expand(const Action& action, const ControlSet& held_before, Timestamp time, Origin origin) {
  std::vector<InputEvent> events;
  InputEvent event;
  event.time = time;
  event.origin = origin;
  const auto push_motion = [&](InputKind kind, std::int32_t dx, std::int32_t dy) {
    InputEvent motion = event;
    motion.kind = kind;
    motion.dx = dx;
    motion.dy = dy;
    events.push_back(motion);
  };
  if (action.dx != 0 || action.dy != 0) push_motion(InputKind::kRelativeMotion, action.dx, action.dy);
  if (action.pointer) push_motion(InputKind::kAbsoluteMotion, action.pointer->x_px, action.pointer->y_px);
  if (action.wheel != 0) push_motion(InputKind::kWheel, 0, action.wheel);
  const std::span<const ControlInfo, kNumControls> table = control_table();
  ControlChanges changes(action, held_before, event, events);
  for (std::size_t i = 0; i < kNumControls; ++i) {
    if (table[i].is_modifier) changes.press(i);
  }
  for (std::size_t i = 0; i < kNumControls; ++i) {
    if (table[i].is_modifier) continue;
    changes.press(i);
    changes.release(i);
  }
  for (std::size_t i = 0; i < kNumControls; ++i) {
    if (table[i].is_modifier) changes.release(i);
  }
  return events;
}

Action normalise(Action action, const ControlSet& held_before) {
  for (std::size_t i = 0; i < kNumControls; ++i) {
    if (action.held.test(i) && !held_before.test(i) && action.presses[i] == 0) action.presses[i] = 1;
    action.presses[i] = static_cast<std::uint8_t>(std::min<int>(action.presses[i], kMaxPresses));
  }
  return action;
}

Action join(std::span<const Action> steps) {
  ATOLL_CHECK(!steps.empty(), "join of 0 steps, expected at least 1");
  Action joined = steps.back();
  joined.presses.fill(0);
  joined.dx = joined.dy = joined.wheel = 0;
  for (const Action& step : steps) {
    joined.dx = add_counts(joined.dx, step.dx);
    joined.dy = add_counts(joined.dy, step.dy);
    joined.wheel = add_counts(joined.wheel, step.wheel);
    for (std::size_t i = 0; i < kNumControls; ++i) {
      joined.presses[i] = static_cast<std::uint8_t>(std::min(kMaxPresses, joined.presses[i] + step.presses[i]));
    }
    if (step.pointer) joined.pointer = step.pointer;
  }
  return joined;
}

}  // namespace atl
