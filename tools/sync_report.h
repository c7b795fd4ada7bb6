// Do pictures and keys of a recording line up? Measured on a recording of the flash window (envs/desktop/flash_window),
// whose log is the truth: when it got each input, and when its answer came to the screen. Used by `atoll check --sync`.
//
// Everything is read back from the files: times from session.mcap, pictures from video.mp4, where each shows the number
// of the input that it answers.
#pragma once

#include "datasets/video.h"
#include "envs/desktop/flash_window/flash_log.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::tools {

/// A value that lies between two bounds for certain.
struct Bounds {
  double low = 0.0;
  double high = 0.0;
  [[nodiscard]] double middle() const { return (low + high) / 2; }
  [[nodiscard]] double half_width() const { return (high - low) / 2; }
};

struct Spread {
  double p50 = 0.0;
  double p99 = 0.0;
  double max = 0.0;
};

/// One episode of a sync recording. All times in ms.
struct SyncEpisode {
  std::string pressed_by;      // "person" or "agent"
  double seconds = 0.0;        // from the first input to the last
  std::uint64_t inputs = 0;    // recorded
  std::uint64_t pictures = 0;  // recorded, each decoded and read
  // Each of these is a violation; none is ever right.
  std::uint64_t unequal = 0;     // inputs that the window got and the recording has not, or has otherwise, or reversed
  std::uint64_t unreadable = 0;  // pictures that show no number: torn, or mixed of two
  std::uint64_t early = 0;       // pictures stamped before the input that they answer, or before they could be seen
  std::uint64_t stale = 0;       // pictures asked for after a newer one was on the screen
  std::uint64_t backdated = 0;   // inputs stamped after the window had them

  /// How much later a picture is stamped (FrameEntry::done) than the moment at which the screen showed it. No single
  /// picture tells: it was on the screen from some moment to another. All pictures together leave these bounds.
  Bounds capture_offset;
  Spread grab;              // from asking for a picture to having it: the offset of no picture can be more
  Spread input_age;         // from an input's stamp to the window having it: at least 0
  Spread input_to_picture;  // from an input's stamp to the first picture that answers it: what a learner sees
  /// How far the middle of capture_offset moves between tenths of the episode, at most; and how well that is known.
  double drift = 0.0;
  double drift_half_width = 0.0;
  double video_drift = 0.0;  // the largest difference between times in video.mp4 and in session.mcap

  [[nodiscard]] std::uint64_t violations() const { return unequal + unreadable + early + stale + backdated; }
};

/// Holds every episode of `recording` against the run of the same number in `truth`; `pressed_by` names them. `video`
/// opens its pictures. Throws Error(kFormat) when recording and truth do not belong together, and what reading throws.
[[nodiscard]] std::vector<SyncEpisode> measure_sync(const std::filesystem::path& recording,
                                                    const datasets::VideoReaderFactory& video,
                                                    const std::vector<envs::desktop::FlashRun>& truth,
                                                    const std::vector<std::string>& pressed_by);

}  // namespace atl::tools
