#include "tests/input/fault_round.h"

#include "core/error.h"
#include "core/random.h"
#include "tests/children_of.h"
#include "tests/display/person.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"
#include "tests/input/fault_session.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace atl::input {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kStartTime = seconds(10);
constexpr Duration kGiveUp = seconds(3);             // on keys that stay down and processes that do not end
constexpr Duration kAfterBar = milliseconds(50);     // nothing may come down again
constexpr Duration kPastRepeat = milliseconds(700);  // the server's delay of auto-repeat is 660 ms
constexpr Duration kLook = milliseconds(1);

ControlSet allowed_controls() {
  return controls_named(
      std::vector<std::string>{"w", "a", "s", "d", "space", "left_shift", "left_ctrl", "mouse_left", "mouse_right"});
}

// Looks at the keys all the time, from a connection and a thread of its own.
class KeyPoller {
 public:
  /// `ignored`: what a person presses.
  KeyPoller(const std::string& display, const ControlSet& ignored)
      : watcher_(display), ignored_(ignored), thread_([this] { run(); }) {}
  KeyPoller(const KeyPoller&) = delete;
  KeyPoller& operator=(const KeyPoller&) = delete;
  ~KeyPoller() { stop(); }

  void stop() {
    ends_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] bool is_down() const { return is_down_; }
  [[nodiscard]] bool was_down() const { return last_down_ns_ != 0; }
  [[nodiscard]] Timestamp last_down() const { return from_ns(last_down_ns_); }
  [[nodiscard]] ControlSet seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  void run() {
    SystemClock clock;
    while (!ends_) {
      const ControlSet down = watcher_.down() & ~ignored_;
      if (down.any()) {
        last_down_ns_ = to_ns(clock.now());  // after the question: later rather than earlier
        const std::lock_guard lock(mutex_);
        seen_ |= down;
      }
      is_down_ = down.any();
      clock.sleep_until(clock.now() + std::chrono::microseconds(300));
    }
  }

  tests::KeyWatcher watcher_;
  const ControlSet ignored_;
  std::atomic<bool> ends_{false};
  std::atomic<bool> is_down_{false};
  std::atomic<std::int64_t> last_down_ns_{0};
  mutable std::mutex mutex_;
  ControlSet seen_;
  std::thread thread_;
};

// What a person does in a takeover, by turns, and as what it must be told. `served`: when the display had its first
// part.
std::vector<InputEvent> act(tests::Person& person, int round, Timestamp& served) {
  std::vector<InputEvent> told;
  const auto tap_control = [&](const char* name) {
    InputEvent event;
    event.control = control_named(name);
    event.pressed = true;
    person.press(event.control);
    served = MonotonicClock::now();
    told.push_back(event);
    event.pressed = false;
    person.release(event.control);
    told.push_back(event);
  };
  InputEvent event;
  switch (round % 5) {
    case 0: tap_control("e"); return told;
    case 1:
      person.move(7, -3);
      served = MonotonicClock::now();
      event.kind = InputKind::kRelativeMotion;
      event.dx = 7;
      event.dy = -3;
      return {event};
    case 2: tap_control("mouse_middle"); return told;
    case 3:
      person.wheel(-1);
      served = MonotonicClock::now();
      event.kind = InputKind::kWheel;
      event.dy = -1;
      return {event};
    default: tap_control("w"); return told;  // which the agent holds at this moment
  }
}

bool same_events(std::vector<InputEvent> a, std::vector<InputEvent> b) {
  for (auto* list : {&a, &b}) {
    for (InputEvent& event : *list) event.time = {};
  }
  return a == b;
}

std::string words_of(const std::vector<InputEvent>& events) {
  std::string words;
  for (const InputEvent& event : events) {
    words += event.kind == InputKind::kControl
                 ? fmt::format("{}{} ", event.pressed ? "+" : "-", info_of(event.control).name)
                 : fmt::format("{}:{},{} ", event.kind == InputKind::kWheel ? "wheel" : "motion", event.dx, event.dy);
  }
  return words;
}

