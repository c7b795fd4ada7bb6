#include "envs/desktop/game/game_run.h"

#include "core/error.h"
#include "envs/desktop/game/script.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <algorithm>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr Duration kLookPeriod = std::chrono::milliseconds(50);  // between looks whether a starting program still runs
constexpr Duration kRearmTime = std::chrono::seconds(2);         // for the guard to take control back
constexpr Duration kRearmLook = std::chrono::milliseconds(1);

ProcessConfig process_of(const GameProfile& profile, const LiveGameConfig& game, const RunFolders& folders,
                         Placeholders& placeholders, const std::string& display, std::size_t place) {
  ProcessConfig config;
  for (const std::string& part : profile.program.command) config.command.push_back(placeholders.fill(part));
  if (!profile.reset.starts.empty()) {
    for (const std::string& part : profile.reset.starts.at(place).arguments)
      config.command.push_back(placeholders.fill(part));
  }
  config.command.insert(config.command.end(), game.arguments.begin(), game.arguments.end());
  config.search = profile.program.search;
  config.environment = {"HOME=" + folders.home.string()};
  for (const std::string& part : profile.program.environment) config.environment.push_back(placeholders.fill(part));
  config.environment.push_back("DISPLAY=" + display);
  config.working_folder = folders.home / profile.program.folder;
  config.log = folders.log;
  config.pipes = profile.program.talks;
  if (!profile.program.talks) config.keeper = program_folder() / "atoll_keeper";
  config.max_file_bytes = static_cast<std::uint64_t>(profile.program.max_file_mb) << 20;
  return config;
}

input::GuardSettings guard_settings(const GameProfile& profile, const LiveGameConfig& config,
                                    const GameDisplay& display) {
  input::GuardSettings settings;
  settings.display = display.name();
  settings.action_rate_hz = action_rate_of(profile, config);
  settings.allowed = controls_named(profile.game.controls);
  settings.allow_pointer = profile.game.cursor != "hidden";
  settings.human_idle = config.human_idle;
  settings.origin = config.origin;
  settings.sink = config.sink;
  settings.require_focus = config.sink == input::GuardSink::kX11;  // the other one cannot know it
  settings.key_repeat = profile.game.key_repeat;
  settings.gamepads = !display.is_virtual();  // a gamepad on the desk is for what is on the desk's screen
  settings.show_control = config.show_control && !config.for_person && !display.is_virtual();
  return settings;
}

// Of the window, as kernel devices have to know it: they know screens only.
input::PointerArea area_on_screen(const x11::Connection& connection, std::uint32_t window) {
  const auto screen = x11::client_area(connection, connection.root());
  const auto area = x11::client_area(connection, window);
  if (!screen || !area) fail(ErrorKind::kEnvironment, "the game's window was closed before it could be played");
  return {screen->width_px, screen->height_px, area->x_px, area->y_px};
}

}  // namespace

GameRun::GameRun(const GameProfile& profile, const LiveGameConfig& config, const GameDisplay& display,
                 std::size_t place)
    : profile_(profile),
      display_(display.name()),
      begin_time_s_(config.begin_time_s),
      reopen_time_(profile.program.talks || config.sink == input::GuardSink::kUinput ? Duration::zero()
                                                                                     : config.reopen_time),
      settle_(config.settle > Duration::zero() ? config.settle : from_seconds(profile.window.settle_ms / 1e3)),
      guard_settings_(guard_settings(profile, config, display)),
      guard_program_(config.guard),
      placeholders_(profile, home_.path()),
      folders_{home_.path(), home_.path() / "game.log", profile.folder} {
  allow(profile.program.start_timeout_s);
  write_profile_files(profile_, home_.path(), placeholders_);
  std::filesystem::create_directories(home_.path() / profile_.program.folder);
  process_ = std::make_unique<ChildProcess>(process_of(profile_, config, folders_, placeholders_, display_, place));
  if (profile_.program.talks) events_.emplace(process_->stdout_fd());
  do {
    open_window();
  } while (!watch_window() || !wait_picture());
  focus();
  run_steps(profile_.start, true);
  if (profile_.reset.how == "request") scenes_.emplace(profile_.reset, home_.path());
  start_guard();
}

GameRun::~GameRun() = default;

void GameRun::aim_guard() {
  guard_settings_.window = wait_window();
  if (guard_settings_.sink != input::GuardSink::kUinput) return;
  if (!desk_) {
    desk_ = std::make_unique<x11::Connection>(display_);
    gate_.emplace([this, display = std::make_shared<x11::Connection>(display_)] {
      const std::uint32_t window = source_->place().window;
      return window != 0 && x11::has_focus(*display, window);
    });
  }
  guard_settings_.area = area_on_screen(*desk_, guard_settings_.window);
}

void GameRun::start_guard() {
  guard_.reset();
  while (!guard_) {
    aim_guard();
    try {
      guard_ = std::make_unique<input::GuardClient>(guard_settings_, guard_program_);
    } catch (const Error&) {
      // Closed just now: some programs open another one on the way to their start.
      if (has_window() || MonotonicClock::now() >= deadline_) throw;
      Frame frame;
      static_cast<void>(source_->wait_frame(MonotonicClock::now(), frame));
    }
  }
  followed_ = source_->place();
  told_losses_ = {};
}

