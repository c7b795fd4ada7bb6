// Repeats a run from its tape and compares what comes out with what was noted then.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::distributed {

struct Replay {
  std::int64_t num_commits = 0;
  std::vector<std::int64_t> versions{};
  std::vector<std::string> hashes{};  // of the fragments at the end, hexadecimal
  int num_checked = 0;                // states whose hashes are noted on the tape
  std::string problem{};              // the first that came out otherwise; empty: none
};

/// Throws Error(kFile) where the folder holds no whole tape, Error(kFormat) for damage.
[[nodiscard]] Replay replay_run(const std::filesystem::path& folder);

}  // namespace atl::distributed
