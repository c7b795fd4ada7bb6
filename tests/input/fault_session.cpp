#include "tests/input/fault_session.h"

#include "core/error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace atl::input {

FaultSession::FaultSession(const FaultSessionConfig& config) {
  int ends[2];
  errors_fd_ = memfd_create("errors", MFD_CLOEXEC);
  if (pipe2(ends, O_CLOEXEC) != 0 || errors_fd_ < 0) fail(ErrorKind::kEnvironment, "cannot make a pipe");
  const std::string program = std::string(std::getenv("ATOLL_BIN")) + "/guard_fault_session";
  const std::string window = std::to_string(config.window);
  const std::string seed = std::to_string(config.seed);
  const char* show = config.show_control ? "show" : "plain";
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(errors_fd_, STDERR_FILENO);
    execl(program.c_str(), program.c_str(), config.display.c_str(), window.c_str(), seed.c_str(),
          config.misbehaviour.c_str(), show, nullptr);
    _exit(127);
  }
  close(ends[1]);
  told_fd_ = ends[0];
  fcntl(told_fd_, F_SETFL, O_NONBLOCK);
}

FaultSession::~FaultSession() {
  if (!reaped_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(told_fd_);
  close(errors_fd_);
}

void FaultSession::read() {
  char bytes[65536];
  ssize_t length = 0;
  while ((length = ::read(told_fd_, bytes, sizeof bytes)) > 0) unread_.append(bytes, static_cast<std::size_t>(length));
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    take(unread_.substr(begin, end - begin));
  }
  unread_.erase(0, begin);
}

void FaultSession::take(const std::string& line) {
  std::istringstream words(line);
  std::string kind;
  std::int64_t ns = 0;
  words >> kind >> ns;
  if (kind == "plan") {
    plan_end_ = from_ns(ns);
    words >> guard_;
  } else if (kind == "state") {
    std::getline(words >> std::ws, state_);
  } else if (kind == "event") {
    InputEvent event;
    int origin = 0, what = 0, control = 0, pressed = 0;
    words >> origin >> what >> control >> pressed >> event.dx >> event.dy;
    event.time = from_ns(ns);
    event.origin = static_cast<Origin>(origin);
    event.kind = static_cast<InputKind>(what);
    event.control = control_at(control);
    event.pressed = pressed != 0;
    events_.push_back(event);
  } else if (kind == "calm") {
    calm_ = true;
  }
}

std::optional<int> FaultSession::wait_exit(Timestamp deadline) {
  SystemClock clock;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (clock.now() > deadline) return std::nullopt;
    read();
    clock.sleep_until(clock.now() + std::chrono::milliseconds(2));
  }
  reaped_ = true;
  if (!WIFEXITED(status)) return std::nullopt;
  return WEXITSTATUS(status);
}

std::string FaultSession::errors() const {
  std::string text(65536, '\0');
  const ssize_t length = pread(errors_fd_, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  return text;
}

bool is_running(pid_t pid) {
  FILE* file = std::fopen(fmt::format("/proc/{}/stat", pid).c_str(), "r");
  if (file == nullptr) return false;
  char state = 'R';
  const int read = std::fscanf(file, "%*d (%*[^)]) %c", &state);
  std::fclose(file);
  return read == 1 && state != 'Z';
}

}  // namespace atl::input
