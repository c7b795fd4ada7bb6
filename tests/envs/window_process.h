// The program atoll_playhouse as a test's child: commands in, events out.
#pragma once

#include "core/clock.h"
#include "envs/desktop/game/child_process.h"
#include "envs/desktop/playhouse_window/line_input.h"
#include "envs/desktop/playhouse_window/protocol.h"

#include <optional>
#include <string>
#include <vector>

namespace atl::tests {

class WindowProcess {
 public:
  /// Starts the window on `display` with --controlled and `flags`.
  WindowProcess(const std::string& display, const std::vector<std::string>& flags);

  void send(const envs::desktop::WindowCommand& command);
  void send_line(const std::string& line);
  /// The next event; throws Error(kEnvironment) if none came within 30 s.
  [[nodiscard]] envs::desktop::WindowEvent wait_event();
  /// The next event, if one comes before `deadline`.
  [[nodiscard]] std::optional<envs::desktop::WindowEvent> poll_event(Timestamp deadline);
  /// The next event, which has to be a T; throws std::bad_variant_access otherwise.
  template <class T>
  [[nodiscard]] T wait() {
    return std::get<T>(wait_event());
  }
  [[nodiscard]] envs::desktop::ChildProcess& process() { return process_; }

 private:
  envs::desktop::ChildProcess process_;
  envs::desktop::LineInput events_;
};

}  // namespace atl::tests
