// A real X window that a test moves, covers and draws into, over a connection of its own. Every call returns when the
// server has carried it out.
#pragma once

#include "core/action.h"
#include "core/frame.h"
#include "core/input_event.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace atl::tests {

class TestWindow {
 public:
  /// Opens and maps a window with WM_CLASS ("test", `window_class`); waits until it is visible. `red_mask` etc. are the
  /// screen's: BGRX.
  TestWindow(const std::string& display, WindowGeometry place, const std::string& window_class = "AtollTest",
             const std::string& title = "atoll test window");
  ~TestWindow();

  [[nodiscard]] std::uint32_t id() const;

  /// One request: whoever grabs the window sees all of `image` or nothing of it.
  void put(ImageView image);
  /// The upper half, a pause in which the server can serve others, the lower half.
  void put_in_two(ImageView image, Duration pause);
  void move(int x_px, int y_px);
  void resize(FrameSize size);
  /// Its size as the server told it last: others may change it.
  [[nodiscard]] FrameSize poll_size();
  void raise();
  void map();
  void unmap();
  void destroy();
  void focus();
  /// Takes the focus away from every window.
  void drop_focus();

  /// Key, button and wheel events that the server delivered to the window since the last call (auto-repeat left out).
  [[nodiscard]] std::vector<InputEvent> received();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What any client sees of the keyboard and the mouse buttons: everything that is down, by XQueryKeymap and
/// XQueryPointer, over a connection of its own.
class KeyWatcher {
 public:
  explicit KeyWatcher(const std::string& display);
  ~KeyWatcher();
  [[nodiscard]] ControlSet down();
  /// Whether nothing at all is down, known to the vocabulary or not.
  [[nodiscard]] bool is_clear();
  /// Where the pointer is on the screen.
  [[nodiscard]] PointerPosition pointer();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::tests
