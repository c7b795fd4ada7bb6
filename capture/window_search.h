// Finds the window of a program that was just started. Each call opens a connection of its own: call from any thread.
#pragma once

#include "core/clock.h"
#include "core/frame.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace atl::capture {

/// What a window must match; fields left empty match all.
struct WindowQuery {
  int pid = 0;                 // the process that made it, or an ancestor of that process
  std::string window_class{};  // either part of WM_CLASS, exactly
  std::string title{};         // a part of the title
  FrameSize min_size{32, 32};  // smaller ones are helpers that toolkits keep
  bool hidden_too = false;     // also those that are minimised or not shown yet
};

struct WindowMatch {
  std::uint32_t id = 0;
  int pid = 0;  // 0: unknown
  std::string window_class{};
  std::string title{};
  WindowGeometry geometry;  // client area in px of the screen
  bool is_visible = true;
};

/// The largest visible window that matches, or nothing. Throws Error(kDevice) when the display cannot be opened.
[[nodiscard]] std::optional<WindowMatch> find_window(const std::string& display, const WindowQuery& query);

/// All windows that match, the largest first; of equal ones the topmost. Throws like find_window.
[[nodiscard]] std::vector<WindowMatch> find_windows(const std::string& display, const WindowQuery& query);

/// Looks until there is one or `deadline` has come.
[[nodiscard]] std::optional<WindowMatch> wait_window(const std::string& display, const WindowQuery& query,
                                                     Timestamp deadline);

/// "pid 1234, class \"doom\"": the query in words, for error messages.
[[nodiscard]] std::string to_string(const WindowQuery& query);

}  // namespace atl::capture
