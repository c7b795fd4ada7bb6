// Video and sound for commands that read recordings: builds without the video library have none.
#pragma once

#include "datasets/copy_episodes.h"
#include "datasets/media.h"

namespace atl::tools {

/// Opens video.mp4 of recordings; empty in builds without video.
[[nodiscard]] datasets::VideoReaderFactory video_reader();
/// Copies its pictures; empty likewise.
[[nodiscard]] datasets::VideoJoiner video_joiner();

/// That, and what opens audio.mp4.
[[nodiscard]] datasets::MediaReaders media_readers();

}  // namespace atl::tools
