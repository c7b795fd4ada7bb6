#include "datasets/video/writer.h"

#include "core/error.h"
#include "datasets/video/h264_writer.h"
#include "datasets/video/queued_writer.h"

namespace atl::video {

std::unique_ptr<datasets::VideoWriter> create_video_writer(const std::filesystem::path& path, FrameSize size,
                                                           const VideoOptions& options) {
  ATOLL_CHECK(options.rate_hz > 0 && options.keyframe_interval > 0 && options.queue_capacity >= 0,
              "video of {} Hz, keyframes every {}, queue of {}; expected > 0, > 0 and >= 0", options.rate_hz,
              options.keyframe_interval, options.queue_capacity);
  const bool even = size.width_px % 2 == 0 && size.height_px % 2 == 0;
  if (size.width_px <= 0 || size.height_px <= 0 || (options.chroma == Chroma::k420 && !even))
    fail(ErrorKind::kFormat, "video {} of {}x{} px, expected {} sides{}", path.string(), size.width_px, size.height_px,
         options.chroma == Chroma::k420 ? "positive even" : "positive",
         options.chroma == Chroma::k420 ? "; 4:4:4 holds odd ones" : "");
  quiet_libav();
  if (options.queue_capacity == 0) return std::make_unique<H264Writer>(path, size, options);
  return std::make_unique<QueuedWriter>(path, size, options);
}

datasets::VideoWriterFactory video_writer_factory(const VideoOptions& options) {
  return
      [options](const std::filesystem::path& path, FrameSize size) { return create_video_writer(path, size, options); };
}

}  // namespace atl::video
