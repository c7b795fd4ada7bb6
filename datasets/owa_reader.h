// Reads what open-world-agents' recorder leaves: an MCAP file of profile "owa" whose messages say what was pressed and
// which picture of which film was on the screen. Used by `atoll import owamcap`.
// Source: Open World Agents, OEP-6, owa-msgs 0.6.
#pragma once

#include "core/frame.h"
#include "core/input_event.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::datasets {

/// A picture that was on the screen.
struct OwaScreen {
  Timestamp time;
  std::string uri;          // of the film, relative to the folder of the .mcap
  std::int64_t pts_ns = 0;  // of the picture in it
};

/// All of one file. Times are its log times (of the wall clock), in rising order.
struct OwaRecording {
  std::vector<InputEvent> events;  // the keyboard's own repetitions left out
  std::vector<OwaScreen> screens;
  bool has_raw_mouse = false;          // motion is relative, from mouse/raw; else events hold pointer positions
  std::uint64_t num_foreign = 0;       // keys that the vocabulary does not have
  std::uint64_t num_absolute = 0;      // motions of tablets and remote desktops in mouse/raw, which tell no counts
  std::uint64_t num_unreferenced = 0;  // pictures that lie in no film
};

/// Throws Error(kFile), Error(kFormat) naming file, topic and time of a message that is not as the format says.
[[nodiscard]] OwaRecording read_owamcap(const std::filesystem::path& path);

}  // namespace atl::datasets
