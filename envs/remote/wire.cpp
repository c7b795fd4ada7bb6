#include "envs/remote/wire.h"

#include "core/error.h"

#include <array>

namespace atl::envs {
namespace {
constexpr double kMostSnapshotBytes = 1 << 20;
}

void describe(ConfigVisitor& v, Outcome& outcome) {
  v.field("terminated", &outcome.terminated);
  v.field("truncated", &outcome.truncated);
  v.field("reward", &outcome.reward);
  // The verdict by its word, so that the order of the enum is no part of the protocol.
  std::string verdict(to_string(outcome.verdict));
  v.field("verdict", &verdict);
  const std::optional<Verdict> found = find_verdict(verdict);
  if (!found) fail(ErrorKind::kFormat, "verdict is \"{}\", expected \"running\", \"success\", ...", verdict);
  outcome.verdict = *found;
  v.field("reason", &outcome.reason);
  v.field("object", &outcome.object);
}

// num_players is not told: behind a server a world is one for one player.
void describe(ConfigVisitor& v, EnvironmentSpec& spec) {
  v.field("frame_width_px", &spec.frame.width_px, {.min = 1, .max = 4096});
  v.field("frame_height_px", &spec.frame.height_px, {.min = 1, .max = 4096});
  v.field("action_rate_hz", &spec.action_rate_hz, {.min = 0.001, .max = 1e6});
  v.field("snapshot_bytes", &spec.snapshot_bytes, {.min = 0, .max = kMostSnapshotBytes});
  v.field("controls", &spec.controls);
  v.field("tasks", &spec.tasks);
  v.field("unseen_tasks", &spec.unseen_tasks);
  v.field("phrases", &spec.phrases);
  v.table("facts", spec.facts);
}

namespace remote {

void describe(ConfigVisitor& v, WireAction& action) {
  v.field("held", &action.held, {.min = 0, .max = kNumControls - 1});
  v.field("presses", &action.presses, {.min = 0, .max = kNumControls - 1});
  v.field("dx", &action.dx);
  v.field("dy", &action.dy);
  v.field("wheel", &action.wheel);
  v.field("pointer", &action.pointer);
}

WireAction to_wire(const Action& action) {
  WireAction wire{.dx = action.dx, .dy = action.dy, .wheel = action.wheel};
  for (int i = 0; i < kNumControls; ++i) {
    const Control control = control_at(i);
    if (action.is_held(control)) wire.held.push_back(i);
    if (action.num_presses(control) > 0) {
      wire.presses.push_back(i);
      wire.presses.push_back(action.num_presses(control));
    }
  }
  if (action.pointer) wire.pointer = {action.pointer->x_px, action.pointer->y_px};
  return wire;
}

Action from_wire(const WireAction& wire) {
  Action action;
  action.dx = wire.dx;
  action.dy = wire.dy;
  action.wheel = wire.wheel;
  for (const int index : wire.held) {
    const auto i = static_cast<std::size_t>(index);
    if (action.held.test(i)) fail(ErrorKind::kFormat, "held names control {} twice", index);
    action.held.set(i);
  }
  if (wire.presses.size() % 2 != 0)
    fail(ErrorKind::kFormat, "presses has {} numbers, expected control and count by turns", wire.presses.size());
  for (std::size_t i = 0; i < wire.presses.size(); i += 2) {
    std::uint8_t& presses = action.presses[static_cast<std::size_t>(wire.presses[i])];
    if (presses != 0) fail(ErrorKind::kFormat, "presses names control {} twice", wire.presses[i]);
    if (wire.presses[i + 1] < 1 || wire.presses[i + 1] > kMaxPresses)
      fail(ErrorKind::kFormat, "presses has {} presses of control {}, expected 1 to {}", wire.presses[i + 1],
           wire.presses[i], kMaxPresses);
    presses = static_cast<std::uint8_t>(wire.presses[i + 1]);
  }
  if (wire.pointer.size() != 0 && wire.pointer.size() != 2)
    fail(ErrorKind::kFormat, "pointer has {} numbers, expected x and y or none", wire.pointer.size());
  if (wire.pointer.size() == 2) action.pointer = PointerPosition{wire.pointer[0], wire.pointer[1]};
  return action;
}

void describe(ConfigVisitor& v, ResetBody& body) {
  v.field("seed", &body.seed);
  v.table("task", body.task);
}

void describe(ConfigVisitor& v, ObsBody& body) {
  v.field("instruction", &body.instruction);
  v.table("outcome", body.outcome);
  v.list("task", body.task);
}

}  // namespace remote
}  // namespace atl::envs
