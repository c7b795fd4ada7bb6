#include "tests/input/sdl_window.h"

#include "core/error.h"
#include "core/files.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace atl::tests {

SdlWindow::SdlWindow(const std::string& display, bool is_relative) {
  int commands[2];
  int answers[2];
  if (pipe2(commands, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0)
    fail(ErrorKind::kEnvironment, "cannot make pipes for sdl_reader");
  const std::string program = program_folder() / "sdl_reader";
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a killed test leaves nothing behind
    dup2(commands[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    execl(program.c_str(), program.c_str(), display.c_str(), is_relative ? "relative" : "absolute", nullptr);
    _exit(127);
  }
  close(commands[0]);
  close(answers[1]);
  commands_ = commands[1];
  answers_ = answers[0];
  const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(20);
  for (std::string line; id_ == 0;) {
    if (!read_line(deadline, line)) fail(ErrorKind::kEnvironment, "sdl_reader showed no window that has the focus");
    if (line.starts_with("ready ")) id_ = static_cast<std::uint32_t>(std::stoul(line.substr(6)));
  }
}

SdlWindow::~SdlWindow() {
  close(commands_);
  close(answers_);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool SdlWindow::read_line(Timestamp deadline, std::string& line) {
  while (true) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return true;
    }
    const Duration left = std::max(deadline - MonotonicClock::now(), Duration::zero());
    pollfd waited{answers_, POLLIN, 0};
    if (poll(&waited, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count())) <= 0)
      return false;
    char bytes[4096];
    const ssize_t length = read(answers_, bytes, sizeof bytes);
    if (length <= 0) return false;
    unread_.append(bytes, static_cast<std::size_t>(length));
  }
}

std::vector<std::string> SdlWindow::wait_lines(std::size_t count, Duration limit) {
  std::vector<std::string> lines;
  const Timestamp deadline = MonotonicClock::now() + limit;
  std::string line;
  while (lines.size() < count && read_line(deadline, line)) lines.push_back(line);
  const Timestamp end = MonotonicClock::now() + std::chrono::milliseconds(50);
  while (read_line(end, line)) lines.push_back(line);
  return lines;
}

}  // namespace atl::tests
