#include "input/guard_twin.h"

#include "core/error.h"
#include "core/priority.h"
#include "input/guard_child.h"
#include "x11/connection.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>
#include <xcb/xcb.h>
#include <xcb/xtest.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace atl::input {
namespace {

constexpr int kLookEveryMs = 20;                                // for a guard that hangs
constexpr Duration kHangGrace = std::chrono::milliseconds(40);  // after the end of what the guard planned
constexpr int kReleaseRounds = 3;
constexpr Duration kBetweenRounds = std::chrono::milliseconds(10);

void release_marked(const x11::Connection& connection, const PressedKeys& pressed) {
  for (std::size_t code = 0; code < PressedKeys::kNumCodes; ++code) {
    const auto detail = static_cast<std::uint8_t>(code);
    const std::uint8_t key = pressed.keys[code].load();
    if (key != PressedKeys::kUp) {
      xcb_test_fake_input(connection.get(), XCB_KEY_RELEASE, detail, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
    }
    if (key == PressedKeys::kDownUnrepeated) {
      const std::uint32_t values[] = {detail, XCB_AUTO_REPEAT_MODE_ON};
      xcb_change_keyboard_control(connection.get(), XCB_KB_KEY | XCB_KB_AUTO_REPEAT_MODE, values);
    }
    if (pressed.buttons[code].load() != PressedKeys::kUp) {
      xcb_test_fake_input(connection.get(), XCB_BUTTON_RELEASE, detail, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
    }
  }
  connection.sync();
}

// The guard's last presses may still lie unread in its socket when it dies; releasing once could come before them.
void release_for_good(const x11::Connection& connection, const PressedKeys& pressed) {
  SystemClock clock;
  for (int round = 0; round < kReleaseRounds && pressed.any(); ++round) {
    release_marked(connection, pressed);
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
void watch(int pipe_fd, const x11::Connection& connection, const PressedKeys& pressed) {
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
    if (ready == 0 && pressed.any() && is_overdue(pressed)) release_marked(connection, pressed);
  }
  release_for_good(connection, pressed);
}

void run_twin(int pipe_fd, int ready_fd, const std::string& display, const PressedKeys& pressed) {
  prefer_this_thread();  // as the guard: on a busy machine too
  const x11::Connection connection(display);
  connection.require_extension(xcb_test_id, "XTEST");
  connection.sync();
  if (write(ready_fd, "r", 1) != 1) return;
  close(ready_fd);
  try {
    watch(pipe_fd, connection, pressed);
  } catch (const Error&) {
    if (!connection.is_lost()) throw;  // with the display went its keys; the guard tells that it is gone
  }
}

}  // namespace

void start_guard_twin(const std::string& display, const PressedKeys& pressed) {
  int life[2];   // the guard keeps the writing end open until it dies
  int ready[2];  // the twin says that it watches
  if (pipe2(life, O_CLOEXEC) != 0 || pipe2(ready, O_CLOEXEC) != 0) {
    fail(ErrorKind::kDevice, "cannot make pipes for the guard's twin: {}", std::strerror(errno));
  }
  start_child({life[0], ready[1]}, [&] { run_twin(life[0], ready[1], display, pressed); });
  close(life[0]);
  close(ready[1]);
  char answer = 0;
  ssize_t length = 0;
  do {
    length = read(ready[0], &answer, 1);
  } while (length < 0 && errno == EINTR);
  close(ready[0]);
  if (length != 1) {
    fail(ErrorKind::kDevice, "the guard's twin cannot use X display \"{}\"; expected a running X server with XTEST",
         display);
  }
}

}  // namespace atl::input
