#include "datasets/video/queued_writer.h"

namespace atl::video {

QueuedWriter::QueuedWriter(const std::filesystem::path& path, FrameSize size, const VideoOptions& options)
    : size_(size),
      order_(path, size),
      writer_(path, size, options),
      spare_(static_cast<std::size_t>(options.queue_capacity) + 1),
      thread_(
          static_cast<std::size_t>(options.queue_capacity), Muxer::kFragmentTime,
          [this](Picture picture) { encode(std::move(picture)); },
          // Nothing moves on the screen, but a kill may come all the same.
          [this] { writer_.end_old_fragment(); }) {}

bool QueuedWriter::write(ImageView image, std::int64_t pts_us) {
  order_.check(image.size(), pts_us);
  Picture picture{spare_.poll_pop().value_or(std::vector<std::uint8_t>{}), pts_us};
  copy_packed(image, picture.pixels);
  if (!thread_.try_push(std::move(picture))) {
    ++num_dropped_;
    return false;
  }
  order_.accept(pts_us);
  return true;
}

void QueuedWriter::close() {
  thread_.finish();
  writer_.close();
}

void QueuedWriter::encode(Picture picture) {
  const auto stride = static_cast<std::ptrdiff_t>(size_.width_px) * kBytesPerPixel;
  // It never drops: that is this class's part.
  static_cast<void>(writer_.write({picture.pixels.data(), size_.width_px, size_.height_px, stride}, picture.pts_us));
  static_cast<void>(spare_.try_push(std::move(picture.pixels)));
}

}  // namespace atl::video
