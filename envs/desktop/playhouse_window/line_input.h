// Lines that arrive on a file descriptor, without blocking the one who waits for other things too. One thread.
#pragma once

#include "core/clock.h"

#include <optional>
#include <string>

namespace atl::envs::desktop {

class LineInput {
 public:
  /// Borrows `fd`.
  explicit LineInput(int fd) : fd_(fd) {}

  /// Blocks until there is something to read or `deadline` has come.
  void wait_until(Timestamp deadline);

  /// The next whole line without its end, or nothing for now. Never blocks. What comes after the last line end before
  /// the stream's end is dropped. Throws Error(kFormat) for a line longer than 1 MiB.
  [[nodiscard]] std::optional<std::string> poll_line();

  /// Whether the other side closed the stream and all lines were taken.
  [[nodiscard]] bool is_ended() const { return ended_; }

 private:
  int fd_;
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace atl::envs::desktop
