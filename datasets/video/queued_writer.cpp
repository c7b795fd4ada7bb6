#include "datasets/video/queued_writer.h"

#include "core/error.h"

namespace atl::video {

QueuedWriter::QueuedWriter(const std::filesystem::path& path, FrameSize size, const VideoOptions& options)
    : size_(size),
      order_(path, size),
      writer_(path, size, options),
      waiting_(static_cast<std::size_t>(options.queue_capacity)),
      spare_(static_cast<std::size_t>(options.queue_capacity) + 1),
      thread_([this] { encode_pictures(); }) {}

QueuedWriter::~QueuedWriter() { stop_thread(); }

bool QueuedWriter::write(ImageView image, std::int64_t pts_us) {
  rethrow();
  order_.check(image.size(), pts_us);
  Picture picture{spare_.poll_pop().value_or(std::vector<std::uint8_t>{}), pts_us};
  copy_packed(image, picture.pixels);
  if (!waiting_.try_push(std::move(picture))) {
    rethrow();  // a failed encoder closes the queue
    ++num_dropped_;
    return false;
  }
  order_.accept(pts_us);
  return true;
}

void QueuedWriter::close() {
  stop_thread();
  rethrow();
  writer_.close();
}

void QueuedWriter::encode_pictures() {
  try {
    while (true) {
      std::optional<Picture> picture = waiting_.wait_pop_until(MonotonicClock::now() + H264Writer::kFragmentTime);
      if (!picture) {
        if (waiting_.is_closed() && waiting_.size() == 0) return;
        writer_.end_old_fragment();  // nothing moves on the screen, but a kill may come all the same
        continue;
      }
      const auto stride = static_cast<std::ptrdiff_t>(size_.width_px) * kBytesPerPixel;
      // It never drops: that is this class's part.
      static_cast<void>(
          writer_.write({picture->pixels.data(), size_.width_px, size_.height_px, stride}, picture->pts_us));
      static_cast<void>(spare_.try_push(std::move(picture->pixels)));
    }
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      error_ = std::current_exception();
    }
    waiting_.close();
  }
}

void QueuedWriter::stop_thread() {
  waiting_.close();
  if (thread_.joinable()) thread_.join();
}

void QueuedWriter::rethrow() {
  const std::lock_guard lock(mutex_);
  if (error_) std::rethrow_exception(error_);
}

}  // namespace atl::video
