// The picture of the house in a window for people: as large as its place, drawn as finely as a plan says. Nothing but
// house, state, player, size, plan and keys is in its pixels, so that what a window showed can be drawn again, bit for
// bit. One thread.
#pragma once

#include "core/draw_text.h"
#include "envs/desktop/playhouse_window/draw_plan.h"
#include "envs/playhouse/renderer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace atl::envs::desktop {

class ViewPicture {
 public:
  /// `view`: size of the picture. `keys`: what hints call the keys.
  ViewPicture(FrameSize view, const DrawPlan& plan, playhouse::HintKeys keys);

  /// Draws what `player` sees into `window`, whose left upper corner of the picture is at (left, top); what does not
  /// lie within the window is left out. Where less is drawn than shown, pixels are repeated.
  void draw(const playhouse::House& house, const playhouse::State& state, std::size_t player, const Picture& window,
            int left, int top);

  /// What can be done in the last picture, which was drawn of the same house and state: see Renderer::hint.
  [[nodiscard]] std::string hint(const playhouse::House& house, const playhouse::State& state,
                                 std::size_t player) const {
    return renderer_.hint(house, state, player);
  }

 private:
  FrameSize view_;
  playhouse::Renderer renderer_;
  std::vector<std::uint32_t> drawn_;  // [drawn height, drawn width]
};

}  // namespace atl::envs::desktop