// The present one; some programs close one and open another on the way to their start.
std::uint32_t GameRun::wait_window() {
  while (source_->place().window == 0) {
    check_running("while its window was closed");
    if (source_->place().is_gone || MonotonicClock::now() >= deadline_) give_up("kept no window open");
    Frame frame;
    if (source_->wait_frame(MonotonicClock::now() + kLookPeriod, frame) == capture::FrameStatus::kFrame)
      seen_ = std::move(frame);
  }
  return source_->place().window;
}

capture::FrameStatus GameRun::look(Timestamp deadline, Frame& frame) {
  const capture::FrameStatus status = source_->wait_frame(deadline, frame);
  follow_window();
  if (desk_ && guard_) watch_focus();
  return status;
}

// In place of the guard's own rule, which asks in the same moment as it presses; here a chunk's end bounds the harm.
void GameRun::watch_focus() {
  const bool had = has_focus_.exchange(x11::has_focus(*desk_, source_->place().window));
  if (had && !has_focus_) guard_->stop();
}

std::vector<InputEvent> GameRun::take_events() {
  std::vector<InputEvent> events = guard_->events();
  return gate_ ? gate_->pass(events) : events;
}

bool GameRun::takes_input() const { return source_->place().window != 0 && has_focus_; }

bool GameRun::has_window() const {
  const std::uint32_t window = source_->place().window;
  return window != 0 && x11::client_area(x11::Connection(display_), window);
}

void GameRun::follow_window() {
  const WatchedWindow::Place place = source_->place();
  if (guard_ == nullptr || place == followed_) return;
  followed_ = place;
  if (place.window == 0) return guard_->stop();  // a guard of kernel devices sees no window close
  guard_->retarget(place.window);
  if (x11::is_focus_free(x11::Connection(display_))) focus();
}

std::vector<LiveLoss> GameRun::take_input_losses() {
  const input::GuardCounts counts = guard_->status().counts;
  const input::GuardCounts told = std::exchange(told_losses_, counts);
  std::vector<LiveLoss> losses;
  const auto tell = [&](std::uint64_t count, std::uint64_t before, const char* reason) {
    if (count > before) losses.push_back({MonotonicClock::now(), "input", reason, count - before});
  };
  tell(counts.input_losses, told.input_losses, "the system dropped a person's input that came too fast");
  tell(counts.reports_lost, told.reports_lost, "the session was too slow to take what the guard told");
  return losses;
}

void GameRun::run_steps(std::span<const ScriptStep> steps, bool since_start) {
  if (steps.empty()) return;
  guard_.reset();  // two at one display would take each other for a person
  aim_guard();
  seen_ = run_script({.steps = steps,
                      .world = profile_.name,
                      .guard = guard_settings_,
                      .guard_program = guard_program_,
                      .folders = folders_,
                      .since_start = since_start,
                      .check_running = [this] { check_running("on the way to its start"); }},
                     *source_);
  if (seen_->pixels.empty()) seen_.reset();
}

void GameRun::begin_scene(std::uint64_t seed, const GameTask& task, bool is_fresh) {
  if (profile_.reset.how == "keys" && !is_fresh) {
    run_steps(profile_.reset.steps, false);
    start_guard();
    focus();
  }
  if (!scenes_) return;
  Frame frame;
  scene_answer_ = scenes_->ask(
      {.seed = seed, .task = task.task.family, .target = task.target, .scene = task.scene, .count = task.count}, [&] {
        check_running("before it began an episode");
        const Timestamp look = MonotonicClock::now() + std::chrono::milliseconds(10);
        if (this->look(look, frame) == capture::FrameStatus::kFrame) seen_ = frame;
      });
}

void GameRun::focus() const {
  const x11::Connection connection(display_);
  try {
    x11::focus_window(connection, source_->place().window);
  } catch (const Error&) {
    if (has_window()) throw;  // else it was closed just now, which its pictures tell
  }
}

void GameRun::take_back() {
  guard_->stop();
  if (guard_->status().state == input::GuardState::kKilled) {
    guard_->rearm();
    // Chunks are refused until it has read this.
    SystemClock clock;
    for (const Timestamp deadline = clock.now() + kRearmTime; guard_->status().state == input::GuardState::kKilled;) {
      if (clock.now() >= deadline)
        fail(ErrorKind::kEnvironment, "the guard of {} did not take control back within {} s", profile_.name,
             to_seconds(kRearmTime));
      clock.sleep_until(clock.now() + kRearmLook);
    }
  }
  focus();
}

void GameRun::open_window() {
  if (!events_) return find_window();
  const WindowEvent event = wait_event("its window");
  const auto* opened = std::get_if<OpenedEvent>(&event);
  if (opened == nullptr) give_up("did not say that its window is open");
  window_ = opened->window;
  area_ = opened->area;
}

