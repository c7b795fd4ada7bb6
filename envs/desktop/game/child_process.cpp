#include "envs/desktop/game/child_process.h"

#include "core/error.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 declares it without extern "C"
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <sstream>

namespace atl::envs::desktop {
namespace {

struct PipePair {
  int read = -1;
  int write = -1;
};

PipePair create_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(ErrorKind::kEnvironment, "cannot make a pipe: {}", std::strerror(errno));
  return {ends[0], ends[1]};
}

// A socket: writing to a pipe that nobody reads any more would end our process by SIGPIPE.
PipePair create_input() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    fail(ErrorKind::kEnvironment, "cannot make a socket: {}", std::strerror(errno));
  return {ends[0], ends[1]};
}

void close_if_open(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

// Our environment with the changes of `wanted`.
std::vector<std::string> merge_environment(std::span<const std::string> wanted) {
  std::vector<std::string> merged;
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const bool replaced =
        std::any_of(wanted.begin(), wanted.end(), [&](const auto& w) { return name_of(w) == name_of(*entry); });
    if (!replaced) merged.emplace_back(*entry);
  }
  for (const std::string& entry : wanted) {
    if (entry.find('=') != std::string::npos) merged.push_back(entry);
  }
  return merged;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// All that the child needs between fork and exec, prepared before: only async-signal-safe calls may follow a fork.
struct Launch {
  const char* program;
  char** arguments;
  char** environment;
  const char* working_folder;  // null: stay
  const char* log;
  int stdin_fd;   // -1: /dev/null
  int stdout_fd;  // -1: the log
  std::span<const int> kept_open;
  pid_t parent;
  int death_signal;  // when we die
  std::uint64_t max_file_bytes;
};

[[noreturn]] void run_child(const Launch& launch) {
  setpgid(0, 0);  // Ctrl-C in our terminal is for us alone
  prctl(PR_SET_PDEATHSIG, launch.death_signal);
  if (getppid() != launch.parent) _exit(126);
  // Ignored and blocked signals survive exec: the program starts with the usual ones.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD}) signal(number, SIG_DFL);
  if (launch.max_file_bytes > 0) {
    signal(SIGXFSZ, SIG_IGN);  // writing fails then, and a game that prints without end plays on
    const rlimit limit{launch.max_file_bytes, launch.max_file_bytes};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  const int log = open(launch.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int input = launch.stdin_fd >= 0 ? launch.stdin_fd : open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int output = launch.stdout_fd >= 0 ? launch.stdout_fd : log;
  if (input < 0 || output < 0 || log < 0) _exit(126);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  for (const int fd : launch.kept_open) fcntl(fd, F_SETFD, 0);
  if (launch.working_folder != nullptr && chdir(launch.working_folder) != 0) _exit(126);
  execve(launch.program, launch.arguments, launch.environment);
  _exit(127);
}

ExitStatus status_of(int raw) {
  return WIFSIGNALED(raw) ? ExitStatus{0, WTERMSIG(raw)} : ExitStatus{WEXITSTATUS(raw), 0};
}

}  // namespace

std::string to_string(const ExitStatus& status) {
  if (status.signal != 0) return fmt::format("signal {} ({})", status.signal, strsignal(status.signal));
  return fmt::format("exit code {}", status.code);
}

std::optional<std::filesystem::path> find_program(const std::string& program, std::span<const std::string> search) {
  const auto runnable = [](const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
  };
  if (program.find('/') != std::string::npos)
    return runnable(program) ? std::optional<std::filesystem::path>(program) : std::nullopt;
  const char* variable = std::getenv("PATH");
  std::istringstream folders(variable == nullptr ? "/usr/bin:/bin" : variable);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && runnable(std::filesystem::path(folder) / program))
      return std::filesystem::path(folder) / program;
  }
  for (const std::string& folder : search) {
    if (runnable(std::filesystem::path(folder) / program)) return std::filesystem::path(folder) / program;
  }
  return std::nullopt;
}

