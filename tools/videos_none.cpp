// Builds without the video library.
#include "tools/videos.h"

namespace atl::tools {

datasets::VideoReaderFactory video_reader() { return {}; }
datasets::VideoJoiner video_joiner() { return {}; }

datasets::MediaReaders media_readers() { return {}; }

}  // namespace atl::tools
