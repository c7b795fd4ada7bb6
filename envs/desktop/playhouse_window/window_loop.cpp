#include "envs/desktop/playhouse_window/window_loop.h"

#include "core/error.h"
#include "core/log.h"
#include "core/priority.h"
#include "core/stop.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr Duration kIdle = std::chrono::milliseconds(16);   // between looks at the window while nothing runs
constexpr Duration kAnswer = std::chrono::milliseconds(1);  // between looks whether the other window has answered

std::unique_ptr<Lockstep> partner_of(const WindowOptions& options) {
  if (!options.host.empty()) return Lockstep::host(options.host);
  return options.join.empty() ? nullptr : Lockstep::join(options.join);
}

std::unique_ptr<std::FILE, int (*)(std::FILE*)> open_log(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(nullptr, std::fclose);
  if (path.empty()) return file;
  file.reset(std::fopen(path.c_str(), "ae"));
  if (!file) fail(ErrorKind::kFile, "playhouse window: cannot open the tick log {}: {}", path, std::strerror(errno));
  return file;
}

// Whole lines reach the file or pipe at once.
bool write_line(std::FILE* file, const std::string& line) {
  const std::string text = line + "\n";
  return std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
}

playhouse::TickInput joined(const playhouse::TickInput& first, const playhouse::TickInput& then) {
  return {.dx = first.dx + then.dx,
          .dy = first.dy + then.dy,
          .wheel = first.wheel + then.wheel,
          .held = then.held,
          .pressed = static_cast<std::uint16_t>(first.pressed | then.pressed)};
}

}  // namespace

WindowLoop::WindowLoop(const WindowOptions& options)
    : options_(resolved(options)),
      keys_(!has_person() || options_.keys.empty() ? KeyBindings() : load_key_bindings(options_.keys)),
      view_(view_options(options_), keys_.hint_keys()),
      commands_(0),
      log_(open_log(options_.log)),
      partner_(partner_of(options_)),
      seed_(options_.seed) {}

WindowLoop::~WindowLoop() = default;

void WindowLoop::run() {
  // A tick that is late takes in what was meant for the next one. A person does not notice, and their pictures take
  // long.
  if (!has_person()) prefer_this_thread();
  if (options_.controlled) {
    send(OpenedEvent{.window = view_.screen().window_id(),
                     .frame = options_.frame,
                     .world = options_.episode,
                     .scale = options_.scale,
                     .agent_view = options_.agent_view,
                     .area = view_.area()});
    if (options_.person) send(KeysEvent{keys_});
  } else if (is_guest()) {
    show();
  } else {
    wish_ = Wish::kNextTask;
  }
  while (!quit_ && !stop_requested() && !view_.screen().is_closed()) {
    carry_out_wish();
    poll_page();
    poll_line();
    if (options_.controlled) {
      commands_.wait_until(next_wake());
      handle_commands();
    } else {
      SystemClock().sleep_until(next_wake());
    }
    poll_partner();
    tick();
  }
  write_log();
}

Timestamp WindowLoop::next_wake() const {
  if (is_waiting_) return MonotonicClock::now() + kAnswer;
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

void WindowLoop::handle(const PauseCommand&) {
  if (episode_ && !is_reported_) episode_->pause(MonotonicClock::now());
}

void WindowLoop::handle(const ResumeCommand&) {
  if (episode_ && !is_reported_ && !awaits_hand_) episode_->resume(MonotonicClock::now());
}

void WindowLoop::tick() {
  const bool runs = episode_ && episode_->is_running();
  if (runs && MonotonicClock::now() < episode_->next_due()) return;
  if (runs && partner_) return tick_together();
  const playhouse::TickInput input = take_input();
  if (runs && episode_->advance(MonotonicClock::now(), {joined(std::exchange(first_input_, {}), input)}))
    return note_ticks();
  if (awaits_hand_) begin_by_hand(input);
  if (is_stale_ || view_.is_outgrown()) show();
}

void WindowLoop::note_ticks() {
  episode_->note_shown(show());
  if (episode_->world().is_over()) finish_episode();
}

// What was done at the window: what is for the window itself is done at once, the rest is for the world.
playhouse::TickInput WindowLoop::take_input() {
  WindowInput input = view_.screen().take_input();
  bool was_elsewhere = is_elsewhere();
  for (const Keystroke& stroke : input.strokes) {
    if (line_) {
      type(stroke);
    } else if (stroke.control && !stroke.repeats) {
      press(*stroke.control);
    }
    was_elsewhere = was_elsewhere || is_elsewhere();
  }
  if (was_elsewhere) {
    muted_ = input.held;
    return {};
  }
  muted_ &= input.held;
  input.held &= ~muted_;
  return keys_.tick_input(input);
}

// Ends the present episode before its world does.
void WindowLoop::break_off(const std::string& reason) {
  broken_off_ = reason;
  view_.screen().set_title("Playhouse: " + reason);
  is_waiting_ = false;
  is_stale_ = true;
  episode_->pause(MonotonicClock::now());
  VerdictEvent event = episode_->verdict(MonotonicClock::now());
  event.outcome = {};
  event.outcome.truncated = true;
  event.outcome.verdict = Verdict::kAborted;
  event.outcome.reason = reason;
  write_log();
  if (options_.controlled) send(event);
}

void WindowLoop::finish_episode() {
  const VerdictEvent verdict = episode_->verdict(MonotonicClock::now());
  write_log();
  view_.screen().set_title(fmt::format("Playhouse: {}", verdict.outcome.reason));
  if (options_.controlled) send(verdict);
}

void WindowLoop::write_log() {
  if (is_reported_) return;
  is_reported_ = true;
  if (!episode_->has_started()) return;  // two windows did not come together
  if (!log_) return;
  LoggedEpisode log = episode_->log();
  log.player = partner_ ? partner_->player() : 0;
  log.keys = keys_;
  if (!write_line(log_.get(), to_line(log))) {
    fail(ErrorKind::kFile, "playhouse window: cannot write the tick log {}: {}", options_.log, std::strerror(errno));
  }
}

Timestamp WindowLoop::show() {
  is_stale_ = false;
  const Overlay* over = page_ ? &*page_ : nullptr;
  if (line_ && !line_due_) over = &*line_;
  return view_.show(episode_ ? &episode_->world() : nullptr, partner_ ? partner_->player() : 0, words(), over);
}

void WindowLoop::send(const WindowEvent& event) {
  if (write_line(stdout, to_line(event))) return;
  log_warning("playhouse window: nobody listens any more: {}", std::strerror(errno));
  quit_ = true;
}

}  // namespace atl::envs::desktop
