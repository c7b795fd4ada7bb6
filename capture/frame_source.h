// Where pictures come from: a window of a screen, or a synthetic drawing. Used by live worlds and recorders.
// A source belongs to one thread at a time; each has its own connection to the display, so several may run side by
// side.
#pragma once

#include "core/clock.h"
#include "core/frame.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace atl::capture {

enum class FrameStatus : std::uint8_t {
  kFrame,      // a picture that was not delivered before
  kUnchanged,  // heartbeat: the source answered, and has no newer picture to show
  kHidden,     // the window is unmapped or minimised: there is no picture of it, and no old one is passed off as new
  kGone,       // the window was closed; no picture will ever come
  kTimeout,    // the display did not answer before the deadline: nothing is known
};

/// "frame", "unchanged", ...: the words of logs and recordings.
[[nodiscard]] std::string_view to_string(FrameStatus status);

/// What a source is and what it did so far.
struct SourceInfo {
  std::string name;                  // "window 0x400003 \"DOOM\" on :77"
  WindowGeometry window;             // as of the last picture; size 0 before the first
  std::uint64_t num_frames = 0;      // delivered
  std::uint64_t num_heartbeats = 0;  // kUnchanged returned
  std::uint64_t num_discarded = 0;   // grabbed, but the window changed meanwhile: thrown away and grabbed anew
  std::uint64_t num_resizes = 0;     // size changes followed
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  /// Blocks until there is a new picture, the window is gone, or `deadline` has come (in the past: one round trip to
  /// the display, a few ms at most). Only kFrame writes to `frame`: tightly packed BGRA8 at the source's present size;
  /// its pixel memory is reused, so that steady state allocates nothing. `frame.sequence` counts from 0 without gaps.
  /// Throws Error(kDevice) when the display is lost.
  [[nodiscard]] virtual FrameStatus wait_frame(Timestamp deadline, Frame& frame) = 0;

  [[nodiscard]] virtual SourceInfo info() const = 0;
};

}  // namespace atl::capture
