// The program sdl_reader as a test has it: started, read, ended.
#pragma once

#include "core/clock.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace atl::tests {

class SdlWindow {
 public:
  /// Returns when it has the focus. `is_relative`: it locks the pointer, as games do that look around by mouse. Throws
  /// Error(kEnvironment).
  SdlWindow(const std::string& display, bool is_relative);
  SdlWindow(const SdlWindow&) = delete;
  SdlWindow& operator=(const SdlWindow&) = delete;
  ~SdlWindow();

  [[nodiscard]] std::uint32_t id() const { return id_; }
  /// The lines it printed since the last call: `count` of them, or fewer after `limit`, and what comes within 50 ms, so
  /// that one too many would show.
  [[nodiscard]] std::vector<std::string> wait_lines(std::size_t count, Duration limit = std::chrono::seconds(10));

 private:
  bool read_line(Timestamp deadline, std::string& line);

  pid_t pid_ = -1;
  int commands_ = -1;
  int answers_ = -1;
  std::uint32_t id_ = 0;
  std::string unread_;
};

}  // namespace atl::tests
