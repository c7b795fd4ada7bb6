// An SDL window that shows pictures and hands over what was pressed and moved. One thread, the one that made it.
//
// While the mouse is captured its motion, wheel and buttons count. It is let go when the window loses the focus and
// taken again when it regains it; a click into the window takes it, too, which then counts as nothing else.
#pragma once

#include "core/frame.h"
#include "envs/desktop/playhouse_window/window_input.h"

#include <cstdint>
#include <memory>
#include <string>

namespace atl::envs::desktop {

struct ScreenOptions {
  std::string title;
  FrameSize size;          // of the client area
  bool resizable = false;  // by the person; down to 320x240
  bool fullscreen = false;
};

class Screen {
 public:
  /// Opens a window in the middle of the screen, takes the focus and captures the mouse. Throws Error(kDevice) when
  /// there is no screen.
  explicit Screen(const ScreenOptions& options);
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  /// Its X11 id; 0 on other systems.
  [[nodiscard]] std::uint32_t window_id() const;
  /// Whether somebody closed it.
  [[nodiscard]] bool is_closed() const;
  /// Whether the mouse moves the view and not the desktop's pointer.
  [[nodiscard]] bool is_captured() const;
  /// Takes the mouse or lets it go; let go so, the focus alone does not take it again.
  void set_captured(bool captured);
  /// Of the client area.
  [[nodiscard]] FrameSize size() const;
  void toggle_fullscreen();
  void set_title(const std::string& title);

  /// Takes what has happened since the last call. Never blocks.
  [[nodiscard]] WindowInput take_input();

  /// Shows a picture of the window's size, or one that fits into it a whole number of times, enlarged: each pixel
  /// becomes a block. Returns when the screen has taken it. Throws Error(kInternal) for other sizes.
  void show(ImageView picture);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::envs::desktop
