#include "envs/desktop/any_window/any_window.h"

#include "core/error.h"
#include "core/stop.h"

#include <cstdlib>

namespace atl::envs::desktop {
namespace {

constexpr Duration kLookPeriod = std::chrono::milliseconds(100);  // between looks for the window

bool is_wayland() {
  const char* display = std::getenv("WAYLAND_DISPLAY");
  return display != nullptr && *display != '\0';
}

struct Found {
  capture::WindowQuery query;
  capture::WindowMatch match;
};

Found find_window(const AnyWindowConfig& config) {
  SystemClock clock;
  for (const Timestamp deadline = clock.now() + from_seconds(config.find_timeout_s);;) {
    for (const capture::WindowQuery& query :
         {capture::WindowQuery{.window_class = config.wanted}, capture::WindowQuery{.title = config.wanted}}) {
      if (auto match = capture::find_window(config.display, query)) return {query, *std::move(match)};
    }
    if (clock.now() >= deadline)
      fail(ErrorKind::kEnvironment,
           "no visible window of class or title \"{}\" within {} s; `xprop WM_CLASS` tells the class of one that is "
           "clicked{}",
           config.wanted, config.find_timeout_s,
           is_wayland()
               ? "; on this Wayland desktop only programs of X11 have windows that can be found (a game of SDL: "
                 "SDL_VIDEODRIVER=x11), others are recorded as portal:window"
               : "");
    clock.sleep_until(clock.now() + kLookPeriod);
  }
}

}  // namespace

AnyWindow::AnyWindow(const AnyWindowConfig& config) : config_(config) {
  if (config.wanted.empty()) fail(ErrorKind::kUsage, "window: without a class or title; expected window:xterm");
  const auto [query, match] = find_window(config);
  query_ = query;
  window_ = match.id;
  spec_.frame = {match.geometry.width_px, match.geometry.height_px};
  spec_.frame_rate_hz = 60.0;
  spec_.action_rate_hz = config.action_rate_hz;
  for (const ControlInfo& control : control_table()) spec_.controls.emplace_back(control.name);
  spec_.facts.world = "window:" + config.wanted;
  spec_.facts.action_rate_hz = config.action_rate_hz;
  spec_.facts.cursor = "drawn";
  listen();
}

std::unique_ptr<WatchedWindow> AnyWindow::watch() const {
  WatchedWindowConfig config;
  config.window.display = config_.display;
  config.window.window = window_;
  config.window.cursor = capture::CursorMode::kDrawn;
  config.window.settle = config_.settle;
  config.query = query_;
  config.only_new = true;
  config.reopen_time = config_.reopen_time;
  return std::make_unique<WatchedWindow>(config);
}

std::string AnyWindow::reset(std::uint64_t /*seed*/, const Task& task) {
  // A new source begins with the picture that stands: a window that does not change shows one too.
  source_ = watch();
  if (source_->place().window == 0) {
    Frame frame;
    while (source_->place().window == 0 && !source_->place().is_gone && !stop_requested())
      static_cast<void>(source_->wait_frame(MonotonicClock::now() + kLookPeriod, frame));
    if (source_->place().window == 0)
      fail(ErrorKind::kEnvironment, "{}; open it again and begin anew", source_->words_of_end(config_.wanted));
    window_ = source_->place().window;
    source_ = watch();  // the picture may have come already
  }
  window_ = source_->place().window;
  listen();
  episode_.begin(task.time_limit_s);
  return task.instruction;
}

std::optional<Frame> AnyWindow::observe(Timestamp deadline) {
  Frame frame;
  if (source_->wait_frame(deadline, frame) != capture::FrameStatus::kFrame) return std::nullopt;
  return frame;
}

void AnyWindow::schedule(const TimedChunk& /*chunk*/) {
  fail(ErrorKind::kUsage, "in {} a person plays; what an agent may press is said by a game's profile",
       spec_.facts.world);
}

std::vector<InputEvent> AnyWindow::events() {
  std::vector<InputEvent> events;
  if (input_) input_->poll_events(events);  // of a window that was closed: what was held is released
  if (source_ && source_->place().window != 0 && source_->place() != heard_) {
    window_ = source_->place().window;
    listen();
  }
  return events;
}

// To the present window.
void AnyWindow::listen() {
  heard_ = source_ ? source_->place() : WatchedWindow::Place{.window = window_};
  input_.reset();
  try {
    input_ = input::create_x11_source({.display = config_.display, .window = window_, .gamepads = config_.gamepads});
  } catch (const Error&) {
    // Closed just now, which its pictures tell; or the display is lost, which they tell too.
    if (!source_) throw;
  }
}

PictureHealth AnyWindow::picture() { return source_ ? source_->picture() : PictureHealth{}; }

std::vector<LiveLoss> AnyWindow::take_losses() {
  std::vector<LiveLoss> losses = source_ ? source_->take_losses() : std::vector<LiveLoss>{};
  if (!input_) return losses;
  for (const input::InputLoss& loss : input_->take_losses())
    losses.push_back({loss.time, "input", "the system dropped a person's input that came too fast: " + loss.device});
  return losses;
}

Outcome AnyWindow::outcome() {
  if (source_ && source_->place().is_gone) return episode_.outcome(source_->words_of_end(config_.wanted));
  return episode_.outcome(std::nullopt);
}

}  // namespace atl::envs::desktop
