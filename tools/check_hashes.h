// Are the pictures of a recording what its world shows? Recordings of stepped worlds keep seed, actions and hashes: the
// world plays them again, and every state and picture has to be the same. Used by `atoll check`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::tools {

struct HashCheck {
  std::uint64_t pictures = 0;         // that were drawn again and compared
  std::vector<std::string> problems;  // one line for each episode that differs
  std::string note;                   // why nothing was compared, where there was something to compare
};

/// Leaves recordings alone that have nothing to be drawn again (live ones, films), or that cannot be read: those are
/// the business of datasets::check_recording. Aborted and open episodes are compared as far as they go.
[[nodiscard]] HashCheck check_hashes(const std::filesystem::path& recording);

}  // namespace atl::tools
