// One permission to see a screen or a window of a Wayland desktop, asked for over D-Bus: CreateSession, SelectSources,
// Start and OpenPipeWireRemote of org.freedesktop.portal.ScreenCast. Part of the portal's source; one thread.
#pragma once

#include "capture/pipewire_source.h"

#include <cstdint>
#include <memory>
#include <string>

namespace atl::capture {

/// What the person has chosen.
struct PortalStream {
  std::uint32_t node = 0;  // of PipeWire
  WindowGeometry place;    // on the screen; size 0: not told
  std::string name;        // "screen by the desktop's portal"
};

class PortalSession {
 public:
  /// Blocks until the person has answered. Reads and writes config.token_file. Throws Error(kDevice), see
  /// create_portal_source.
  explicit PortalSession(const PortalConfig& config);
  PortalSession(const PortalSession&) = delete;
  PortalSession& operator=(const PortalSession&) = delete;
  /// Gives the permission back.
  ~PortalSession();

  [[nodiscard]] const PortalStream& stream() const;

  /// A connection to PipeWire that sees this stream only; the caller's to close.
  [[nodiscard]] int open_pipewire();

  /// Whether the desktop has ended it. Never blocks.
  [[nodiscard]] bool poll_closed();

 private:
  struct State;  // D-Bus's own types
  std::unique_ptr<State> state_;
};

}  // namespace atl::capture
