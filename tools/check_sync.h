// `atoll check --sync`: records the flash window through the whole path (tools/sync_recording.h), holds the recording
// against what the window knows (tools/sync_report.h), and keeps what was found for the facts of later recordings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace atl::tools {

struct CheckSyncFlags {
  double seconds = 20.0;            // of key presses, as a person and as an agent each
  std::string display = "desktop";  // or "virtual"
  std::uint64_t seed = 0;
  std::filesystem::path out;  // where the recording stays; empty: nowhere
  bool json = false;
};

/// Returns the program's exit code: 0 only if nothing was violated.
[[nodiscard]] int check_sync(const CheckSyncFlags& flags);

}  // namespace atl::tools
