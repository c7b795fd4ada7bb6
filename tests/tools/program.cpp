#include "tests/tools/program.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace atl::tools_test {

std::filesystem::path program_path(const std::string& name) {
  if (const char* folder = std::getenv("ATOLL_BIN")) return std::filesystem::path(folder) / name;
  return std::filesystem::canonical("/proc/self/exe").parent_path() / name;
}

Program::Program(const std::vector<std::string>& arguments, const std::filesystem::path& program) {
  static std::atomic<int> counter{0};
  out_file_ =
      std::filesystem::temp_directory_path() / fmt::format("atoll-program-{}-{}.out", getpid(), counter.fetch_add(1));
  const std::string path = program.string();
  std::vector<char*> argv{const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  ATOLL_CHECK(pipe(ends) == 0, "no pipe");
  pid_ = fork();
  ATOLL_CHECK(pid_ >= 0, "no process");
  if (pid_ == 0) {
    dup2(open(out_file_.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    execv(path.c_str(), argv.data());
    _exit(127);
  }
  close(ends[1]);
  err_fd_ = ends[0];
}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(err_fd_);
  std::filesystem::remove(out_file_);
}

void Program::send_signal(int signal) const { kill(pid_, signal); }

// Reads until more came, the other end was closed, or the time is over.
void Program::read_stderr(double seconds) {
  pollfd waiting{err_fd_, POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(seconds * 1000)) <= 0) return;
  char buffer[4096];
  const ssize_t count = read(err_fd_, buffer, sizeof buffer);
  if (count > 0) err_.append(buffer, static_cast<std::size_t>(count));
}

bool Program::wait_for_stderr(const std::string& text, double seconds) {
  const Timestamp deadline = MonotonicClock::now() + from_seconds(seconds);
  while (err_.find(text) == std::string::npos) {
    const Timestamp now = MonotonicClock::now();
    const std::size_t before = err_.size();
    if (now >= deadline) return false;
    read_stderr(to_seconds(deadline - now));
    if (err_.size() == before) return false;
  }
  return true;
}

ProgramResult Program::wait() {
  ProgramResult result;
  for (std::size_t before = err_.size() + 1; err_.size() != before;) {
    before = err_.size();
    read_stderr(600.0);
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = read_text_file(out_file_);
  result.err = err_;
  return result;
}

ProgramResult run_atoll(const std::vector<std::string>& arguments, const std::filesystem::path& program) {
  return Program(arguments, program).wait();
}

}  // namespace atl::tools_test
