// Brings a game to a state without a person, by the steps of its profile. Part of GameRun.
#pragma once

#include "capture/frame_source.h"
#include "envs/desktop/game/profile.h"
#include "envs/desktop/judges/sensor.h"
#include "input/guard_types.h"

#include <filesystem>
#include <functional>
#include <span>

namespace atl::envs::desktop {

struct ScriptRun {
  std::span<const ScriptStep> steps;
  std::string world;                    // for messages
  input::GuardSettings guard;           // display, window and whose hands; what may be pressed is set by the steps
  std::filesystem::path guard_program;  // empty: the one beside ours
  RunFolders folders;
  bool since_start = true;              // lines that the game printed before count for the first step
  std::function<void()> check_running;  // throws when the game has ended
};

/// Carries the steps out, through a guard of its own that ends with the call: everything is let go of, and no other
/// guard may be at work on the display. Returns the newest picture. Throws Error(kEnvironment) naming the step and what
/// it waited for in vain.
[[nodiscard]] Frame run_script(const ScriptRun& run, capture::FrameSource& source);

}  // namespace atl::envs::desktop
