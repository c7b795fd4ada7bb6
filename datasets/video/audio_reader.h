// The AudioReader of datasets/audio.h over libav: audio.mp4 as audio_writer.h makes it, whole or cut short. What a
// torn fragment at the end holds is left out. Damaged sound is refused, by the checksums of FLAC.
#pragma once

#include "datasets/audio.h"

#include <memory>

namespace atl::video {

/// Opens `path`. Throws Error(kFile) if it cannot be read, Error(kFormat) if it is no such file.
[[nodiscard]] std::unique_ptr<datasets::AudioReader> open_audio(const std::filesystem::path& path);

/// The same as a factory.
[[nodiscard]] datasets::AudioReaderFactory audio_reader_factory();

}  // namespace atl::video
