// The program atoll_playhouse as a test's child: commands in, events out.
#pragma once

#include "core/clock.h"
#include "core/files.h"
#include "envs/desktop/game/child_process.h"
#include "envs/desktop/playhouse_window/line_input.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "input/sink.h"
#include "tests/display/xvfb.h"

#include <memory>
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

/// A window that was opened to record a person, on a display of its own.
struct RecordedWindow {
  RecordedWindow() {
    static_cast<void>(window.wait<envs::desktop::OpenedEvent>());
    static_cast<void>(window.wait<envs::desktop::KeysEvent>());
  }

  Xvfb screen;
  TemporaryFolder folder;
  std::string keys = (folder.path() / "keys.toml").string();
  std::string log = (folder.path() / "ticks.jsonl").string();
  WindowProcess window{screen.display(), {"--person", "--scale", "2", "--keys", keys, "--log", log}};
  std::unique_ptr<input::InputSink> sink = input::create_x11_sink({.display = screen.display()});
};

}  // namespace atl::tests
