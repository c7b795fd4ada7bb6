// Runs the built `atoll` as a user would: in a process of its own, with its output and exit code caught.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace atl::tools_test {

struct ProgramResult {
  int exit_code = -1;  // 128 + number if a signal ended it
  std::string out;     // stdout
  std::string err;     // stderr
};

/// The built program; from ATOLL_BIN, which ctest sets, else beside the test program.
[[nodiscard]] std::filesystem::path program_path(const std::string& name);

/// A running `atoll`; the destructor ends it.
class Program {
 public:
  /// `program`: the file to start.
  explicit Program(const std::vector<std::string>& arguments,
                   const std::filesystem::path& program = program_path("atoll"));
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send_signal(int signal) const;
  /// Whether it has said `text` on stderr before `seconds` were over or it ended.
  [[nodiscard]] bool wait_for_stderr(const std::string& text, double seconds);
  /// Waits for its end.
  ProgramResult wait();

 private:
  void read_stderr(double seconds);
  pid_t pid_ = -1;
  std::filesystem::path out_file_;
  int err_fd_ = -1;
  std::string err_;
};

/// `atoll ARGUMENTS...`, to its end. `program`: another copy of it.
[[nodiscard]] ProgramResult run_atoll(const std::vector<std::string>& arguments,
                                      const std::filesystem::path& program = program_path("atoll"));

}  // namespace atl::tools_test
