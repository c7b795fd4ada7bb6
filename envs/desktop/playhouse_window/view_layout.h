// Where in a window for people the picture of the house lies, and where the strip of words below it. Plain functions.
#pragma once

#include "core/frame.h"

#include <optional>

namespace atl::envs::desktop {

/// In px of the window's client area. The strip reaches from strip_top to the lower edge; its height is 0 where there
/// is none. What neither covers is black.
struct ViewLayout {
  WindowGeometry view;
  int strip_top = 0;
  int strip_height = 0;
  friend bool operator==(const ViewLayout&, const ViewLayout&) = default;
};

/// Text in a window is drawn with dots of this many px.
[[nodiscard]] int text_scale(FrameSize window);
/// Of a strip of three lines.
[[nodiscard]] int strip_height(FrameSize window);

/// The largest view that a window has room for above its strip, in the middle: of the shape of `aspect`, or of any.
[[nodiscard]] ViewLayout lay_out(FrameSize window, bool has_strip, std::optional<FrameSize> aspect);

/// The window whose view has just the size `view`.
[[nodiscard]] FrameSize window_around(FrameSize view, bool has_strip);

}  // namespace atl::envs::desktop
