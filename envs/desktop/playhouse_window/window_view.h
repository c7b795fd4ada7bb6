// What Playhouse's window shows: the house as one player sees it, and for people a strip of words below it and the help
// page over it. For agents: their pixels, each as a block, and nothing else. One thread.
#pragma once

#include "core/clock.h"
#include "envs/desktop/playhouse_window/draw_plan.h"
#include "envs/desktop/playhouse_window/overlay.h"
#include "envs/desktop/playhouse_window/screen.h"
#include "envs/desktop/playhouse_window/strip.h"
#include "envs/desktop/playhouse_window/view_layout.h"
#include "envs/desktop/playhouse_window/view_picture.h"
#include "envs/playhouse/renderer.h"
#include "envs/playhouse/world.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace atl::envs::desktop {

struct ViewOptions {
  FrameSize frame;          // what an agent sees
  int scale = 1;            // window pixels per agent pixel, of windows that are not fullscreen
  bool agent_view = false;  // the agent's pixels as blocks; excludes a strip
  bool has_strip = false;
  bool can_change = false;  // size and shape of the window, by the person; else the view has the agent's shape
  bool fullscreen = false;
};

class WindowView {
 public:
  /// Opens the window, black. Throws Error(kDevice) without a screen.
  WindowView(const ViewOptions& options, playhouse::HintKeys keys);

  /// What hints call the keys from now on.
  void set_hint_keys(playhouse::HintKeys keys);

  [[nodiscard]] Screen& screen() { return screen_; }
  [[nodiscard]] const Screen& screen() const { return screen_; }
  /// The house's part of the window: what is captured of it.
  [[nodiscard]] WindowGeometry area() const { return layout_.view; }
  /// Whether the window has another size than the picture that was shown last.
  [[nodiscard]] bool is_outgrown() const;

  /// Draws and shows; returns when it was shown. `world` and `over` may be null: then there is none. `words` mean
  /// nothing without a strip; where they take it, a hint on what is seen comes in.
  Timestamp show(const playhouse::World* world, std::size_t player, StripWords words, const Overlay* over);

 private:
  void fit();
  void make_picture();
  [[nodiscard]] Picture picture();
  void show_pixels();

  const ViewOptions options_;
  playhouse::HintKeys keys_;
  Screen screen_;
  FrameSize shown_size_;  // of what is shown
  ViewLayout layout_;
  std::optional<DrawPace> pace_;                 // none in agent view
  std::optional<ViewPicture> house_;             // none in agent view
  std::optional<playhouse::Renderer> renderer_;  // of agent view
  bool was_over_ = false;                        // something lay over the house: beside it, it has to be wiped away
  std::vector<std::uint32_t> window_;            // [height, width] of what is shown; agent view: of the frame
};

}  // namespace atl::envs::desktop
