#include "input/guard_process.h"

#include "core/error.h"

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace atl::input {

namespace {

// A session that floods must not keep the guard from the display: the rest is read in its next turn.
constexpr int kMaxMessagesATurn = 16;

}  // namespace

GuardProcess::GuardProcess(MessageSocket& socket, const GuardSettings& settings, PressedKeys& pressed,
                           GuardOverlay* overlay)
    : socket_(socket),
      pressed_(pressed),
      overlay_(overlay),
      period_(period_of(settings.action_rate_hz)),
      connection_(settings.display),
      sink_(connection_,
            {.window = settings.window, .require_focus = settings.require_focus, .key_repeat = settings.key_repeat},
            pressed, &log_),
      raw_(connection_, settings.window),
      focus_(connection_, settings.require_focus ? settings.window : 0),
      timer_fd_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      core_(settings, clock_, sink_, *this) {
  if (timer_fd_ < 0) fail(ErrorKind::kDevice, "cannot make the guard's timer: {}", std::strerror(errno));
  update_focus();
}

GuardProcess::~GuardProcess() { close(timer_fd_); }

void GuardProcess::run() {
  try {
    while (!socket_.is_closed()) {
      announce_turn();
      read_display();  // a person comes first
      read_session();
      core_.wake();
      ask_settled();
      read_display();  // what was read while a click waited for an answer must not lie in xcb's memory
      send_events();
      send_counts();
      wait(core_.next_wake());
    }
  } catch (...) {
    if (!connection_.is_lost()) sink_.release_all();
    throw;
  }
  core_.stop();
  connection_.sync();
}

// Before anything is pressed: after an idle spell the plan that the twin knows of is long over, and it would take the
// first press for one that a hung guard left down.
void GuardProcess::announce_turn() {
  const std::int64_t turn_end = to_ns(clock_.now() + period_);
  pressed_.planned_until_ns = std::max(pressed_.planned_until_ns.load(), turn_end);
}

// Sleeps until `wake`, or something comes from the display or the session.
void GuardProcess::wait(Timestamp wake) {
  const std::int64_t ns = wake == Timestamp::max() ? 0 : std::max<std::int64_t>(1, to_ns(wake));
  const itimerspec timer{{0, 0}, {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)}};
  timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &timer, nullptr);  // 0 turns it off
  pressed_.planned_until_ns = to_ns(core_.plan_end().value_or(clock_.now()));
  xcb_flush(connection_.get());
  pollfd waited[] = {{connection_.fd(), POLLIN, 0},
                     {socket_.fd(), static_cast<short>(socket_.has_waiting() ? POLLIN | POLLOUT : POLLIN), 0},
                     {timer_fd_, POLLIN, 0}};
  if (poll(waited, std::size(waited), -1) < 0 && errno != EINTR) {
    fail(ErrorKind::kDevice, "the guard cannot wait: {}", std::strerror(errno));
  }
  std::uint64_t expirations = 0;
  if (waited[2].revents != 0 && read(timer_fd_, &expirations, sizeof expirations) < 0 && errno != EAGAIN) {
    fail(ErrorKind::kDevice, "the guard's timer failed: {}", std::strerror(errno));
  }
}

// Reads until nothing is left, also not in xcb's own memory: what waits there wakes nobody.
void GuardProcess::read_display() {
  do {
    while (const x11::Event event = connection_.poll_event()) {
      if (focus_.on_event(event)) {
        update_focus();
      } else if (const auto input = raw_.decode(event)) {
        on_raw(*input);
      }
    }
  } while (read_settled());
  connection_.check();
}

// An answer of the display comes after the echoes of all that was asked before it. True if there was one.
bool GuardProcess::read_settled() {
  if (!settling_) return false;
  void* raw_reply = nullptr;
  xcb_generic_error_t* raw_error = nullptr;
  if (xcb_poll_for_reply(connection_.get(), *settling_, &raw_reply, &raw_error) == 0) return false;
  const x11::Owned<xcb_get_input_focus_reply_t> reply(static_cast<xcb_get_input_focus_reply_t*>(raw_reply));
  const x11::Owned<xcb_generic_error_t> error(raw_error);
  log_.settle(*settling_, events_);
  settling_.reset();
  if (reply) focus_.on_focus_answer(reply->focus);
  update_focus();
  return true;
}

void GuardProcess::ask_settled() {
  if (!settling_ && log_.size() > 0) settling_ = xcb_get_input_focus(connection_.get()).sequence;
}

void GuardProcess::update_focus() {
  std::vector<InputEvent> released;
  filter_.set_focused(focus_.is_focused(), clock_.now(), released);
  tell_human(released);
  if (focus_.is_gone()) core_.set_window_gone();
  core_.set_focused(focus_.is_focused());
}

void GuardProcess::on_raw(const RawInput& input) {
  if (log_.claim(input.sequence, input.event, events_)) return;
  std::vector<InputEvent> let_through;
  filter_.apply(input.event, let_through);
  if (let_through.empty()) core_.on_human(input.event, false);
  tell_human(let_through);
}

void GuardProcess::tell_human(const std::vector<InputEvent>& events) {
  for (const InputEvent& event : events) {
    events_.push_back(event);
    core_.on_human(event, true);
  }
}

void GuardProcess::read_session() {
  for (int count = 0; count < kMaxMessagesATurn; ++count) {
    const auto message = socket_.poll_receive();
    if (!message) return;
    if (const auto* chunk = std::get_if<TimedChunk>(&*message)) {
      core_.schedule(*chunk);
    } else if (std::holds_alternative<RearmMessage>(*message)) {
      core_.rearm();
    } else if (std::holds_alternative<StopMessage>(*message)) {
      core_.stop();
    } else {
      fail(ErrorKind::kFormat, "the session sent a message of kind {} that only a guard may send", message->index());
    }
  }
}

void GuardProcess::on_step(const StepReport& report) { tell(report); }

void GuardProcess::on_state(const StateChange& change) {
  tell(change);
  if (overlay_ != nullptr) overlay_->show(change.state);
}

void GuardProcess::send_events() {
  for (std::size_t first = 0; first < events_.size(); first += kMaxEventsPerMessage) {
    const std::size_t count = std::min(kMaxEventsPerMessage, events_.size() - first);
    EventsMessage message;
    for (std::size_t i = first; i < first + count; ++i) {
      message.events.push_back(events_[i]);
      message.events.back().time = last_event_ = std::max(last_event_, events_[i].time);  // order and times agree
    }
    tell(message);
  }
  events_.clear();
}

void GuardProcess::send_counts() {
  GuardCounts counts = core_.counts();
  counts.presses_outside = sink_.num_presses_outside();
  counts.reports_lost = reports_lost_;
  if (counts == told_counts_) return;
  told_counts_ = counts;
  tell(counts);
}

void GuardProcess::tell(const GuardMessage& message) {
  if (!socket_.send(message)) ++reports_lost_;
}

}  // namespace atl::input
