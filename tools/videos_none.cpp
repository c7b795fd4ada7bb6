// Builds without the video library.
#include "tools/videos.h"

namespace atl::tools {

datasets::VideoReaderFactory video_reader() { return {}; }
datasets::MediaReaders media_readers() { return {}; }
datasets::RepairWriters repair_writers() { return {}; }

}  // namespace atl::tools
