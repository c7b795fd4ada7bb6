// The person at a recorder: what they ask of a live session while it runs, and what it tells them. Implemented by
// tools/recorder_desk.h with keys and an indicator on the screen.
#pragma once

#include "core/controls.h"
#include "core/frame.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::session {

enum class DeskWish : std::uint8_t {
  kPause,    // stop recording, or go on with it: the game goes on meanwhile
  kSuccess,  // the episode ends here: done what was asked for
  kFailure,  // the episode ends here: not done
  kDiscard,  // the episode ends here and is not to be used
};

/// Where the recording stands.
struct DeskStatus {
  bool is_paused = false;
  double recorded_s = 0.0;            // of this episode, its parts before a pause included
  std::vector<std::string> warnings;  // what the person should know at once; empty: all is well
};

/// Called by the session's thread alone.
class LiveDesk {
 public:
  virtual ~LiveDesk() = default;
  /// What was asked for since the last call, in order. Never blocks.
  [[nodiscard]] virtual std::vector<DeskWish> poll_wishes() = 0;
  /// Whether this key is the recorder's: no part of what is recorded.
  [[nodiscard]] virtual bool is_own(Control control) const = 0;
  /// Called at each step; never blocks.
  virtual void show(const DeskStatus& status) = 0;
};

}  // namespace atl::session
