#include "input/guard_child.h"

#include "core/error.h"
#include "core/log.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <vector>

namespace atl::input {
namespace {

void close_all_but(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned first = STDERR_FILENO + 1;
  for (const int fd : kept) {
    if (static_cast<unsigned>(fd) > first) close_range(first, static_cast<unsigned>(fd) - 1, 0);
    first = std::max(first, static_cast<unsigned>(fd) + 1);
  }
  close_range(first, UINT_MAX, 0);
}

}  // namespace

pid_t start_child(const std::vector<int>& kept, const std::function<void()>& work) {
  const pid_t pid = fork();
  if (pid < 0) fail(ErrorKind::kDevice, "cannot start a process of the guard: {}", std::strerror(errno));
  if (pid > 0) return pid;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
  close_all_but(kept);
  try {
    work();
  } catch (const std::exception& error) {
    write_log(LogLevel::kError, error.what());
    _exit(1);
  }
  _exit(0);
}

}  // namespace atl::input
