// The check of a recording's sound; the part of check_recording that looks at atoll/audio and audio.mp4.
#pragma once

#include "datasets/audio.h"
#include "datasets/reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::datasets {

struct AudioSummary {
  int rate_hz = 0;  // 0: there is no sound
  int num_channels = 0;
  double seconds = 0.0;          // that samples last
  std::uint64_t num_losses = 0;  // that were told
  double lost_seconds = 0.0;     // of episodes with sound, without any
  std::uint64_t num_steps = 0;   // of the sound's clock
  double drift_ppm = 0.0;        // how much faster the sound's clock ran than the recording's, over all stretches
  double jitter_ms = 0.0;        // largest difference of an entry's time from the straight line through its stretch
};

struct AudioCheck {
  AudioSummary summary;
  std::vector<std::string> repairable;
  std::vector<std::string> unusable;
};

/// Reads all of it: order of entries in number and time; the count of samples against their times; each gap against the
/// losses that were told; the whole of every episode that has sound; and, with `open`, each sample against its hash.
/// A stretch is what lies between two losses or steps. `is_repaired`: what lies at an episode's end may be missing, and
/// the file may hold more than the index knows. Throws Error(kFormat) for what cannot be read.
[[nodiscard]] AudioCheck check_audio(const RecordingReader& reader, const AudioReaderFactory& open, bool is_repaired);

}  // namespace atl::datasets
