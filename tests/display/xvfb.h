// An X display of a test's own: starts Xvfb on a free number and ends it. Runs with -noreset: else Xvfb forgets pressed
// keys when its last client leaves, and a test about stuck keys could not fail.
#pragma once

#include "core/frame.h"

#include <sys/types.h>

#include <string>

namespace atl::tests {

class Xvfb {
 public:
  /// Blocks until the display takes connections; throws Error(kEnvironment) if Xvfb is missing or ends.
  explicit Xvfb(FrameSize screen = {1280, 720});
  Xvfb(const Xvfb&) = delete;
  Xvfb& operator=(const Xvfb&) = delete;
  ~Xvfb();

  [[nodiscard]] const std::string& display() const { return display_; }  // ":93"
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  std::string display_;
};

}  // namespace atl::tests