int num_presses(const std::vector<InputEvent>& events) {
  return static_cast<int>(std::count_if(events.begin(), events.end(),
                                        [](const InputEvent& e) { return e.kind == InputKind::kWheel || e.pressed; }));
}

std::string_view misbehaviour_of(Fault fault) {
  switch (fault) {
    case Fault::kPolicyFloods:
    case Fault::kTakeoverInFlood: return "flood";
    case Fault::kPolicyForbidden: return "forbid";
    default: return "stall";
  }
}

bool is_takeover(Fault fault) { return fault == Fault::kTakeover || fault == Fault::kTakeoverInFlood; }

class Round {
 public:
  Round(Fault fault, const std::string& display, std::uint64_t seed, int round)
      : fault_(fault),
        round_(round),
        random_(derive_seed(seed, static_cast<std::uint64_t>(round))),
        screen_(display),
        mail_(display, {0, 0, 200, 200}),
        game_(std::in_place, display, WindowGeometry{440, 210, 400, 300}),
        person_(display),
        session_((game_->focus(), FaultSessionConfig{.display = display,
                                                     .window = game_->id(),
                                                     .seed = random_(),
                                                     .misbehaviour = std::string(misbehaviour_of(fault)),
                                                     .show_control = fault != Fault::kKillKey})),
        poller_(std::in_place, display, ignored(fault, round)) {}
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;
  ~Round() {
    if (stopped_ > 0) kill(stopped_, SIGCONT);
  }

  FaultRound run(pid_t server) {
    if (!wait_for([&] { return poller_->was_down() && session_.guard() > 0; }, kStartTime)) {
      result_.problem = "no key went down: " + session_.errors();
      return result_;
    }
    const Duration hold = fault_ == Fault::kFocusLost && round_ % 2 == 0 ? kPastRepeat : Duration::zero();
    wait(hold + milliseconds(random_.below(120)));  // a random phase of chunk and step
    processes_ = tests::children_of(session_.guard());
    processes_.push_back(session_.guard());
    if (fault_ == Fault::kDisplayGone) {
      lose_display(server);
    } else {
      harm();
      watch_release();
      if (is_takeover(fault_)) check_origins();
    }
    end();
    return result_;
  }

 private:
  static ControlSet ignored(Fault fault, int round) {
    ControlSet controls;
    if (fault == Fault::kKillKey) controls |= controls_named(std::vector<std::string>{"f12"});
    if (is_takeover(fault) && round % 5 == 0) controls |= controls_named(std::vector<std::string>{"e"});
    if (is_takeover(fault) && round % 5 == 2) controls |= controls_named(std::vector<std::string>{"mouse_middle"});
    return controls;
  }

  template <class Condition>
  bool wait_for(const Condition& condition, Duration limit) {
    SystemClock clock;
    for (const Timestamp deadline = clock.now() + limit; !condition();) {
      if (clock.now() > deadline) return false;
      session_.read();
      clock.sleep_until(clock.now() + kLook);
    }
    return true;
  }
  void wait(Duration time) {
    (void)wait_for([] { return false; }, time);
  }

