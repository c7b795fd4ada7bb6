// Where pictures come from: a window of a screen, a desktop's portal, or a synthetic drawing. Used by live worlds and
// recorders. A source belongs to one thread at a time; each has its own connection to the display, so several may run
// side by side. Whether a source is frozen or black is told by capture/freeze_watch.h.
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
  kHidden,     // unmapped, minimised or closed for now: there is no picture, and no old one is passed off as new
  kGone,       // the window was closed; no picture will ever come
  kTimeout,    // the display did not answer before the deadline: nothing is known
};

/// "frame", "unchanged", ...: the words of logs and recordings.
[[nodiscard]] std::string_view to_string(FrameStatus status);

/// Whether the program that draws is alive. A still picture of a running program is a menu; of another one, a freeze.
enum class ProgramState : std::uint8_t {
  kUnknown,  // nothing tells: another machine's program, or a source that cannot ask
  kRunning,  // the system runs it; where it answers questions (_NET_WM_PING), it did
  kStopped,  // by a signal or a debugger
  kSilent,   // it answers questions, and has not for half a second: it hangs, or loads
};

[[nodiscard]] std::string_view to_string(ProgramState state);

enum class CursorMode : std::uint8_t {
  kNotDrawn,  // pictures are what the program draws, and nothing over it
  kDrawn,     // the pointer is drawn into pictures where a person sees it; its motion makes new pictures
};

/// What a source is and what it did so far.
struct SourceInfo {
  std::string name;                               // "window 0x400003 \"DOOM\" on :77"
  WindowGeometry window;                          // as of the last picture; size 0 before the first
  CursorMode cursor = CursorMode::kNotDrawn;      // as pictures are
  std::uint32_t window_id = 0;                    // X11: of the present window; 0: none
  int pid = 0;                                    // of the program that draws; 0: unknown
  ProgramState program = ProgramState::kUnknown;  // as of the last wait_frame
  Timestamp last_drawn{};                         // when something was last seen to be drawn; 0: never
  std::uint64_t num_frames = 0;                   // delivered
  std::uint64_t num_heartbeats = 0;               // kUnchanged returned
  std::uint64_t num_discarded = 0;  // grabbed, but the window changed meanwhile: thrown away and grabbed anew
  std::uint64_t num_resizes = 0;    // size changes followed
  std::uint64_t num_reopened = 0;   // windows that took the place of one that was closed
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  /// Blocks until there is a new picture, the window is gone, or `deadline` has come (in the past: one round trip to
  /// the display, a few ms at most). Only kFrame writes to `frame`: tightly packed BGRA8 at the source's present size;
  /// its pixel memory is reused, so that steady state allocates nothing. `frame.sequence` counts from 0 without gaps.
  /// Who wants to hear of a freeze within a second waits for a quarter of a second at a time.
  /// Throws Error(kDevice) when the display is lost.
  [[nodiscard]] virtual FrameStatus wait_frame(Timestamp deadline, Frame& frame) = 0;

  [[nodiscard]] virtual SourceInfo info() const = 0;
};

}  // namespace atl::capture
