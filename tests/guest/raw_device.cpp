#include "tests/guest/raw_device.h"

#include "core/error.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace atl::tests {

Timestamp in(Duration d) { return MonotonicClock::now() + d; }

RawReader::RawReader(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  ATOLL_CHECK(fd_ >= 0, "cannot open {}: errno {}", path, errno);
}

RawReader::~RawReader() { close(fd_); }

void RawReader::read_until(Timestamp deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - MonotonicClock::now()).count();
  pollfd waited{fd_, POLLIN, 0};
  poll(&waited, 1, static_cast<int>(std::max<std::int64_t>(0, left)));
  std::array<input_event, 64> batch;
  ssize_t length = 0;
  while ((length = read(fd_, batch.data(), sizeof batch)) > 0) {
    events_.insert(events_.end(), batch.begin(), batch.begin() + length / static_cast<ssize_t>(sizeof(input_event)));
  }
  gone_ = length < 0 && errno == ENODEV;
}

std::vector<input_event> RawReader::wait(std::uint16_t type, std::size_t count) {
  const Timestamp deadline = in(kPatience);
  const auto is_asked = [&](const input_event& event) { return event.type == type; };
  while (!gone_ && static_cast<std::size_t>(std::count_if(events_.begin(), events_.end(), is_asked)) < count &&
         MonotonicClock::now() < deadline) {
    read_until(deadline);
  }
  std::vector<input_event> found;
  std::copy_if(events_.begin(), events_.end(), std::back_inserter(found), is_asked);
  events_.clear();
  return found;
}

input_absinfo RawReader::axis(std::uint16_t code) const {
  input_absinfo info{};
  ATOLL_CHECK(ioctl(fd_, EVIOCGABS(code), &info) == 0, "no axis {}", code);
  return info;
}

bool wait_console_shift(bool down) {
  const int fd = open("/dev/tty0", O_RDONLY | O_CLOEXEC | O_NOCTTY);
  ATOLL_CHECK(fd >= 0, "no console: errno {}", errno);
  const Timestamp deadline = in(kPatience);
  bool is_so = false;
  do {
    char state = 6;  // asks for the state of the shift keys (man ioctl_console)
    ATOLL_CHECK(ioctl(fd, TIOCLINUX, &state) == 0, "TIOCLINUX: errno {}", errno);
    is_so = (state & 1) == (down ? 1 : 0);
  } while (!is_so && MonotonicClock::now() < deadline);
  close(fd);
  return is_so;
}

input::UinputSpec keyboard_spec(const std::string& name) {
  input::UinputSpec spec{.name = name, .physical = "test/keyboard", .repeats = true};
  for (int i = 0; i < kNumKeys; ++i) spec.keys.push_back(info_of(control_at(i)).evdev_code);
  return spec;
}

input::UinputSpec mouse_spec() {
  return {.name = "some mouse",
          .physical = "test/mouse",
          .keys = {BTN_LEFT, BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA},
          .relatives = {REL_X, REL_Y, REL_WHEEL, REL_WHEEL_HI_RES}};
}

input::UinputSpec tablet_spec(int high) {
  return {.name = "some tablet",
          .physical = "test/tablet",
          .keys = {BTN_LEFT, BTN_RIGHT},
          .axes = {{ABS_X, 0, high}, {ABS_Y, 0, high}}};
}

input::UinputSpec touchpad_spec() {
  return {.name = "some touchpad",
          .physical = "test/touchpad",
          .keys = {BTN_LEFT, BTN_TOUCH, BTN_TOOL_FINGER},
          .axes = {{ABS_X, 0, 1000}, {ABS_Y, 0, 600}}};
}

std::vector<InputEvent> without_times(std::vector<InputEvent> events) {
  for (InputEvent& event : events) event.time = {};
  return events;
}

int run_as_nobody(int (*work)()) {
  constexpr uid_t kNobody = 65534;
  const pid_t pid = fork();
  if (pid == 0)
    _exit(setresgid(kNobody, kNobody, kNobody) == 0 && setresuid(kNobody, kNobody, kNobody) == 0 ? work() : 99);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

void print_figure(const std::string& name, double value, const std::string& unit, std::size_t n) {
  std::printf("FIGURE {\"name\":\"%s\",\"value\":%.9g,\"unit\":\"%s\",\"n\":%zu}\n", name.c_str(), value, unit.c_str(),
              n);
  std::fflush(stdout);
}

}  // namespace atl::tests
