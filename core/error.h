// Errors of the whole project: one exception type and one contract check.
//
// `Error` is thrown when work cannot go on (a bad file, flag, device or message); `ATOLL_CHECK` guards what a caller
// must keep, in release builds too. Expected results of normal running (time-out, episode end, no new frame) are
// returned, never thrown. Whoever throws does not log; `main` logs and sets the exit code.
// The namespace is `atl`: `atoll` is a function of the C library (stdlib.h) and cannot name a namespace.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace atl {

enum class ErrorKind {
  kUsage,        // a flag or argument of the program: exit code 2
  kConfig,       // a value in a configuration file
  kFile,         // a file or folder cannot be opened, read or written
  kFormat,       // a file or message holds something else than it should
  kVersion,      // a file or message comes from a newer Atoll
  kContract,     // data, policy and world do not fit together
  kDevice,       // screen, input device, accelerator
  kNetwork,      // a socket, a peer
  kEnvironment,  // a world or game cannot be started or brought to its start state
  kInternal,     // a broken contract between parts of Atoll: a bug
};

[[nodiscard]] std::string_view to_string(ErrorKind kind);

/// The project's only exception type. The message says what was attempted, on which object, the value found, the value
/// expected, and what to do next.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

/// Throws `Error` with a message in fmt's format.
template <class... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kind, fmt::format(format, std::forward<Args>(args)...));
}

namespace detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line, const std::string& message);
}  // namespace detail

}  // namespace atl

/// Throws Error(kInternal) unless `condition` holds: `ATOLL_CHECK(n > 0, "n is {}, expected > 0", n)`.
#define ATOLL_CHECK(condition, ...)                                                            \
  do {                                                                                         \
    if (!(condition)) [[unlikely]]                                                             \
      ::atl::detail::check_failed(#condition, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
  } while (false)
