#include "input/guard_types.h"

#include "core/error.h"

namespace atl::input {
namespace {

// Whether keys of this set together are commands to the kernel itself.
bool reaches_console(const ControlSet& allowed) {
  const auto has = [&](std::string_view name) {
    return allowed.test(static_cast<std::size_t>(index_of(control_named(name))));
  };
  if (!has("left_alt") && !has("right_alt")) return false;
  if (has("delete") && (has("left_ctrl") || has("right_ctrl"))) return true;
  for (int i = 1; i <= 12; ++i) {
    if (has(fmt::format("f{}", i))) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> problems_of(const GuardSettings& settings) {
  std::vector<std::string> problems;
  const auto require_positive = [&](std::string_view name, double value) {
    if (!(value > 0.0)) problems.push_back(fmt::format("{} is {}, expected > 0", name, value));
  };
  require_positive("action_rate_hz", settings.action_rate_hz);
  require_positive("max_events_per_s", settings.max_events_per_s);
  require_positive("max_chunks_per_s", settings.max_chunks_per_s);
  if (settings.max_counts_per_step < 0) {
    problems.push_back(fmt::format("max_counts_per_step is {}, expected >= 0", settings.max_counts_per_step));
  }
  if (settings.max_wheel_per_step < 0) {
    problems.push_back(fmt::format("max_wheel_per_step is {}, expected >= 0", settings.max_wheel_per_step));
  }
  if (settings.human_idle < Duration::zero()) {
    problems.push_back(fmt::format("human_idle is {} s, expected >= 0", to_seconds(settings.human_idle)));
  }
  const bool uinput = settings.sink == GuardSink::kUinput;
  if (uinput && settings.require_focus) {
    problems.push_back(
        "require_focus with the sink uinput: the kernel's devices know no focus; set require_focus = false and see to "
        "it yourself that the game has the keyboard, or use the sink x11");
  }
  if (uinput && settings.allow_pointer && settings.area.screen_width_px == 0) {
    problems.push_back("allow_pointer with the sink uinput: give the size of the screen (area)");
  }
  if (uinput && reaches_console(settings.allowed)) {
    problems.push_back(
        "allowed holds alt with F1 to F12, or ctrl, alt and delete: through the kernel's devices these switch consoles "
        "and restart the machine; take alt away");
  }
  if (!uinput && settings.require_focus && settings.window == 0) {
    problems.push_back("require_focus without a window: give the game's window, or set require_focus = false");
  }
  if (settings.allowed.test(static_cast<std::size_t>(index_of(settings.kill_key)))) {
    problems.push_back(fmt::format("the kill key {} is allowed to the agent: take one of the two away",
                                   info_of(settings.kill_key).name));
  }
  return problems;
}

std::string_view to_string(GuardState state) {
  switch (state) {
    case GuardState::kArmed: return "armed";
    case GuardState::kUnfocused: return "unfocused";
    case GuardState::kHuman: return "human";
    case GuardState::kKilled: return "killed";
    case GuardState::kWindowGone: return "window gone";
    case GuardState::kLost: return "lost";
  }
  return "unknown";
}

std::string_view to_string(StepResult result) {
  switch (result) {
    case StepResult::kDone: return "done";
    case StepResult::kLate: return "late";
    case StepResult::kMissed: return "missed";
    case StepResult::kRefused: return "refused";
  }
  return "unknown";
}

}  // namespace atl::input
