// Takes the pixels of one X11 window: XComposite names the pixmap that holds them, MIT-SHM brings them over. Part of
// the X11 window source; uses its connection and its thread. Only `begin` waits for the server, and only after the
// window changed.
#pragma once

#include "capture/x11_cursor.h"
#include "capture/x11_shared_memory.h"
#include "core/clock.h"
#include "core/frame.h"
#include "x11/connection.h"

#include <cstdint>
#include <optional>

namespace atl::capture {

class X11Grabber {
 public:
  /// Checks that the window at `window` can be taken and redirects it. `cursor`: drawn into pictures; null: none.
  /// Borrows both. Throws Error(kDevice) naming what is missing.
  X11Grabber(const x11::Connection& connection, std::uint32_t window, X11Cursor* cursor);

  /// The window's client area and border, as last told by the server.
  void set_size(FrameSize size, int border_px);

  /// The window changed: its pixels are elsewhere now, and a picture under way is of the past.
  void drop_pixmap();

  /// Asks for the picture of `area` (of the client area). False if the window changes just now; an event tells how.
  [[nodiscard]] bool begin(const WindowGeometry& area, Timestamp now);
  [[nodiscard]] bool is_under_way() const { return grab_.has_value(); }
  /// The request that took the last picture: what was drawn before the server came to it is in the picture.
  [[nodiscard]] std::uint32_t image_sequence() const { return image_sequence_; }

  /// Whether the answer has come. Never blocks. Events that came before it are known to the connection then: read them
  /// before `finish`, for they tell whether the window changed meanwhile.
  [[nodiscard]] bool poll();

  enum class Result : std::uint8_t { kTaken, kChanged, kSame };
  /// Takes what has come: writes pixels, sizes, times and place of `frame`. kChanged: the window changed meanwhile, and
  /// nothing is written. `unless_same`: nor with kSame, if the pixels are those of the picture taken before.
  [[nodiscard]] Result finish(Frame& frame, bool unless_same);

 private:
  struct Grab {
    unsigned place = 0;  // requests
    unsigned image = 0;
    WindowGeometry area;
    Timestamp requested;
    bool come = false;
    bool succeeded = false;
  };
  [[nodiscard]] bool name_pixmap();

  const x11::Connection& connection_;
  const std::uint32_t window_;
  X11Cursor* const cursor_;
  FrameSize size_;
  int border_px_ = 0;
  std::optional<X11SharedMemory> memory_[2];  // in turn: the other one holds the picture before
  int turn_ = 0;
  std::size_t num_bytes_before_ = 0;  // of the picture before
  std::uint32_t pixmap_ = 0;          // 0: not named yet
  std::optional<Grab> grab_;
  std::uint32_t image_sequence_ = 0;
  bool stale_ = false;  // the window changed while a picture was under way
};

/// Whether pixels of `visual` at `depth` are BGRA8; throws Error(kDevice) naming both and what to do if not.
void check_visual(const x11::Connection& connection, std::uint32_t window, std::uint32_t visual, int depth);

}  // namespace atl::capture
