// Whether the game's window has the focus, and whether it still is there. Borrows a connection whose events the owner
// reads and shows to it. The answer follows the order of the events, so that input read late is still judged by the
// focus it had.
#pragma once

#include "x11/connection.h"

#include <cstdint>

namespace atl::input {

class X11Focus {
 public:
  /// `window` 0: everything counts as focused. Throws Error(kDevice) if there is no such window.
  X11Focus(const x11::Connection& connection, std::uint32_t window);

  /// Another window from now on, whose id may be that of one that was closed. One that is not there counts as gone.
  void watch(std::uint32_t window);

  /// Notes what `event` says; true if it was about focus or existence of the window.
  bool on_event(const x11::Event& event);

  /// The display answered that keys go to the window `focus`: counts only if no event told that the focus left.
  void on_focus_answer(std::uint32_t focus);

  [[nodiscard]] bool is_focused() const { return focused_; }
  [[nodiscard]] bool is_gone() const { return gone_; }

 private:
  [[nodiscard]] bool select();
  [[nodiscard]] bool is_of_window(const x11::Event& event) const;
  void on_crossing(bool entered);

  const x11::Connection& connection_;
  std::uint32_t window_;
  std::uint32_t watched_from_ = 0;  // the request: events of before it are those of another window, or of its namesake
  std::uint32_t last_focus_ = 0;
  bool focused_ = false;
  bool gone_ = false;
};

}  // namespace atl::input
