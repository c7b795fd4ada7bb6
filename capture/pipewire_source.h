// Pictures of a Wayland desktop: its portal (org.freedesktop.portal.ScreenCast) asks the person once which window or
// screen may be seen, and PipeWire brings the pictures, one for each change. The Wayland counterpart of
// capture/x11_window.h, behind the same interface.
//
// What differs from X11: who may be seen is chosen by the person and not by us; the program behind it cannot be asked
// whether it lives (ProgramState::kUnknown); the pointer is drawn by the compositor.
#pragma once

#include "capture/frame_source.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace atl::capture {

enum class PortalContent : std::uint8_t { kAny, kMonitor, kWindow };

struct PortalConfig {
  std::string bus{};  // address of the session's D-Bus; empty: DBUS_SESSION_BUS_ADDRESS, or the user's standard one
  PortalContent content = PortalContent::kAny;
  CursorMode cursor = CursorMode::kNotDrawn;
  double max_rate_hz = 0.0;  // at most this many pictures a second, the newest ones; 0: each change
  /// Keeps the person's permission, so that they are asked only once: read if it is there, written anew by each start
  /// (a token is good for one). Empty: asked each time.
  std::filesystem::path token_file{};
  Duration answer_within = std::chrono::seconds(60);  // of the person
};

/// Asks the portal, and returns when pictures can come. The person's permission ends with the source. Throws
/// Error(kDevice) that says what was found and what to do where it cannot be: no session bus, no portal, a desktop
/// without ScreenCast, content or cursor mode that it does not offer, a person who refuses or does not answer,
/// PipeWire missing.
[[nodiscard]] std::unique_ptr<FrameSource> create_portal_source(const PortalConfig& config);

struct PipeWireConfig {
  int remote_fd = -1;                         // a connection to PipeWire, taken over; -1: the user's own daemon
  std::uint32_t node = 0;                     // that pictures come from
  std::string name{};                         // for info() and messages
  CursorMode cursor = CursorMode::kNotDrawn;  // what pictures are known to be
  double max_rate_hz = 0.0;
  WindowGeometry place{};  // of the pictures on the screen, where it is known
};

/// Pictures of one node of PipeWire, as compositors that need no portal offer them (gamescope). Pictures in shared
/// memory with 4 bytes a pixel. Throws Error(kDevice).
[[nodiscard]] std::unique_ptr<FrameSource> create_pipewire_source(const PipeWireConfig& config);

}  // namespace atl::capture
