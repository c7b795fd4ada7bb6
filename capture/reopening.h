// Follows a program through its windows: when the window that it showed is closed or stays hidden and the program opens
// another one, pictures go on with that. For live worlds and recorders of games that open a launcher first, change the
// screen mode by a new window, or are started again.
#pragma once

#include "capture/frame_source.h"
#include "capture/window_search.h"
#include "capture/x11_window.h"

#include <chrono>
#include <memory>

namespace atl::capture {

struct ReopeningConfig {
  WindowQuery query{};       // which windows are the program's; of several the largest visible one is taken
  X11WindowConfig window{};  // how pictures are taken; its `window`: the first one, 0: looked for
  /// No window for so long: kGone. With query.pid also when that process has ended.
  Duration gone_after = std::chrono::seconds(30);
  /// For queries that other programs' windows match too: nothing takes the place of a window that is only hidden, nor
  /// does a window that was open beside the first one, nor one that another process opened before it was closed. Else
  /// what a person does in a second terminal would follow when the first is closed.
  bool only_new = false;
};

/// Without a window for now the status is kHidden. Sequences go on without gaps; info() tells the present window
/// (window_id) and how many took the place of another (num_reopened), and the sums of all. Throws like
/// create_x11_window_source.
[[nodiscard]] std::unique_ptr<FrameSource> create_reopening_source(const ReopeningConfig& config);

}  // namespace atl::capture
