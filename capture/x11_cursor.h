// The pointer's picture over a window: where it is and how it looks, by XFIXES. Part of the X11 window source; uses its
// connection and its thread.
#pragma once

#include "core/clock.h"
#include "core/frame.h"
#include "x11/connection.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace atl::capture {

class X11Cursor {
 public:
  /// How often a pointer that moves over a still picture is looked for: no event tells of every way it can move.
  static constexpr Duration kLookPeriod = std::chrono::microseconds(16'667);

  /// Throws Error(kDevice) if the server lacks XFIXES. Borrows `connection`.
  explicit X11Cursor(const x11::Connection& connection);

  /// Sends a look if one is due and none is under way. Never blocks.
  void look(Timestamp now);
  /// When the next look is due.
  [[nodiscard]] Timestamp next_look() const { return waiting_ ? Timestamp::max() : next_look_; }
  /// Whether a look has come back that shows the pointer otherwise than `draw` did last, in or out of `area` (px of the
  /// screen). Never blocks.
  [[nodiscard]] bool poll_changed(const WindowGeometry& area);

  /// Asks for the pointer as it is between the connection's requests before and after this; `receive` takes the answer,
  /// which must have come (that to a later request has).
  void ask();
  void receive();
  /// Draws what was received into `pixels`, the tightly packed picture of `area`.
  void draw(const WindowGeometry& area, std::vector<std::uint8_t>& pixels);

 private:
  struct Look {
    int x = 0;  // of the picture's left upper pixel on the screen
    int y = 0;
    int width = 0;
    int height = 0;
    std::uint32_t serial = 0;           // of the picture; the same picture has the same
    std::vector<std::uint32_t> argb{};  // [height, width], colour multiplied by alpha
  };
  static bool same(const Look& a, const Look& b);
  static bool meets(const Look& look, const WindowGeometry& area);
  void take(void* raw_reply, Look& look) const;

  const x11::Connection& connection_;
  bool waiting_ = false;  // for the answer to a look
  unsigned looked_ = 0;   // its request
  Timestamp next_look_{};
  unsigned asked_ = 0;  // the request of `ask`
  Look seen_;
  Look received_;
  std::optional<Look> drawn_;
};

}  // namespace atl::capture