  void harm() {
    session_.read();
    harmed_ = MonotonicClock::now();
    switch (fault_) {
      case Fault::kPolicyKilled: kill(session_.pid(), SIGKILL); break;
      case Fault::kPolicyStopped: kill(stopped_ = session_.pid(), SIGSTOP); break;
      case Fault::kPolicyStalled: kill(session_.pid(), SIGUSR1); break;
      case Fault::kPolicyFloods:
        kill(session_.pid(), SIGUSR1);
        if (!wait_for([&] { return session_.is_calm(); }, kStartTime)) result_.problem = "the flood has no end";
        break;
      case Fault::kPolicyForbidden:
        kill(session_.pid(), SIGUSR1);
        wait(milliseconds(300));
        kill(session_.pid(), SIGKILL);
        break;
      case Fault::kGuardKilled: kill(session_.guard(), SIGKILL); break;
      case Fault::kGuardStopped: kill(stopped_ = session_.guard(), SIGSTOP); break;
      case Fault::kGameClosed:
        if (round_ % 2 == 0) {
          game_->destroy();
        } else {
          game_.reset();  // as when its process dies
        }
        // A desktop gives the focus to the next window once this one is gone.
        if (!wait_for([&] { return x11::is_focus_free(screen_); }, kGiveUp)) result_.problem = "the game stays open";
        mail_.focus();
        break;
      case Fault::kFocusLost: mail_.focus(); break;
      case Fault::kKillKey:
        person_.press(control_named("f12"));
        person_.release(control_named("f12"));
        break;
      case Fault::kTakeoverInFlood:
        kill(session_.pid(), SIGUSR1);
        wait(milliseconds(20 + random_.below(200)));
        harmed_ = MonotonicClock::now();
        [[fallthrough]];
      case Fault::kTakeover: {
        Timestamp served;
        acted_ = act(person_, round_, served);
        result_.served = served - harmed_;
        break;
      }
      case Fault::kDisplayGone: break;
    }
    session_.read();
    // What is scheduled from now on counts where the fault does not hinder it.
    plan_end_ = session_.plan_end();
  }

  void watch_release() {
    wait_until(std::max(plan_end_, MonotonicClock::now()) + kReleaseBar);
    const Timestamp bar = MonotonicClock::now();
    if (!wait_for([&] { return !poller_->is_down(); }, kGiveUp)) result_.problem = "a key stays down";
    received();
    wait(kAfterBar);
    result_.presses_after = num_presses(received());
    if (poller_->last_down() > bar) result_.presses_after += 1;
    result_.typed_elsewhere = num_presses(mail_.received());
    result_.overdue = poller_->last_down() - plan_end_;
    result_.release = std::max(poller_->last_down() - harmed_, Duration::zero());
    result_.forbidden_seen = static_cast<int>((poller_->seen() & ~allowed_controls()).count());
    for (const InputEvent& event : game_received_) {
      if (event.kind != InputKind::kControl || ignored(fault_, round_).test(index_of_bit(event.control))) continue;
      if (!allowed_controls().test(index_of_bit(event.control))) ++result_.forbidden_seen;
    }
  }
  static std::size_t index_of_bit(Control control) { return static_cast<std::size_t>(index_of(control)); }

  void wait_until(Timestamp time) { wait(std::max(time - MonotonicClock::now(), Duration::zero())); }

  // What the game got since the last call; kept.
  std::vector<InputEvent> received() {
    if (!game_ || fault_ == Fault::kGameClosed) return {};
    std::vector<InputEvent> events = game_->received();
    game_received_.insert(game_received_.end(), events.begin(), events.end());
    return events;
  }

