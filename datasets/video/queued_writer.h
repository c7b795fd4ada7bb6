// A VideoWriter that encodes on a thread of its own, so that capture never waits for the encoder. Used through
// datasets/video/writer.h.
#pragma once

#include "core/queue.h"
#include "datasets/video/encoder_thread.h"
#include "datasets/video/h264_writer.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace atl::video {

class QueuedWriter final : public datasets::VideoWriter {
 public:
  /// `capacity` (>= 1) pictures may wait.
  QueuedWriter(const std::filesystem::path& path, FrameSize size, const VideoOptions& options);

  /// Copies the picture and returns; false when the queue is full.
  [[nodiscard]] bool write(ImageView image, std::int64_t pts_us) override;
  void close() override;

  [[nodiscard]] std::uint64_t num_dropped() const { return num_dropped_; }

 private:
  struct Picture {
    std::vector<std::uint8_t> pixels;  // tightly packed
    std::int64_t pts_us = 0;
  };
  void encode(Picture picture);

  FrameSize size_;
  PictureOrder order_;
  std::uint64_t num_dropped_ = 0;
  H264Writer writer_;                              // the thread's until that is finished
  BoundedQueue<std::vector<std::uint8_t>> spare_;  // pixel buffers on their way back
  EncoderThread<Picture> thread_;                  // last: uses all of the above
};

}  // namespace atl::video
