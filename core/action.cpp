#include "core/action.h"

#include "core/error.h"

#include <algorithm>

namespace atl {
namespace {

void add_press(Action& action, std::size_t index) {
  action.presses[index] = static_cast<std::uint8_t>(std::min(kMaxPresses, action.presses[index] + 1));
}

// The changes of one control inside a step: it starts as `before`, is pressed `presses` times, and ends as `after`.
void expand_control(std::size_t index, bool before, const Action& action, InputEvent event,
                    std::vector<InputEvent>& events) {
  event.kind = InputKind::kControl;
  event.control = control_at(static_cast<int>(index));
  bool down = before;
  const auto emit = [&](bool pressed) {
    event.pressed = pressed;
    events.push_back(event);
    down = pressed;
  };
  for (int i = 0; i < action.presses[index]; ++i) {
    if (down) emit(false);
    emit(true);
  }
  if (down != action.held.test(index)) emit(action.held.test(index));
}

}  // namespace

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
        action.dx += event.dx;
        action.dy += event.dy;
        break;
      case InputKind::kAbsoluteMotion: action.pointer = PointerPosition{event.dx, event.dy}; break;
      case InputKind::kWheel: action.wheel += event.dy; break;
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
  for (const bool modifiers : {true, false}) {
    for (std::size_t i = 0; i < kNumControls; ++i) {
      if (control_table()[i].is_modifier == modifiers) expand_control(i, held_before.test(i), action, event, events);
    }
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
    joined.dx += step.dx;
    joined.dy += step.dy;
    joined.wheel += step.wheel;
    for (std::size_t i = 0; i < kNumControls; ++i) {
      joined.presses[i] = static_cast<std::uint8_t>(std::min(kMaxPresses, joined.presses[i] + step.presses[i]));
    }
    if (step.pointer) joined.pointer = step.pointer;
  }
  return joined;
}

}  // namespace atl