  // The person's part must be exactly what they did; the agent's, what the window received beside it.
  void check_origins() {
    // A session that floods tells what the guard told it only afterwards.
    if (fault_ == Fault::kTakeoverInFlood) (void)wait_for([&] { return session_.is_calm(); }, kGiveUp);
    (void)wait_for([&] { return session_.state() == "human"; }, kGiveUp);
    // The guard tells the state before the event that brought it about, and a busy session tells that later still.
    const auto num_told = [&] {
      return std::count_if(session_.events().begin(), session_.events().end(),
                           [](const InputEvent& event) { return event.origin == Origin::kHuman; });
    };
    (void)wait_for([&] { return num_told() >= static_cast<std::ptrdiff_t>(acted_.size()); }, kGiveUp);
    wait(kAfterBar);
    session_.read();
    received();
    std::vector<InputEvent> human;
    std::vector<InputEvent> agent;
    for (const InputEvent& event : session_.events()) {
      if (event.origin == Origin::kHuman) human.push_back(event);
      if (event.origin == Origin::kAgent && event.kind == InputKind::kControl) agent.push_back(event);
    }
    for (InputEvent& event : acted_) event.origin = Origin::kHuman;
    result_.are_origins_right = same_events(human, acted_);
    if (!result_.are_origins_right)
      result_.origins = fmt::format("told as the person's: {}; they did: {}", words_of(human), words_of(acted_));
    if (round_ % 5 == 4) return;  // both press the same key
    std::vector<InputEvent> got;
    for (InputEvent event : game_received_) {
      if (event.kind != InputKind::kControl || ignored(fault_, round_).test(index_of_bit(event.control))) continue;
      event.origin = Origin::kAgent;
      got.push_back(event);
    }
    if (same_events(agent, got)) return;
    result_.are_origins_right = false;
    result_.origins += fmt::format("told as the agent's: {}; the game got: {}", words_of(agent), words_of(got));
  }

  void lose_display(pid_t server) {
    poller_->stop();
    harmed_ = MonotonicClock::now();
    kill(server, round_ % 2 == 0 ? SIGKILL : SIGTERM);
    const auto code = session_.wait_exit(harmed_ + kGiveUp);
    result_.release = MonotonicClock::now() - harmed_;
    if (code != 1) {
      result_.problem = code ? fmt::format("the session ended with {}", *code) : "the session hangs or crashed";
    }
    const std::string errors = session_.errors();
    if (errors.find("closed the connection") == std::string::npos)
      result_.problem += " without a clear error: " + errors;
    if (std::count(errors.begin(), errors.end(), '\n') > 2) result_.problem += " with too many words: " + errors;
  }

  void end() {
    poller_->stop();
    if (fault_ != Fault::kDisplayGone) kill(session_.pid(), SIGKILL);
    if (stopped_ > 0) kill(std::exchange(stopped_, -1), SIGCONT);
    const auto is_any_left = [&] { return std::any_of(processes_.begin(), processes_.end(), is_running); };
    if (wait_for([&] { return !is_any_left(); }, kGiveUp)) return;
    for (const pid_t pid : processes_) {
      if (!is_running(pid)) continue;
      ++result_.processes_left;
      kill(pid, SIGKILL);
    }
  }

  const Fault fault_;
  const int round_;
  Random random_;
  const x11::Connection screen_;
  tests::TestWindow mail_;  // has nothing to do with the game
  std::optional<tests::TestWindow> game_;
  tests::Person person_;
  FaultSession session_;
  std::optional<KeyPoller> poller_;
  Timestamp harmed_;
  Timestamp plan_end_;
  pid_t stopped_ = -1;
  std::vector<pid_t> processes_;  // guard, twin, overlay
  std::vector<InputEvent> acted_;
  std::vector<InputEvent> game_received_;
  FaultRound result_;
};

}  // namespace

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::kPolicyKilled: return "policy_killed";
    case Fault::kPolicyStopped: return "policy_stopped";
    case Fault::kPolicyStalled: return "policy_stalled";
    case Fault::kPolicyFloods: return "policy_floods";
    case Fault::kPolicyForbidden: return "policy_forbidden";
    case Fault::kGuardKilled: return "guard_killed";
    case Fault::kGuardStopped: return "guard_stopped";
    case Fault::kGameClosed: return "game_closed";
    case Fault::kFocusLost: return "focus_lost";
    case Fault::kDisplayGone: return "display_gone";
    case Fault::kKillKey: return "kill_key";
    case Fault::kTakeover: return "takeover";
    case Fault::kTakeoverInFlood: return "takeover_in_flood";
  }
  return "unknown";
}

FaultRound run_fault_round(Fault fault, std::uint64_t seed, int round) {
  const tests::Xvfb server;
  return Round(fault, server.display(), seed, round).run(server.pid());
}

}  // namespace atl::input