ChildProcess::ChildProcess(const ProcessConfig& config) : log_(config.log) {
  ATOLL_CHECK(!config.command.empty(), "a process without a command");
  const auto program = find_program(config.command.front(), config.search);
  if (!program)
    fail(ErrorKind::kEnvironment, "cannot start {}: no such program in PATH{}{}; install it", config.command.front(),
         config.search.empty() ? "" : " or ", fmt::join(config.search, ", "));

  std::vector<std::string> command = config.command;
  const bool is_kept = !config.keeper.empty();
  if (is_kept) {
    if (!find_program(config.keeper.string(), {}))
      fail(ErrorKind::kEnvironment, "cannot start {}: {} is missing; build the target atoll_keeper", program->string(),
           config.keeper.string());
    command.front() = program->string();
    command.insert(command.begin(), config.keeper.string());
  }
  std::vector<std::string> environment = merge_environment(config.environment);
  const std::vector<char*> arguments = pointers_to(command);
  const std::vector<char*> variables = pointers_to(environment);
  const std::string log = log_.empty() ? "/dev/null" : log_.string();
  PipePair input;
  PipePair output;
  if (config.pipes) {
    input = create_input();
    output = create_pipe();
  }
  const Launch launch{.program = is_kept ? config.keeper.c_str() : program->c_str(),
                      .arguments = const_cast<char**>(arguments.data()),
                      .environment = const_cast<char**>(variables.data()),
                      .working_folder = config.working_folder.empty() ? nullptr : config.working_folder.c_str(),
                      .log = log.c_str(),
                      .stdin_fd = input.read,
                      .stdout_fd = output.write,
                      .kept_open = config.kept_open,
                      .parent = getpid(),
                      .death_signal = is_kept ? SIGTERM : SIGKILL,
                      .max_file_bytes = config.max_file_bytes};
  pid_ = fork();
  if (pid_ == 0) run_child(launch);
  const int reason = errno;
  close_if_open(input.read);
  close_if_open(output.write);
  stdin_fd_ = input.write;
  stdout_fd_ = output.read;
  if (pid_ < 0) {
    close_if_open(stdin_fd_);
    close_if_open(stdout_fd_);
    fail(ErrorKind::kEnvironment, "cannot start {}: {}", program->string(), std::strerror(reason));
  }
  setpgid(pid_, pid_);  // also here, so that a `stop` that comes first finds the group
  pid_fd_ = pidfd_open(pid_, 0);
}

ChildProcess::~ChildProcess() {
  stop();
  close_if_open(stdin_fd_);
  close_if_open(stdout_fd_);
  close_if_open(pid_fd_);
}

bool ChildProcess::write_line(const std::string& line) {
  const std::string text = line + "\n";
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t now = send(stdin_fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0) return false;
    sent += static_cast<std::size_t>(now);
  }
  return true;
}

void ChildProcess::close_stdin() { close_if_open(stdin_fd_); }

std::optional<ExitStatus> ChildProcess::poll_exit() {
  if (status_) return status_;
  int raw = 0;
  const pid_t ended = waitpid(pid_, &raw, WNOHANG);
  if (ended == pid_) status_ = status_of(raw);
  return status_;
}

std::optional<ExitStatus> ChildProcess::wait_exit(Timestamp deadline) {
  while (!poll_exit()) {
    const Duration left = deadline - MonotonicClock::now();
    if (left <= Duration::zero()) return std::nullopt;
    pollfd handle{pid_fd_, POLLIN, 0};  // readable once the process has ended
    poll(&handle, 1, static_cast<int>(std::min<std::int64_t>(left.count() / 1'000'000 + 1, 1000)));
  }
  return status_;
}

ExitStatus ChildProcess::stop(Duration grace) {
  if (!poll_exit()) {
    kill(-pid_, SIGTERM);
    kill(-pid_, SIGCONT);  // a stopped process would never see the first
    if (!wait_exit(MonotonicClock::now() + grace)) {
      kill(-pid_, SIGKILL);
      int raw = 0;
      while (waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
      }
      status_ = status_of(raw);
    }
    kill(-pid_, SIGKILL);  // what the process left behind in its group; an empty group is no error
  }
  return *status_;
}

std::string ChildProcess::log_tail(int max_lines) const {
  std::ifstream file(log_);
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    lines.push_back(line);
    if (static_cast<int>(lines.size()) > max_lines) lines.pop_front();
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace atl::envs::desktop
