#include "tests/capture/counter_window.h"

#include "core/error.h"
#include "core/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace atl::tests {

CounterWindow::CounterWindow(const CounterWindowConfig& config) {
  int commands[2];
  int answers[2];
  if (pipe2(commands, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0)
    fail(ErrorKind::kEnvironment, "cannot make pipes for counter_program");
  const std::string program = program_folder() / "counter_program";
  const std::string width = std::to_string(config.size.width_px);
  const std::string height = std::to_string(config.size.height_px);
  const std::string rate = std::to_string(config.rate_hz);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a killed test leaves nothing behind
    dup2(commands[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    for (const std::string& variable : config.environment) putenv(const_cast<char*>(variable.c_str()));
    execl(program.c_str(), program.c_str(), width.c_str(), height.c_str(), rate.c_str(), config.title.c_str(), nullptr);
    _exit(127);
  }
  close(commands[0]);
  close(answers[1]);
  commands_ = commands[1];
  char c = 0;
  std::string word;
  while (read(answers[0], &c, 1) == 1 && c != '\n') word += c;
  close(answers[0]);
  if (word != "up") {
    end();
    fail(ErrorKind::kEnvironment, "counter_program showed no picture");
  }
}

CounterWindow::~CounterWindow() { end(); }

void CounterWindow::tell(const std::string& command) {
  const std::string line = command + "\n";
  ATOLL_CHECK(write(commands_, line.data(), line.size()) == static_cast<ssize_t>(line.size()),
              "counter_program does not read");
}

void CounterWindow::send_signal(int signal) const { kill(pid_, signal); }

void CounterWindow::end() {
  if (pid_ <= 0) return;
  close(commands_);
  kill(pid_, SIGCONT);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace atl::tests
