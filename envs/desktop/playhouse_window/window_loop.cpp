#include "envs/desktop/playhouse_window/window_loop.h"

#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace atl::envs::desktop {
namespace {

constexpr Duration kIdle = std::chrono::milliseconds(16);  // between looks at the window while nothing runs
constexpr Duration kBetweenEpisodes = std::chrono::milliseconds(1500);  // for a person to read the verdict

WindowOptions resolved(WindowOptions options) {
  static_cast<void>(playhouse::level_named(options.episode.level));
  if (options.scale == 0) options.scale = default_scale(options.frame);
  if (options.scale < 1 || options.frame.width_px < 8 || options.frame.height_px < 8 ||
      options.frame.width_px * options.scale > 4096 || options.frame.height_px * options.scale > 4096) {
    fail(ErrorKind::kConfig,
         "playhouse window: {}x{} px times {}, expected frames from 8x8 and windows up to 4096x4096",
         options.frame.width_px, options.frame.height_px, options.scale);
  }
  return options;
}

FrameSize window_size(const WindowOptions& options) {
  return {options.frame.width_px * options.scale, options.frame.height_px * options.scale};
}

std::unique_ptr<std::FILE, int (*)(std::FILE*)> open_log(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(nullptr, std::fclose);
  if (path.empty()) return file;
  file.reset(std::fopen(path.c_str(), "ae"));
  if (!file) fail(ErrorKind::kFile, "playhouse window: cannot open the tick log {}: {}", path, std::strerror(errno));
  return file;
}

// What the keys of the world's controls mean; the player of this window is the first.
playhouse::PlayerInputs meaning_of(const WindowInput& input) {
  playhouse::TickInput tick{.dx = input.dx, .dy = input.dy, .wheel = input.wheel, .held = 0, .pressed = 0};
  for (int i = 0; i < playhouse::kNumKeyBits; ++i) {
    const auto bit = static_cast<std::uint16_t>(1u << i);
    const Control control = playhouse::control_of(static_cast<playhouse::KeyBit>(bit));
    if (input.held.test(static_cast<std::size_t>(index_of(control)))) tick.held |= bit;
    if (std::find(input.pressed.begin(), input.pressed.end(), control) != input.pressed.end()) tick.pressed |= bit;
  }
  return {tick};
}

// Whole lines reach the file or pipe at once.
bool write_line(std::FILE* file, const std::string& line) {
  const std::string text = line + "\n";
  return std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
}

}  // namespace

WindowLoop::WindowLoop(const WindowOptions& options)
    : options_(resolved(options)),
      screen_("Playhouse", window_size(options_)),
      renderer_(options_.agent_view ? options_.frame : window_size(options_), {.smooth = !options_.agent_view}),
      pixels_(renderer_.object_ids().size() * kBytesPerPixel),
      commands_(0),
      log_(open_log(options_.log)) {
  std::fill(pixels_.begin(), pixels_.end(), std::uint8_t{0});
}

WindowLoop::~WindowLoop() = default;

void WindowLoop::run() {
  if (options_.controlled) {
    // Drawn once, so that whoever captures it finds pixels of ours.
    const FrameSize size = renderer_.size();
    screen_.show({pixels_.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel});
    send(OpenedEvent{.window = screen_.window_id(),
                     .frame = options_.frame,
                     .world = options_.episode,
                     .scale = options_.scale,
                     .agent_view = options_.agent_view});
  }
  while (!quit_ && !stop_requested() && !screen_.is_closed()) {
    if (options_.controlled) {
      commands_.wait_until(next_wake());
      handle_commands();
    } else {
      SystemClock().sleep_until(next_wake());
      if (is_reported_ && MonotonicClock::now() >= next_own_episode_) start_own_episode();
    }
    tick();
  }
  write_log();
}

Timestamp WindowLoop::next_wake() const {
  const Timestamp idle = MonotonicClock::now() + kIdle;
  return episode_ && episode_->is_running() ? std::min(episode_->next_due(), idle) : idle;
}

void WindowLoop::handle_commands() {
  while (const std::optional<std::string> line = commands_.poll_line()) {
    try {
      std::visit([this](const auto& command) { handle(command); }, parse_command(*line));
    } catch (const Error& error) {
      send(ErrorEvent{error.what()});
    }
  }
  if (commands_.is_ended()) quit_ = true;
}

void WindowLoop::handle(const ResetCommand& command) { start_episode(command.seed, command.task); }

void WindowLoop::handle(const PauseCommand&) {
  if (episode_) episode_->pause(MonotonicClock::now());
}

void WindowLoop::handle(const ResumeCommand&) {
  if (episode_) episode_->resume(MonotonicClock::now());
}

void WindowLoop::start_own_episode() {
  start_episode(options_.seed + num_own_episodes_, options_.task);
  ++num_own_episodes_;
}

void WindowLoop::start_episode(std::uint64_t seed, const Task& task) {
  auto next = std::make_unique<LiveEpisode>(seed, task, options_.episode);  // throws before anything has changed
  write_log();
  episode_ = std::move(next);
  is_reported_ = false;
  screen_.set_title("Playhouse: " + episode_->ready().task.instruction);
  static_cast<void>(screen_.take_input());  // what was moved before the episode does not count
  episode_->start(show());
  if (options_.controlled) send(episode_->ready());
}

void WindowLoop::tick() {
  if (!episode_ || !episode_->is_running()) {
    static_cast<void>(screen_.take_input());
    return;
  }
  if (MonotonicClock::now() < episode_->next_due()) return;
  const WindowInput input = screen_.take_input();
  if (!episode_->advance(MonotonicClock::now(), meaning_of(input))) return;
  episode_->note_shown(show());
  if (episode_->world().is_over()) finish_episode();
}

void WindowLoop::finish_episode() {
  const VerdictEvent verdict = episode_->verdict(MonotonicClock::now());
  write_log();
  screen_.set_title(fmt::format("Playhouse: {}", verdict.outcome.reason));
  if (options_.controlled) send(verdict);
  next_own_episode_ = MonotonicClock::now() + kBetweenEpisodes;
}

void WindowLoop::write_log() {
  if (is_reported_) return;
  is_reported_ = true;
  if (log_ && !write_line(log_.get(), to_line(episode_->log()))) {
    fail(ErrorKind::kFile, "playhouse window: cannot write the tick log {}: {}", options_.log, std::strerror(errno));
  }
}

Timestamp WindowLoop::show() {
  renderer_.draw(episode_->world().house(), episode_->world().state(), 0, pixels_);
  const FrameSize size = renderer_.size();
  screen_.show({pixels_.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel});
  return MonotonicClock::now();
}

void WindowLoop::send(const WindowEvent& event) {
  if (write_line(stdout, to_line(event))) return;
  log_warning("playhouse window: nobody listens any more: {}", std::strerror(errno));
  quit_ = true;
}

}  // namespace atl::envs::desktop
