// Video and sound for commands that read recordings: builds without the video library have none.
#pragma once

#include "datasets/media.h"
#include "datasets/repair.h"

namespace atl::tools {

/// Opens video.mp4 of recordings; empty in builds without video.
[[nodiscard]] datasets::VideoReaderFactory video_reader();
/// That, and what opens audio.mp4.
[[nodiscard]] datasets::MediaReaders media_readers();
/// What writes both anew; empty likewise.
[[nodiscard]] datasets::RepairWriters repair_writers();

}  // namespace atl::tools
