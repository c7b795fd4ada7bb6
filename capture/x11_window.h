// Pictures of one X11 window, whatever covers it: XComposite keeps its pixels, XDamage says when they change, and
// MIT-SHM brings them over. The window is followed through resizes, moves, covering and minimising. What a program does
// when it closes its window and opens another is followed by capture/reopening.h.
#pragma once

#include "capture/frame_source.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace atl::capture {

struct X11WindowConfig {
  std::string display{};     // ":77"; empty: the display that the process was started on
  std::uint32_t window = 0;  // its id, as WindowMatch::id
  /// The part of the client area that pictures are of; size 0: all of it. What of it lies outside a window that shrank
  /// is left out; if that is all, pictures are of the whole window.
  WindowGeometry area{};
  CursorMode cursor = CursorMode::kNotDrawn;  // the pointer is drawn also where another window lies over this one
  double max_rate_hz = 0.0;                   // at most this many pictures a second; 0: each change
  /// After the window appeared or changed its size its pixels are whatever the server left there: pictures are held
  /// back for this long, so that the program can draw, and until it has drawn.
  Duration settle_after_change = std::chrono::milliseconds(50);
  /// After so long its pixels are taken for drawn although nobody was seen to draw them: some windows need no drawing.
  /// Not while the program is stopped or silent.
  Duration undrawn_after_change = std::chrono::milliseconds(500);
  /// A picture is delivered only when nothing was drawn for this long: for programs that draw one picture in several
  /// requests, which else would be seen half drawn. 0: programs that hand over whole pictures, as SDL and GL do.
  Duration settle = Duration::zero();
};

/// A window that only moves makes no new picture, except of the pointer over it.
/// Opens a connection of its own and watches the window; any size, depth 24 or 32. Null: there is no such window, or no
/// longer, as when a game closes the first one that it opened. Throws Error(kDevice) naming what is missing: display,
/// extension (Composite, DAMAGE, MIT-SHM with file descriptors, XFIXES for the cursor), or a pixel layout that is not
/// BGRA8.
[[nodiscard]] std::unique_ptr<FrameSource> create_x11_window_source(const X11WindowConfig& config);

}  // namespace atl::capture
