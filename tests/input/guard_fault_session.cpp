// A session for the fault table (fault_round.h) to harm: schedules chunks of random held keys through a guard, forever,
// and tells on stdout what it plans and what the guard tells it. SIGUSR1 makes it misbehave.
//
// usage: guard_fault_session DISPLAY WINDOW SEED stall|flood|forbid show|plain
// Lines: `plan END_NS GUARD_PID` before each chunk, `event NS ORIGIN KIND CONTROL PRESSED DX DY`, `state NS NAME`,
// `calm` when a flood is over. Times are CLOCK_MONOTONIC.
#include "core/error.h"
#include "core/log.h"
#include "core/random.h"
#include "input/guard.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace atl;
using std::chrono::milliseconds;

constexpr double kRateHz = 50.0;
constexpr int kSteps = 8;
constexpr int kStepsPerQuestion = 4;
constexpr Duration kFloodTime = milliseconds(300);

std::atomic<bool> misbehaves{false};

class Session {
 public:
  Session(const input::GuardSettings& settings, std::uint64_t seed, std::string_view misbehaviour,
          const std::vector<std::string>& keys)
      : guard_(settings), random_(seed), misbehaviour_(misbehaviour), keys_(keys) {}

  void play() {
    next_begin_ = clock_.now() + period_;
    while (true) {
      if (misbehaves && misbehaviour_ == "flood") flood();
      const bool is_silent = misbehaves && misbehaviour_ != "forbid";
      if (!is_silent && clock_.now() >= next_begin_ - period_) {
        schedule(next_begin_, random_action());
        next_begin_ += kStepsPerQuestion * period_;
        step_ += kStepsPerQuestion;
      }
      tell_news();
      clock_.sleep_until(clock_.now() + milliseconds(4));
    }
  }

 private:
  Action random_action() {
    Action action;
    for (const std::string& key : keys_) {
      if (key == "w" || random_.chance(1, 2)) hold(key, action);
    }
    if (misbehaves && misbehaviour_ == "forbid") {
      for (const char* key : {"left_meta", "left_alt", "f4", "f12", "q", "enter"}) {
        hold(key, action);
        tap(action, control_named(key));
      }
    }
    return action;
  }
  static void hold(const std::string& key, Action& action) {
    action.held.set(static_cast<std::size_t>(index_of(control_named(key))));
  }

  void schedule(Timestamp start, const Action& action) {
    input::GuardClient& guard = guard_;
    // Before: whoever reads must never know of less than the guard.
    write_line(fmt::format("plan {} {}\n", to_ns(start + kSteps * period_), guard.pid()));
    guard.schedule({step_, start, std::vector<Action>(kSteps, action)});
  }

  // Chunks and events as fast as they go; then nothing more.
  void flood() {
    const Timestamp end = clock_.now() + kFloodTime;
    while (clock_.now() < end) {
      Action action = random_action();
      for (const std::string& key : keys_) tap(action, control_named(key));
      action.dx = 1'000'000;
      action.wheel = 1000;
      try {
        step_ += kSteps;
        schedule(clock_.now(), action);
      } catch (const Error&) {  // its queue is full: that is how schedule never blocks
        if (guard_.status().state == input::GuardState::kLost) throw;
      }
    }
    write_line("calm\n");
    misbehaviour_ = "stall";
  }

  void tell_news() {
    std::string text;
    for (const InputEvent& e : guard_.events()) {
      text += fmt::format("event {} {} {} {} {} {} {}\n", to_ns(e.time), static_cast<int>(e.origin),
                          static_cast<int>(e.kind), index_of(e.control), e.pressed ? 1 : 0, e.dx, e.dy);
    }
    for (const input::StateChange& change : guard_.poll_changes()) {
      text += fmt::format("state {} {}\n", to_ns(change.time), to_string(change.state));
    }
    (void)guard_.poll_reports();
    if (!text.empty()) write_line(text);
    if (const input::GuardStatus status = guard_.status(); status.state == input::GuardState::kLost) {
      fail(ErrorKind::kDevice, "the session ends: {}", status.reason);
    }
  }

  static void write_line(std::string_view text) {
    while (!text.empty()) {
      const ssize_t length = write(STDOUT_FILENO, text.data(), text.size());
      if (length < 0) std::_Exit(3);  // nobody listens
      text.remove_prefix(static_cast<std::size_t>(length));
    }
  }

  SystemClock clock_;
  input::GuardClient guard_;
  Random random_;
  std::string misbehaviour_;
  const std::vector<std::string>& keys_;
  const Duration period_ = period_of(kRateHz);
  Timestamp next_begin_;
  std::uint64_t step_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  struct sigaction action {};
  action.sa_handler = [](int) { misbehaves = true; };
  sigaction(SIGUSR1, &action, nullptr);
  const std::vector<std::string> keys{"w",          "a",         "s",          "d",          "space",
                                      "left_shift", "left_ctrl", "mouse_left", "mouse_right"};
  input::GuardSettings settings;
  settings.display = argv[1];
  settings.window = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 0));
  settings.action_rate_hz = kRateHz;
  settings.allowed = controls_named(keys);
  settings.show_control = std::string_view(argv[5]) == "show";
  try {
    Session(settings, std::strtoull(argv[3], nullptr, 0), argv[4], keys).play();
  } catch (const Error& error) {
    write_log(LogLevel::kError, error.what());
    return 1;
  }
}
