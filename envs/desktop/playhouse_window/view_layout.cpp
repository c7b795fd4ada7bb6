#include "envs/desktop/playhouse_window/view_layout.h"

#include "envs/desktop/playhouse_window/strip.h"

#include <algorithm>

namespace atl::envs::desktop {

int text_scale(FrameSize window) { return std::max((window.height_px + 220) / 350, 1); }

int strip_height(FrameSize window) { return kStripDots * text_scale(window); }

ViewLayout lay_out(FrameSize window, bool has_strip, std::optional<FrameSize> aspect) {
  ViewLayout layout;
  layout.strip_height = has_strip ? std::min(strip_height(window), window.height_px / 2) : 0;
  layout.strip_top = window.height_px - layout.strip_height;
  FrameSize view{window.width_px, layout.strip_top};
  if (aspect) {
    const FrameSize shape = *aspect;
    if (view.width_px * shape.height_px > view.height_px * shape.width_px) {
      view.width_px = view.height_px * shape.width_px / shape.height_px;
    } else {
      view.height_px = view.width_px * shape.height_px / shape.width_px;
    }
  }
  layout.view = {(window.width_px - view.width_px) / 2, (layout.strip_top - view.height_px) / 2, view.width_px,
                 view.height_px};
  return layout;
}

FrameSize window_around(FrameSize view, bool has_strip) {
  if (!has_strip) return view;
  // The strip grows with the window, which grows with the strip, a little each time.
  FrameSize window = view;
  while (window.height_px != view.height_px + strip_height(window))
    window.height_px = view.height_px + strip_height(window);
  return window;
}

}  // namespace atl::envs::desktop
