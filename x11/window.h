// Questions about windows and their focus that capture/, input/ and live worlds share.
#pragma once

#include "core/frame.h"
#include "x11/connection.h"

#include <cstdint>
#include <optional>

namespace atl::x11 {

/// The client area in px of the screen; nothing if the window is gone.
[[nodiscard]] std::optional<WindowGeometry> client_area(const Connection& connection, std::uint32_t window);

/// The process that made the window, as the server or else the window (_NET_WM_PID) tells; 0: unknown.
[[nodiscard]] int pid_of(const Connection& connection, std::uint32_t window);

/// Whether keys go to `window` or a child of it. Where the focus follows the pointer (no window manager), whether the
/// pointer is over it.
[[nodiscard]] bool has_focus(const Connection& connection, std::uint32_t window);

/// Whether a click now would go to `window` or a child of it: the pointer is over its client area, and no other window
/// lies between. False if the window is gone.
[[nodiscard]] bool is_pointer_over(const Connection& connection, std::uint32_t window);

/// Whether another window lies over a part of `window`, or a part of it lies outside of the screen or of a window
/// around it: its pixels there are nowhere, unless somebody keeps them (XComposite). True if the window is gone.
[[nodiscard]] bool is_covered(const Connection& connection, std::uint32_t window);

/// Whether no window has the focus: keys go nowhere, or to whatever is under the pointer, as after the window that had
/// it was closed where no window manager gives it to another.
[[nodiscard]] bool is_focus_free(const Connection& connection);

/// Gives `window` the focus, as a click of the window manager would; some toolkits ignore keys until then. Throws
/// Error(kDevice) when the window is gone or not visible.
void focus_window(const Connection& connection, std::uint32_t window);

/// Whether a window manager looks after the screen's windows: without one nobody makes a window fullscreen.
[[nodiscard]] bool has_window_manager(const Connection& connection);

/// How many keys and mouse buttons are down, as any client sees it: also those that the vocabulary does not have.
[[nodiscard]] int num_pressed(const Connection& connection);

}  // namespace atl::x11
