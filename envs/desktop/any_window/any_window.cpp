#include "envs/desktop/any_window/any_window.h"

#include "capture/window_search.h"
#include "capture/x11_window.h"
#include "core/error.h"

namespace atl::envs::desktop {
namespace {

constexpr Duration kLookPeriod = std::chrono::milliseconds(100);  // between looks for the window

Duration seconds(double s) { return Duration(static_cast<std::int64_t>(s * 1e9)); }

capture::WindowMatch find_window(const AnyWindowConfig& config) {
  SystemClock clock;
  for (const Timestamp deadline = clock.now() + seconds(config.find_timeout_s);;) {
    if (auto match = capture::find_window(config.display, {.window_class = config.wanted})) return *std::move(match);
    if (auto match = capture::find_window(config.display, {.title = config.wanted})) return *std::move(match);
    if (clock.now() >= deadline)
      fail(ErrorKind::kEnvironment,
           "no visible window of class or title \"{}\" within {} s; `xprop WM_CLASS` tells the class of one that is "
           "clicked",
           config.wanted, config.find_timeout_s);
    clock.sleep_until(clock.now() + kLookPeriod);
  }
}

}  // namespace

AnyWindow::AnyWindow(const AnyWindowConfig& config) : config_(config) {
  if (config.wanted.empty()) fail(ErrorKind::kUsage, "window: without a class or title; expected window:xterm");
  const capture::WindowMatch match = find_window(config);
  window_ = match.id;
  spec_.frame = {match.geometry.width_px, match.geometry.height_px};
  spec_.frame_rate_hz = 60.0;
  spec_.action_rate_hz = config.action_rate_hz;
  for (const ControlInfo& control : control_table()) spec_.controls.emplace_back(control.name);
  spec_.facts.world = "window:" + config.wanted;
  spec_.facts.action_rate_hz = config.action_rate_hz;
  spec_.facts.cursor = "drawn";
  input_ = input::create_x11_source({.display = config.display, .window = window_});
}

std::string AnyWindow::reset(std::uint64_t /*seed*/, const Task& task) {
  // A new source begins with the picture that stands: a window that does not change shows one too.
  source_ = capture::create_x11_window_source(
      {.display = config_.display, .window = window_, .cursor = capture::CursorMode::kDrawn});
  if (!source_) fail(ErrorKind::kEnvironment, "the window \"{}\" was closed", config_.wanted);
  const std::lock_guard lock(mutex_);
  window_gone_ = false;
  time_limit_s_ = task.time_limit_s;
  deadline_.reset();
  if (time_limit_s_ > 0.0) deadline_ = MonotonicClock::now() + seconds(time_limit_s_);
  return task.instruction;
}

std::optional<Frame> AnyWindow::observe(Timestamp deadline) {
  Frame frame;
  const capture::FrameStatus status = source_->wait_frame(deadline, frame);
  if (status == capture::FrameStatus::kFrame) return frame;
  const std::lock_guard lock(mutex_);
  window_gone_ |= status == capture::FrameStatus::kGone;
  return std::nullopt;
}

void AnyWindow::schedule(const TimedChunk& /*chunk*/) {
  fail(ErrorKind::kUsage, "in {} a person plays; what an agent may press is said by a game's profile",
       spec_.facts.world);
}

std::vector<InputEvent> AnyWindow::events() {
  std::vector<InputEvent> events;
  input_->poll_events(events);
  return events;
}

Outcome AnyWindow::outcome() {
  const std::lock_guard lock(mutex_);
  Outcome outcome;
  if (window_gone_) {
    outcome.truncated = true;
    outcome.verdict = Verdict::kAborted;
    outcome.reason = "the window was closed";
  } else if (deadline_ && MonotonicClock::now() >= *deadline_) {
    outcome.truncated = true;
    outcome.verdict = Verdict::kTimeout;
    outcome.reason = fmt::format("the time of {} s is up", time_limit_s_);
  }
  return outcome;
}

}  // namespace atl::envs::desktop
