// What the flash window knows for certain, as a text file: when it got each input, and between which two moments its
// answer came to the screen. The truth that `atoll check --sync` holds a recording against.
//
// A line "start" for each run of the program, then a line per answered input:
// "COUNTER CONTROL down|up RECEIVED DRAWN_FROM DRAWN_BY", times in ns of CLOCK_MONOTONIC.
#pragma once

#include "core/clock.h"
#include "core/controls.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

namespace atl::envs::desktop {

/// One input and the picture that answers it.
struct Flash {
  std::uint32_t counter = 0;  // that the window shows from now on: 1, 2, ... ; before any input it shows 0
  Control control{};
  bool pressed = false;
  Timestamp received;    // when the window read the input
  Timestamp drawn_from;  // not on the screen before
  Timestamp drawn_by;    // on the screen since then, at the latest
};

/// The flashes of one run of the program, in order.
using FlashRun = std::vector<Flash>;

/// Appends to a log. One thread.
class FlashLogWriter {
 public:
  /// Appends a "start". Throws Error(kFile).
  explicit FlashLogWriter(const std::filesystem::path& path);
  FlashLogWriter(const FlashLogWriter&) = delete;
  FlashLogWriter& operator=(const FlashLogWriter&) = delete;
  ~FlashLogWriter();

  /// Throws Error(kFile) when it cannot be written.
  void add(const Flash& flash);

 private:
  void check(bool written) const;

  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
};

/// Reads a log; a last line that was cut by the end of the program is left out. Throws Error(kFile), or Error(kFormat)
/// naming the line.
[[nodiscard]] std::vector<FlashRun> read_flash_log(const std::filesystem::path& path);

}  // namespace atl::envs::desktop
