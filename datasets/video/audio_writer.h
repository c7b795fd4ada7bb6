// Sound without loss, FLAC in fragmented MP4: the AudioWriter of datasets/audio.h. A fragment ends a quarter of a
// second after its first sample came, so that a killed recorder leaves a readable file. Times are the caller's, in
// samples.
#pragma once

#include "datasets/audio.h"

#include <memory>

namespace atl::video {

struct AudioOptions {
  int queue_capacity = 0;  // 0: encode in `write`; else on a thread behind this many calls of `write`
  bool append = false;     // goes on with the file that is there, if one is
};

/// Creates `path`, which must not exist unless options.append; then a torn end is cut off, and Error(kFormat) is thrown
/// where the file has another format. Throws Error(kFile) if it cannot be created.
[[nodiscard]] std::unique_ptr<datasets::AudioWriter> create_audio_writer(const std::filesystem::path& path,
                                                                         const AudioFormat& format,
                                                                         const AudioOptions& options);

/// The same as a factory.
[[nodiscard]] datasets::AudioWriterFactory audio_writer_factory(const AudioOptions& options);

}  // namespace atl::video
