// Records the flash window through the whole path that recordings of games take: its own process, capture, guard,
// session, encoder, files. Once as a person plays it, once as an agent does. Used by `atoll check --sync`.
#pragma once

#include "core/frame.h"
#include "envs/desktop/flash_window/flash_log.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::tools {

struct SyncConfig {
  std::string display = "virtual";  // or "desktop": the screen that the program was started on
  FrameSize size{640, 480};         // of the window
  double rate_hz = 60.0;            // of pictures, at most
  double action_rate_hz = 30.0;     // of the action clock
  double seconds = 20.0;            // that keys are pressed, as each of the two
  std::uint64_t seed = 0;           // of when which key is pressed
};

struct SyncRecording {
  std::vector<envs::desktop::FlashRun> truth;  // one for each episode
  std::vector<std::string> pressed_by;         // likewise: "person", "agent"
  std::string display;                         // ":77": the one that it was measured on
};

/// Writes the recording `folder` (new or empty). On a desktop the person has to leave keyboard and mouse alone
/// meanwhile. Throws Error(kEnvironment) when the window cannot be shown or the session is stopped.
[[nodiscard]] SyncRecording record_sync(const SyncConfig& config, const std::filesystem::path& folder);

}  // namespace atl::tools
