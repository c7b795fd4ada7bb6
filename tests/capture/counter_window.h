// The program counter_program (see there) as a test's child: started, told what to do, stopped and ended.
#pragma once

#include "core/frame.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace atl::tests {

struct CounterWindowConfig {
  FrameSize size{320, 240};
  double rate_hz = 60.0;
  std::string title = "counter";
  std::vector<std::string> environment{};  // "NAME=value"
};

class CounterWindow {
 public:
  /// Returns when its first picture is shown.
  explicit CounterWindow(const CounterWindowConfig& config);
  CounterWindow(const CounterWindow&) = delete;
  CounterWindow& operator=(const CounterWindow&) = delete;
  ~CounterWindow();

  void tell(const std::string& command);
  void send_signal(int signal) const;
  /// Ends it and waits for that.
  void end();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int commands_ = -1;
};

}  // namespace atl::tests
