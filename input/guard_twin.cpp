#include "input/guard_twin.h"

#include "core/error.h"
#include "core/priority.h"
#include "input/guard_child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace atl::input {
namespace {

constexpr int kLookEveryMs = 20;                                // for a guard that hangs
constexpr Duration kHangGrace = std::chrono::milliseconds(40);  // after the end of what the guard planned
constexpr int kReleaseRounds = 3;
constexpr Duration kBetweenRounds = std::chrono::milliseconds(10);

// The guard's last presses may still lie unread in its socket when it dies; releasing once could come before them.
void release_for_good(TwinHands& hands, const PressedKeys& pressed) {
  SystemClock clock;
  for (int round = 0; round < kReleaseRounds && pressed.any(); ++round) {
    hands.release(pressed);
    clock.sleep_until(clock.now() + kBetweenRounds);
  }
}

bool is_overdue(const PressedKeys& pressed) {
  return MonotonicClock::now() > from_ns(pressed.planned_until_ns.load()) + kHangGrace;
}

// Whether a process was stopped (SIGSTOP, a debugger).
bool is_stopped(pid_t pid) {
  std::FILE* file = std::fopen(fmt::format("/proc/{}/stat", pid).c_str(), "re");
  if (file == nullptr) return false;
  char state = '?';
  const int num_read = std::fscanf(file, "%*d (%*[^)]) %c", &state);
  std::fclose(file);
  return num_read == 1 && (state == 'T' || state == 't');
}

// Returns when the guard is dead: the pipe has no writer any more.
void watch(int pipe_fd, TwinHands& hands, const PressedKeys& pressed) {
  const pid_t guard = getppid();
  while (true) {
    pollfd waited{pipe_fd, 0, 0};  // POLLHUP is always told
    const int ready = poll(&waited, 1, kLookEveryMs);
    if (ready > 0) break;
    // Stopped just while it holds the server: no client of the display can do anything, nor could we. Its end lets go.
    // (A guard that merely waits while another client holds the server is not stopped.)
    if (ready == 0 && pressed.holds_server && is_stopped(guard)) {
      kill(guard, SIGKILL);
      continue;
    }
    // The marks first: the guard tells how long it plans before it marks a press, so a time read after a mark is no
    // older than the press.
    if (ready == 0 && pressed.any() && is_overdue(pressed)) hands.release(pressed);
  }
  release_for_good(hands, pressed);
}

void run_twin(int pipe_fd, int ready_fd, const PressedKeys& pressed,
              const std::function<std::unique_ptr<TwinHands>()>& make_hands) {
  prefer_this_thread();  // as the guard: on a busy machine too
  const std::unique_ptr<TwinHands> hands = make_hands();
  if (write(ready_fd, "r", 1) != 1) return;
  close(ready_fd);
  try {
    watch(pipe_fd, *hands, pressed);
  } catch (const Error&) {
    if (!hands->is_lost()) throw;  // with the display went its keys; the guard tells that it is gone
  }
}

}  // namespace

bool start_guard_twin(const PressedKeys& pressed, std::vector<int> kept,
                      const std::function<std::unique_ptr<TwinHands>()>& make_hands) {
  int life[2];   // the guard keeps the writing end open until it dies
  int ready[2];  // the twin says that it watches
  if (pipe2(life, O_CLOEXEC) != 0 || pipe2(ready, O_CLOEXEC) != 0) {
    fail(ErrorKind::kDevice, "cannot make pipes for the guard's twin: {}", std::strerror(errno));
  }
  kept.insert(kept.end(), {life[0], ready[1]});
  start_child(kept, [&] { run_twin(life[0], ready[1], pressed, make_hands); });
  close(life[0]);
  close(ready[1]);
  char answer = 0;
  ssize_t length = 0;
  do {
    length = read(ready[0], &answer, 1);
  } while (length < 0 && errno == EINTR);
  close(ready[0]);
  return length == 1;
}

}  // namespace atl::input
