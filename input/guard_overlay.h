// What the guard shows on the screen while it holds the keys: who has control, and how to stop it. Drawn by a process
// of its own, which may die or hang without harm to the guard.
#pragma once

#include "input/guard_types.h"
#include "x11/overlay.h"

#include <cstdint>
#include <vector>

namespace atl::input {

struct OverlayWords {
  std::vector<x11::OverlayLine> lines;
  std::uint32_t ground_rgb = 0;
};

/// What a person reads in this state.
[[nodiscard]] OverlayWords overlay_words(const GuardSettings& settings, GuardState state);

class GuardOverlay {
 public:
  /// Forks the process that draws. Call early: before threads, before the guard's own connections. It ends when the
  /// caller does, however that happens; after a stop by the kill key it shows that for two more seconds. A screen that
  /// it cannot draw on is logged, and nothing is shown. Throws Error(kDevice) when no process can be made.
  explicit GuardOverlay(const GuardSettings& settings);
  GuardOverlay(const GuardOverlay&) = delete;
  GuardOverlay& operator=(const GuardOverlay&) = delete;
  ~GuardOverlay();

  /// Never blocks, never fails.
  void show(GuardState state);

 private:
  int pipe_fd_ = -1;
};

}  // namespace atl::input
