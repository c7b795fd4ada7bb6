// The lines that another program appends to a file, as they come: logs and telemetry.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// One thread. The file may not exist yet.
class LineTail {
 public:
  enum class Start : std::uint8_t {
    kBeginning,
    kEnd,  // what the file holds now is passed over
  };
  LineTail(std::filesystem::path path, Start start);

  /// Whole lines since the last call, without their ends; at most 65536 bytes of each, because what prints without end
  /// must not fill our memory. A file that became shorter was begun anew, and is read from its beginning.
  [[nodiscard]] std::vector<std::string> poll();

 private:
  std::filesystem::path path_;
  std::uintmax_t read_ = 0;  // bytes
  std::string rest_;         // of a line that has no end yet
};

}  // namespace atl::envs::desktop
