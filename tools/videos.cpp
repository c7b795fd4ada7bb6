#include "tools/videos.h"

#include "datasets/video/join.h"
#include "datasets/video/reader.h"

namespace atl::tools {

datasets::VideoReaderFactory video_reader() { return video::video_reader_factory(); }
datasets::VideoJoiner video_joiner() { return video::video_joiner(); }

}  // namespace atl::tools
