// A window that counts while somebody moves, resizes, covers and unmaps it at random; every picture that the source
// delivers is judged by what was drawn when. Shared by a short test and the long study (tools/studies/capture.sh).
#pragma once

#include "core/clock.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::tests {

struct StressConfig {
  std::uint64_t num_pictures = 1000;  // to be delivered
  std::uint64_t seed = 1;
  bool in_two = false;  // the window draws each picture in two requests; the source settles
  Duration time_limit = std::chrono::seconds(600);
};

struct StressResult {
  std::uint64_t num_pictures = 0;  // delivered and judged
  std::uint64_t num_drawn = 0;
  std::uint64_t num_moves = 0;
  std::uint64_t num_resizes = 0;
  std::uint64_t num_covers = 0;
  std::uint64_t num_unmaps = 0;
  // Never to happen:
  std::uint64_t num_torn = 0;   // holds parts of several pictures, or what nobody drew
  std::uint64_t num_stale = 0;  // shows a picture though a newer one was complete before it was asked for
  std::uint64_t num_wrong = 0;  // a picture that was not drawn yet, of another size, or of an unmapped window
  std::uint64_t num_twice = 0;  // the same picture once more
  /// Left out: the drawing program was kept from drawing for longer than the source holds pictures back.
  std::uint64_t num_late = 0;
  std::uint64_t num_discarded = 0;  // by the source
  double seconds = 0;
  std::vector<std::string> problems;  // the first of them, in words

  [[nodiscard]] std::uint64_t num_bad() const { return num_torn + num_stale + num_wrong + num_twice; }
};

/// On an X display of its own.
[[nodiscard]] StressResult stress(const StressConfig& config);

}  // namespace atl::tests
