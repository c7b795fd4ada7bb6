// Where sound comes from: the sound server's output, one program, or a microphone. Used by recorders through
// capture/audio_feed.h. A source belongs to one thread at a time.
//
// The time of a sample is when the sound server takes it for an ideal output, on CLOCK_MONOTONIC, the clock of pictures
// and inputs. Like the time of a picture it is that of the program's doing, and what a loudspeaker's buffers add is not
// in it. A program fills a buffer a moment after the server's cycle began, so a sound may have a time that lies that
// moment before its cause. A microphone's samples have the time at which the server got them.
#pragma once

#include "core/audio.h"
#include "core/clock.h"

#include <cstdint>
#include <memory>
#include <string>

namespace atl::capture {

enum class AudioStatus : std::uint8_t {
  kBlock,    // sound; silence too is sound
  kTimeout,  // none came before the deadline
  kGone,     // the server, the device or the program ended; no sound will ever come
};

struct AudioSourceInfo {
  std::string name;  // "the output alsa_output.pci", as a message names it
  AudioFormat format;
  std::uint64_t num_samples = 0;  // delivered
  std::uint64_t num_lost = 0;     // known to have been lost, by their number or by the clock
  std::string problem;            // once it is gone: why
};

class AudioSource {
 public:
  virtual ~AudioSource() = default;

  /// Blocks until there is sound, the source is gone, or `deadline` has come. Only kBlock writes to `block`, whose
  /// memory is used again. Blocks follow each other; where samples are missing between two of them, `block.lost` of the
  /// second says why. The first one says nothing.
  [[nodiscard]] virtual AudioStatus wait_block(Timestamp deadline, AudioBlock& block) = 0;

  [[nodiscard]] virtual AudioSourceInfo info() const = 0;
};

}  // namespace atl::capture
