// A window manager on a display of a test's own, as on people's desktops: starts openbox, with none of the settings of
// the person who runs the test, and ends it.
#pragma once

#include "core/files.h"

#include <sys/types.h>

#include <string>

namespace atl::tests {

class Openbox {
 public:
  /// Blocks until windows that open are looked after; throws Error(kEnvironment) if openbox is missing, ends, or has
  /// not come up within 20 s.
  explicit Openbox(const std::string& display);
  Openbox(const Openbox&) = delete;
  Openbox& operator=(const Openbox&) = delete;
  ~Openbox();

 private:
  void end(int signal) const;
  const TemporaryFolder folder_;
  pid_t pid_ = -1;
};

}  // namespace atl::tests
