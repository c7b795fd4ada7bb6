#include "tests/display/xvfb.h"

#include "core/error.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace atl::tests {

Xvfb::Xvfb(FrameSize screen) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail(ErrorKind::kEnvironment, "cannot make a pipe for Xvfb");
  const std::string size = fmt::format("{}x{}x24", screen.width_px, screen.height_px);
  const std::string number_fd = std::to_string(ends[1]);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a killed test leaves no server behind
    fcntl(ends[1], F_SETFD, 0);
    execlp("Xvfb", "Xvfb", "-displayfd", number_fd.c_str(), "-screen", "0", size.c_str(), "-nolisten", "tcp",
           "-noreset", nullptr);
    _exit(127);
  }
  close(ends[1]);
  // Xvfb writes its number and a line end once it is ready; the pipe ends if it died.
  std::string number;
  char c = 0;
  while (read(ends[0], &c, 1) == 1 && c != '\n') number += c;
  close(ends[0]);
  if (number.empty() || c != '\n') {
    waitpid(pid_, nullptr, 0);
    fail(ErrorKind::kEnvironment, "Xvfb did not start; expected it to be installed (tools/setup.sh)");
  }
  display_ = ":" + number;
}

Xvfb::~Xvfb() {
  kill(pid_, SIGCONT);  // a test may have stopped it
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

}  // namespace atl::tests
