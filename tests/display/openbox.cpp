#include "tests/display/openbox.h"

#include "core/clock.h"
#include "core/error.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace atl::tests {

Openbox::Openbox(const std::string& display) {
  // Openbox runs its start-up command last of all. A window that opens after it has told its name, but before that, may
  // wait for ever to be shown: the request lies in a queue that openbox looks into at its next event.
  const std::filesystem::path is_up = folder_.path() / "up";
  const std::filesystem::path log = folder_.path() / "log";
  const std::string tell = "touch " + is_up.string();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv("DISPLAY", display.c_str(), 1);
    for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"}) setenv(name, folder_.path().c_str(), 1);
    const int words = open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    dup2(words, STDOUT_FILENO);
    dup2(words, STDERR_FILENO);
    execlp("openbox", "openbox", "--sm-disable", "--startup", tell.c_str(), nullptr);
    _exit(127);
  }
  SystemClock clock;
  const Timestamp deadline = clock.now() + std::chrono::seconds(20);
  while (!std::filesystem::exists(is_up)) {
    const bool has_ended = waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (has_ended || clock.now() >= deadline) {
      if (!has_ended) end(SIGKILL);  // before its main loop it may hear no other
      fail(ErrorKind::kEnvironment, "openbox did not start on {}; expected it to be installed (tools/setup.sh): {}",
           display, read_text_file(log));
    }
    clock.sleep_until(clock.now() + std::chrono::milliseconds(5));
  }
}

Openbox::~Openbox() { end(SIGTERM); }

void Openbox::end(int signal) const {
  kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
}

}  // namespace atl::tests
