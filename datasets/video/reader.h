// The VideoReader of datasets/video.h over libav: fragmented MP4 as writer.h makes it, whole or cut short.
//
// Opening reads the index of all fragments and no picture data. A sample that the file does not hold to its end is left
// out, so that everything before a cut is returned. Seeking is exact: decoding starts at the keyframe before. A picture
// is held against its checksum (seal.h) before it is decoded.
#pragma once

#include "datasets/video.h"

#include <memory>

namespace atl::video {

/// Opens `path`. Throws Error(kFile) if it cannot be read, Error(kFormat) if it is no such video.
[[nodiscard]] std::unique_ptr<datasets::VideoReader> open_video(const std::filesystem::path& path);

/// The same as a factory.
[[nodiscard]] datasets::VideoReaderFactory video_reader_factory();

}  // namespace atl::video
