// The index of a recording's sound: the type behind the topic atoll/audio of session.mcap. Written by RecordingWriter,
// read by datasets/audio_index.h; the samples lie in audio.mp4 (datasets/audio.h).
#pragma once

#include "core/clock.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace atl::datasets {

enum class AudioKind : std::uint8_t {
  kSamples = 0,  // a stretch of samples that is in audio.mp4
  kLost = 1,     // from here on sound is missing, until the next samples
  kStep = 2,  // no sample is missing, but the sound server's clock stepped: so much later than they should are the next
};

inline constexpr std::string_view kAudioFile = "audio.mp4";  // beside video.mp4, where sound was recorded

/// Readers refuse more: a damaged number must not become an allocation.
inline constexpr int kMaxAudioRate_hz = 768'000;
inline constexpr int kMaxAudioChannels = 8;
inline constexpr std::int64_t kMaxAudioEntry = 1 << 22;  // samples of one entry

/// One line of the index of sound: the truth about its samples and their times, whatever audio.mp4's own times say. A
/// sample is one moment of all channels. The time of sample `first + i` is `time` + i / rate_hz; the next entry's time
/// tells how fast the sound's clock really runs.
struct AudioEntry {
  AudioKind kind = AudioKind::kSamples;
  Timestamp time;           // of the first sample; where the loss begins; of the step
  std::uint64_t first = 0;  // number of the first sample among all that audio.mp4 holds
  std::uint64_t count = 0;  // of samples
  int rate_hz = 0;
  int num_channels = 0;
  std::int64_t pts = 0;    // samples: presentation time of the first in audio.mp4, in samples, on video.mp4's time axis
  std::uint64_t hash = 0;  // samples: hash_samples
  std::int64_t length_ns = 0;  // a loss's length where it is known; a step's
  std::string reason{};        // of a loss or step
  friend bool operator==(const AudioEntry&, const AudioEntry&) = default;
};

}  // namespace atl::datasets
