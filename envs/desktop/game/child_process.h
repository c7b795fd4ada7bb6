// A program that runs beside us: a game, an X server, a window of our own. It dies with us, whatever happens to us, and
// is ended politely first. One thread; the thread that starts a process must outlive it (Linux ends the child with the
// thread that forked it).
#pragma once

#include "core/clock.h"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::envs::desktop {

struct ProcessConfig {
  std::vector<std::string> command;      // program and arguments; a program without '/' is looked up like a shell does
  std::vector<std::string> search;       // folders looked in after PATH: games live in /usr/games
  std::vector<std::string> environment;  // "NAME=value", over our own environment; "NAME" alone removes it
  std::filesystem::path working_folder;  // empty: ours
  std::filesystem::path log;             // stdout and stderr go there; empty: nowhere
  bool pipes = false;                    // stdin and stdout are pipes to us instead; stderr still goes to `log`
  std::vector<int> kept_open;            // file descriptors that the program inherits under the same numbers
  std::filesystem::path keeper;          // atoll_keeper: ends also what the program started, whatever happens to us
  std::uint64_t max_file_bytes = 0;      // no file that it writes grows beyond, its log included; 0: no limit
};

/// How a process ended.
struct ExitStatus {
  int code = 0;    // of a normal exit
  int signal = 0;  // that ended it; 0: it exited by itself
};

/// "exit code 1", "signal 9 (Killed)".
[[nodiscard]] std::string to_string(const ExitStatus& status);

/// Where `program` is: as given when it holds a '/', else in PATH, else in `search`. Nothing if it cannot be run.
[[nodiscard]] std::optional<std::filesystem::path> find_program(const std::string& program,
                                                                std::span<const std::string> search);

class ChildProcess {
 public:
  /// Throws Error(kEnvironment) when the program cannot be found or started.
  explicit ChildProcess(const ProcessConfig& config);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Ends the process: `stop` with its default grace.
  ~ChildProcess();

  /// With a keeper: the keeper's, whose only child is the program.
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Our ends of its stdin and stdout, owned by this object; -1 without pipes.
  [[nodiscard]] int stdin_fd() const { return stdin_fd_; }
  [[nodiscard]] int stdout_fd() const { return stdout_fd_; }

  /// Writes `line` and a line end to its stdin. False if it does not read any more.
  [[nodiscard]] bool write_line(const std::string& line);

  /// Closes our end of its stdin: how a well-behaved program is told that nobody will ask any more.
  void close_stdin();

  /// Never blocks. Nothing while it runs.
  [[nodiscard]] std::optional<ExitStatus> poll_exit();
  /// Blocks until it ended or `deadline` has come.
  [[nodiscard]] std::optional<ExitStatus> wait_exit(Timestamp deadline);

  /// SIGTERM to it and its children, SIGKILL to what is left after `grace`. Returns how it ended.
  ExitStatus stop(Duration grace = std::chrono::seconds(2));

  /// The last lines of its log (at most `max_lines`), for error messages; empty without one.
  [[nodiscard]] std::string log_tail(int max_lines = 6) const;

 private:
  pid_t pid_ = -1;
  int pid_fd_ = -1;
  int stdin_fd_ = -1;
  int stdout_fd_ = -1;
  std::filesystem::path log_;
  std::optional<ExitStatus> status_;
};

}  // namespace atl::envs::desktop
