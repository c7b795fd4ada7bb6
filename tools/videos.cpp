#include "tools/videos.h"

#include "datasets/video/reader.h"

namespace atl::tools {

datasets::VideoReaderFactory video_reader() { return video::video_reader_factory(); }

}  // namespace atl::tools
