// A Wayland desktop of a test's own, without a screen: D-Bus session, sway (headless), PipeWire with its session
// manager, and the desktop portal. All in a private folder; all ended with this object.
#pragma once

#include "core/files.h"
#include "core/frame.h"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace atl::tests {

struct WaylandDesktopConfig {
  FrameSize screen{640, 480};
  bool portal = true;      // xdg-desktop-portal
  bool screencast = true;  // the part of it that knows sway
};

class WaylandDesktop {
 public:
  /// Returns when all of it answers. Throws Error(kEnvironment) naming what is missing or did not come up, with its
  /// words.
  explicit WaylandDesktop(const WaylandDesktopConfig& config = {});
  WaylandDesktop(const WaylandDesktop&) = delete;
  WaylandDesktop& operator=(const WaylandDesktop&) = delete;
  ~WaylandDesktop();

  /// Address of its D-Bus.
  [[nodiscard]] std::string bus() const;
  /// For programs that open windows on it: "NAME=value".
  [[nodiscard]] std::vector<std::string> environment() const;
  /// Sends to one of its programs, by name ("sway", "pipewire", "xdg-desktop-portal-wlr", ...).
  void send_signal(const std::string& program, int signal) const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  struct Started {
    std::string name;
    pid_t pid = -1;
  };
  pid_t spawn(const std::string& name, const std::vector<std::string>& command) const;
  void start(const std::string& name, const std::vector<std::string>& command);
  void wait_for(const std::string& name, const std::filesystem::path& socket);
  void wait_for_name(const std::string& name, const std::string& bus_name);
  [[noreturn]] void give_up(const std::string& name) const;
  void end();

  const bool has_screencast_;
  TemporaryFolder folder_{"atoll-wayland"};
  std::vector<Started> started_;
};

/// For `main` of such tests: forgets the desktop that it was started on. sway runs as no root: as root, goes on as the
/// user nobody.
void become_user();

}  // namespace atl::tests
