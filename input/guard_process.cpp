#include "input/guard_process.h"

#include "core/error.h"

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace atl::input {

namespace {

// A session that floods must not keep the guard from the display: the rest is read in its next turn.
constexpr int kMaxMessagesATurn = 16;
// Nor a person's input from the display: each act holds the server for itself for a moment, and a row of them would
// serve no other client. A session that keeps time never notices.
constexpr Duration kRestAfterAct = std::chrono::milliseconds(2);

}  // namespace

GuardProcess::GuardProcess(MessageSocket& socket, const GuardSettings& settings, PressedKeys& pressed,
                           GuardSystem& system, GuardOverlay* overlay)
    : socket_(socket),
      pressed_(pressed),
      system_(system),
      overlay_(overlay),
      period_(period_of(settings.action_rate_hz)),
      timer_fd_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      core_(settings, clock_, system.sink(), *this) {
  if (timer_fd_ < 0) fail(ErrorKind::kDevice, "cannot make the guard's timer: {}", std::strerror(errno));
  system_.read(*this);
}

GuardProcess::~GuardProcess() { close(timer_fd_); }

void GuardProcess::run() {
  try {
    while (!socket_.is_closed()) {
      announce_turn();
      system_.read(*this);  // a person comes first
      socket_.flush();      // what waited for a session that was behind; nothing else may come to be sent
      read_session();
      core_.wake();
      const bool may_wait = system_.finish_turn();
      send_events();
      send_counts();
      if (may_wait) wait(core_.next_wake());
    }
  } catch (...) {
    release_if_possible();
    throw;
  }
  core_.stop();
}

// Before the reason why the guard ends is told: on a lost display nothing is down any more.
void GuardProcess::release_if_possible() {
  try {
    system_.sink().release_all();
  } catch (const Error&) {
  }
}

// Before anything is pressed: after an idle spell the plan that the twin knows of is long over, and it would take the
// first press for one that a hung guard left down.
void GuardProcess::announce_turn() {
  const std::int64_t turn_end = to_ns(clock_.now() + period_);
  pressed_.planned_until_ns = std::max(pressed_.planned_until_ns.load(), turn_end);
}

// Sleeps until `wake`, or something comes from the system or the session.
void GuardProcess::wait(Timestamp wake) {
  const bool rests = clock_.now() < hears_session_from_;
  if (rests) wake = std::min(wake, hears_session_from_);
  const std::int64_t ns = wake == Timestamp::max() ? 0 : std::max<std::int64_t>(1, to_ns(wake));
  const itimerspec timer{{0, 0}, {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)}};
  timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &timer, nullptr);  // 0 turns it off
  pressed_.planned_until_ns = to_ns(core_.plan_end().value_or(clock_.now()));
  pollfd waited[] = {
      {system_.fd(), POLLIN, 0},
      {rests ? -1 : socket_.fd(), static_cast<short>(socket_.has_waiting() ? POLLIN | POLLOUT : POLLIN), 0},
      {timer_fd_, POLLIN, 0}};
  if (poll(waited, std::size(waited), -1) < 0 && errno != EINTR) {
    fail(ErrorKind::kDevice, "the guard cannot wait: {}", std::strerror(errno));
  }
  std::uint64_t expirations = 0;
  if (waited[2].revents != 0 && read(timer_fd_, &expirations, sizeof expirations) < 0 && errno != EAGAIN) {
    fail(ErrorKind::kDevice, "the guard's timer failed: {}", std::strerror(errno));
  }
}

void GuardProcess::on_own(const InputEvent& event) { events_.push_back(event); }

void GuardProcess::on_person(const InputEvent& event, bool is_focused) {
  if (is_focused) events_.push_back(event);
  core_.on_human(event, is_focused);
}

void GuardProcess::on_focus(bool is_focused, bool is_window_gone) {
  if (is_window_gone) core_.set_window_gone();
  core_.set_focused(is_focused);
}

void GuardProcess::read_session() {
  if (clock_.now() < hears_session_from_) return;
  const auto num_acts = [&] { return core_.counts().steps_done + core_.counts().steps_refused; };
  const std::uint64_t acts_before = num_acts();
  for (int count = 0; count < kMaxMessagesATurn && num_acts() == acts_before; ++count) {
    const auto message = socket_.poll_receive();
    if (!message) return;
    if (const auto* chunk = std::get_if<TimedChunk>(&*message)) {
      core_.schedule(*chunk);
    } else if (std::holds_alternative<RearmMessage>(*message)) {
      core_.rearm();
    } else if (std::holds_alternative<StopMessage>(*message)) {
      core_.stop();
    } else if (const auto* target = std::get_if<RetargetMessage>(&*message)) {
      core_.set_window_open();  // releases all, as long as the old window is the system's
      system_.set_window(target->window);
    } else {
      fail(ErrorKind::kFormat, "the session sent a message of kind {} that only a guard may send", message->index());
    }
  }
  if (num_acts() != acts_before) hears_session_from_ = clock_.now() + kRestAfterAct;
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
  system_.count(counts);
  counts.reports_lost = reports_lost_;
  // They are sums: while the session is behind they must not take the place of what is told once, events and states.
  if (counts == told_counts_ || socket_.has_waiting()) return;
  told_counts_ = counts;
  tell(counts);
}

void GuardProcess::tell(const GuardMessage& message) {
  if (!socket_.send(message)) ++reports_lost_;
}

}  // namespace atl::input