capture::WindowQuery GameRun::query() const {
  return {.pid = process_->pid(), .window_class = profile_.window.window_class, .title = profile_.window.title};
}

void GameRun::find_window() {
  for (;;) {
    const Timestamp look = std::min(deadline_, MonotonicClock::now() + kLookPeriod);
    if (const auto match = capture::wait_window(display_, query(), look)) {
      window_ = match->id;
      return;
    }
    check_running("before its window appeared");
    if (MonotonicClock::now() >= deadline_) give_up("showed no window (" + capture::to_string(query()) + ")");
  }
}

// False if the window was closed before it could be watched: some programs open another one then.
bool GameRun::watch_window() {
  WatchedWindowConfig config;
  config.window.display = display_;
  config.window.window = window_;
  config.window.area = area_;
  if (profile_.game.cursor == "drawn") config.window.cursor = capture::CursorMode::kDrawn;
  config.window.settle = settle_;
  config.query = query();
  config.reopen_time = reopen_time_;
  source_ = std::make_unique<WatchedWindow>(config);
  if (!source_->place().is_gone) return true;
  check_running("before it drew");
  if (events_ || MonotonicClock::now() >= deadline_) give_up("kept no window open");
  return false;
}

// False if the window was closed: some programs open another one then. Programs that talk draw when they are told to.
bool GameRun::wait_picture() {
  Frame frame;
  while (MonotonicClock::now() < deadline_) {
    const capture::FrameStatus status =
        source_->wait_frame(std::min(deadline_, MonotonicClock::now() + kLookPeriod), frame);
    if (status == capture::FrameStatus::kFrame && (events_ || !capture::is_blank(frame.view()))) {
      if (!events_) seen_ = std::move(frame);
      return true;
    }
    if (status == capture::FrameStatus::kGone && !events_) return false;
    check_running("before it drew");
  }
  give_up("drew nothing");
}

ReadyEvent GameRun::begin_episode(const ResetCommand& command) {
  allow(begin_time_s_);
  if (!process_->write_line(to_line(WindowCommand(command)))) {
    check_running("before it was told to begin");
    fail(ErrorKind::kEnvironment, "{} takes no commands any more", profile_.name);
  }
  for (;;) {
    WindowEvent event = wait_event("the start of an episode");
    if (auto* ready = std::get_if<ReadyEvent>(&event)) return std::move(*ready);
    if (const auto* error = std::get_if<ErrorEvent>(&event))
      fail(ErrorKind::kEnvironment, "{} cannot begin: {}", profile_.name, error->message);
    // A verdict on the episode before this one may still be under way.
  }
}

std::optional<VerdictEvent> GameRun::poll_verdict() {
  while (const std::optional<WindowEvent> event = poll_event()) {
    if (const auto* verdict = std::get_if<VerdictEvent>(&*event)) return *verdict;
  }
  return std::nullopt;
}

std::optional<Wish> GameRun::wait_wish(Timestamp deadline) {
  for (;;) {
    while (const std::optional<WindowEvent> event = poll_event()) {
      const auto* wish = std::get_if<WishEvent>(&*event);
      if (wish == nullptr) continue;
      if (wish->task) return Wish{WishKind::kHere, *wish->task};
      return Wish{wish->again ? WishKind::kAgain : WishKind::kNext};
    }
    if (process_->poll_exit()) return Wish{WishKind::kEnough};
    if (MonotonicClock::now() >= deadline) return std::nullopt;
    events_->wait_until(std::min(deadline, MonotonicClock::now() + kLookPeriod));
  }
}

// The next event but for the keys, which are kept.
std::optional<WindowEvent> GameRun::poll_event() {
  while (const std::optional<std::string> line = events_->poll_line()) {
    WindowEvent event = parse_event(*line);
    const auto* keys = std::get_if<KeysEvent>(&event);
    if (keys == nullptr) return event;
    keys_ = keys->keys;
  }
  return std::nullopt;
}

WindowEvent GameRun::wait_event(std::string_view waiting_for) {
  while (MonotonicClock::now() < deadline_) {
    if (std::optional<WindowEvent> event = poll_event()) return *std::move(event);
    events_->wait_until(std::min(deadline_, MonotonicClock::now() + kLookPeriod));
    check_running(fmt::format("before {}", waiting_for));
  }
  give_up(fmt::format("did not report {}", waiting_for));
}

void GameRun::check_running(std::string_view when) {
  if (const auto status = process_->poll_exit())
    fail(ErrorKind::kEnvironment, "{} ended {}: {}; it said:\n{}", profile_.name, when, to_string(*status),
         process_->log_tail());
}

void GameRun::allow(double seconds) {
  allowed_s_ = seconds;
  deadline_ = MonotonicClock::now() + from_seconds(seconds);
}

void GameRun::give_up(const std::string& what) {
  fail(ErrorKind::kEnvironment, "{} {} within {} s; it said:\n{}", profile_.name, what, allowed_s_,
       process_->log_tail());
}

}  // namespace atl::envs::desktop
