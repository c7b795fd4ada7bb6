#include "envs/desktop/game/game_run.h"

#include "capture/window_search.h"
#include "capture/x11_window.h"
#include "core/error.h"
#include "envs/desktop/game/script.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <algorithm>
#include <cstring>

namespace atl::envs::desktop {
namespace {

constexpr Duration kLookPeriod = std::chrono::milliseconds(50);  // between looks whether a starting program still runs
constexpr Duration kRearmTime = std::chrono::seconds(2);         // for the guard to take control back
constexpr Duration kRearmLook = std::chrono::milliseconds(1);

// A picture that is all one colour is what windows show before the program has drawn.
bool is_blank(ImageView picture) {
  for (int y = 0; y < picture.height_px; ++y) {
    for (int x = 0; x < picture.width_px; ++x) {
      if (std::memcmp(picture.row(y) + std::ptrdiff_t{kBytesPerPixel} * x, picture.data, 3) != 0) return false;
    }
  }
  return true;
}

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
  settings.gamepads = !display.is_virtual();  // a gamepad on the desk is for what is on the desk's screen
  settings.show_control = config.show_control && !config.for_person && !display.is_virtual();
  return settings;
}

}  // namespace

GameRun::GameRun(const GameProfile& profile, const LiveGameConfig& config, const GameDisplay& display,
                 std::size_t place)
    : profile_(profile),
      display_(display.name()),
      begin_time_s_(config.begin_time_s),
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

void GameRun::start_guard() {
  guard_settings_.window = window_;
  guard_ = std::make_unique<input::GuardClient>(guard_settings_, guard_program_);
}

void GameRun::run_steps(std::span<const ScriptStep> steps, bool since_start) {
  if (steps.empty()) return;
  guard_.reset();  // two at one display would take each other for a person
  guard_settings_.window = window_;
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
        if (source_->wait_frame(look, frame) == capture::FrameStatus::kFrame) seen_ = frame;
      });
}

void GameRun::focus() const {
  const x11::Connection connection(display_);
  x11::focus_window(connection, window_);
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

void GameRun::find_window() {
  const capture::WindowQuery query{
      .pid = process_->pid(), .window_class = profile_.window.window_class, .title = profile_.window.title};
  for (;;) {
    const Timestamp look = std::min(deadline_, MonotonicClock::now() + kLookPeriod);
    if (const auto match = capture::wait_window(display_, query, look)) {
      window_ = match->id;
      return;
    }
    check_running("before its window appeared");
    if (MonotonicClock::now() >= deadline_) give_up("showed no window (" + capture::to_string(query) + ")");
  }
}

// False if the window was closed before it could be watched: some programs open another one then.
bool GameRun::watch_window() {
  source_ = capture::create_x11_window_source(
      {.display = display_,
       .window = window_,
       .area = area_,
       .cursor = profile_.game.cursor == "drawn" ? capture::CursorMode::kDrawn : capture::CursorMode::kNotDrawn});
  if (source_) return true;
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
    if (status == capture::FrameStatus::kFrame && (events_ || !is_blank(frame.view()))) {
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
  deadline_ = MonotonicClock::now() + Duration(static_cast<std::int64_t>(seconds * 1e9));
}

void GameRun::give_up(const std::string& what) {
  fail(ErrorKind::kEnvironment, "{} {} within {} s; it said:\n{}", profile_.name, what, allowed_s_,
       process_->log_tail());
}

}  // namespace atl::envs::desktop
