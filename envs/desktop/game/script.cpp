#include "envs/desktop/game/script.h"

#include "core/error.h"
#include "envs/desktop/game/script_conditions.h"
#include "input/guard.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <algorithm>
#include <cmath>

namespace atl::envs::desktop {
namespace {

constexpr double kRateHz = 50.0;
constexpr Duration kLook = std::chrono::milliseconds(20);
constexpr Duration kSettle = std::chrono::milliseconds(200);  // from a line of the game to the picture that shows it
constexpr Duration kLead = std::chrono::milliseconds(30);     // for a chunk to reach the guard before it begins

input::GuardSettings settings_of(const ScriptRun& run) {
  input::GuardSettings settings = run.guard;
  settings.action_rate_hz = kRateHz;
  settings.allowed = {};
  settings.allow_pointer = false;
  for (const ScriptStep& step : run.steps) {
    settings.allowed |= controls_named(step.press);
    settings.allow_pointer |= !step.pointer.empty();
  }
  return settings;
}

class Script {
 public:
  Script(const ScriptRun& run, capture::FrameSource& source)
      : run_(run), source_(source), guard_(settings_of(run), run.guard_program), window_(run.guard.window) {}

  Frame run() {
    ScriptConditions now = conditions_of(0, run_.since_start ? LineTail::Start::kBeginning : LineTail::Start::kEnd);
    wait(0, now, 0);
    for (std::size_t i = 0; i < run_.steps.size(); ++i) {
      // Made before the press, so that nothing that it brings about is missed.
      std::optional<ScriptConditions> next;
      if (i + 1 < run_.steps.size()) next.emplace(conditions_of(i + 1, LineTail::Start::kEnd));
      press(run_.steps[i]);
      if (next) wait(i + 1, *next, run_.steps[i].again_s);
    }
    // What a line tells is drawn after it: the picture that came before is of another place.
    ScriptConditions none = conditions_of(run_.steps.size() - 1, LineTail::Start::kEnd);
    for (const Timestamp settled = MonotonicClock::now() + kSettle; MonotonicClock::now() < settled;) look(none);
    return std::move(frame_);
  }

 private:
  [[nodiscard]] ScriptConditions conditions_of(std::size_t index, LineTail::Start lines) const {
    return {run_.steps[index], run_.folders.home, run_.folders.log, lines};
  }

  // Until the conditions of step `index` hold; the step before is pressed again every `again_s`.
  void wait(std::size_t index, ScriptConditions& conditions, double again_s) {
    const Timestamp begin = MonotonicClock::now();
    const Timestamp deadline = begin + from_seconds(run_.steps[index].timeout_s);
    Timestamp again = begin + from_seconds(again_s);
    if (frame_.pixels.empty()) look(conditions);
    for (conditions.see(frame_); !conditions.hold(MonotonicClock::now());) {
      if (MonotonicClock::now() >= deadline)
        fail(ErrorKind::kEnvironment, "{} did not come to its start: step {} waited {} s in vain: {}", run_.world,
             index, run_.steps[index].timeout_s, conditions.missing(MonotonicClock::now()));
      if (again_s > 0 && MonotonicClock::now() >= again) {
        press(run_.steps[index - 1]);
        again = MonotonicClock::now() + from_seconds(again_s);
      }
      look(conditions);
    }
  }

  void look(ScriptConditions& conditions) {
    run_.check_running();
    const capture::FrameStatus status = wait_frame();
    if (status == capture::FrameStatus::kFrame) conditions.see(frame_);
    if (status == capture::FrameStatus::kGone)
      fail(ErrorKind::kEnvironment, "{} closed its window on the way to its start", run_.world);
  }

  // Games open another window on the way to their start: for the screen mode, after a launcher.
  capture::FrameStatus wait_frame() {
    const capture::FrameStatus status = source_.wait_frame(MonotonicClock::now() + kLook, frame_);
    const capture::SourceInfo info = source_.info();
    if (info.num_reopened != num_reopened_ && info.window_id != 0) {
      num_reopened_ = info.num_reopened;
      window_ = info.window_id;
      guard_.retarget(window_);
    }
    return status;
  }

  // A window that was closed just now is waited for by who asks for the guard's state.
  void focus() const {
    if (source_.info().window_id == 0) return;
    try {
      x11::focus_window(connection_, window_);
    } catch (const Error&) {
      connection_.check();
    }
  }

  // A person who touches keys or mouse has them: it is waited until they let go.
  void wait_armed(Timestamp deadline) {
    while (guard_.status().state != input::GuardState::kArmed) {
      if (MonotonicClock::now() >= deadline)
        fail(ErrorKind::kEnvironment, "{} did not come to its start: the guard does not press anything ({}, {})",
             run_.world, to_string(guard_.status().state), guard_.status().reason);
      run_.check_running();
      focus();
      static_cast<void>(wait_frame());
    }
  }

  void press(const ScriptStep& step) {
    if (step.press.empty() && step.pointer.empty()) return;
    focus();
    wait_armed(MonotonicClock::now() + from_seconds(step.timeout_s));
    Action action;
    if (!step.pointer.empty()) action.pointer = PointerPosition{step.pointer[0], step.pointer[1]};
    std::vector<Action> actions;
    if (!step.pointer.empty()) actions.push_back(action);  // it stands there before anything is pressed
    action.held = controls_named(step.press);
    const auto count = std::clamp<std::int64_t>(std::llround(step.hold_s * kRateHz), 1, input::kMaxChunkSteps - 2);
    for (std::int64_t i = 0; i < count && action.held.any(); ++i)
      actions.push_back(normalise(action, i == 0 ? ControlSet{} : action.held));
    actions.emplace_back();
    const Timestamp start = MonotonicClock::now() + kLead;
    const std::size_t num_steps = actions.size();
    guard_.schedule({next_step_, start, std::move(actions)});
    next_step_ += num_steps;
    // Its own time is waited for, so that the guard that comes after this one finds nothing pressed.
    clock_.sleep_until(start + from_seconds(static_cast<double>(num_steps) / kRateHz));
  }

  const ScriptRun& run_;
  capture::FrameSource& source_;
  input::GuardClient guard_;
  std::uint32_t window_;  // the game's
  std::uint64_t num_reopened_ = source_.info().num_reopened;
  const x11::Connection connection_{run_.guard.display};
  SystemClock clock_;
  Frame frame_;
  std::uint64_t next_step_ = 0;
};

}  // namespace

Frame run_script(const ScriptRun& run, capture::FrameSource& source) {
  ATOLL_CHECK(!run.steps.empty(), "a script without steps");
  return Script(run, source).run();
}

}  // namespace atl::envs::desktop
