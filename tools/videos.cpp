#include "tools/videos.h"

#include "datasets/video/audio_reader.h"
#include "datasets/video/audio_writer.h"
#include "datasets/video/join.h"
#include "datasets/video/reader.h"

namespace atl::tools {

datasets::VideoReaderFactory video_reader() { return video::video_reader_factory(); }
datasets::MediaReaders media_readers() { return {video_reader(), video::audio_reader_factory()}; }
datasets::RepairWriters repair_writers() { return {video::video_joiner(), video::audio_writer_factory({})}; }

}  // namespace atl::tools
