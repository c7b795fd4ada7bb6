// What the program atoll_playhouse can be told at its start. Plain data and plain functions.
#pragma once

#include "core/frame.h"
#include "envs/desktop/playhouse_window/window_view.h"
#include "envs/playhouse/episode.h"
#include "envs/task.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace atl::envs::desktop {

struct WindowOptions {
  playhouse::EpisodeOptions episode;
  FrameSize frame{96, 72};     // what an agent sees
  int scale = 0;               // window pixels per agent pixel; 0: the smallest that makes the window 640 px wide
  bool agent_view = false;     // show the agent's pixels, enlarged; else the scene drawn at the window's size
  bool controlled = false;     // by a parent over stdin and stdout; else episodes follow one another for a person
  bool person = false;         // of a controlled window: a person plays in it
  bool fullscreen = false;     // from the beginning
  std::filesystem::path keys;  // of a person: their keys; empty: the usual ones, changes are not kept
  std::filesystem::path host;  // socket at which the second player's window is waited for; empty: none
  std::filesystem::path join;  // socket of the first player's window, which decides all that is played; empty: none
  std::string log;             // tick log file, appended to; empty: none
  std::uint64_t seed = 0;      // of the first episode without a parent; the next ones count up
  Task task;                   // of episodes without a parent; with words, from the next seed on where they can be
                               // asked for
};

/// With the scale that was left open. Throws Error(kConfig) for options that are out of range, exclude each other or
/// ask for what the level has nowhere.
[[nodiscard]] WindowOptions resolved(WindowOptions options);

/// What they say of the view.
[[nodiscard]] ViewOptions view_options(const WindowOptions& options);

}  // namespace atl::envs::desktop
