// The writer itself, without a thread: encoder and muxer. Used through datasets/video/writer.h.
#pragma once

#include "datasets/video/encoder.h"
#include "datasets/video/muxer.h"
#include "datasets/video/writer.h"

#include <cstdint>

namespace atl::video {

/// The times and sizes that a writer accepts: refuses the rest with Error(kFormat).
class PictureOrder {
 public:
  PictureOrder(std::filesystem::path path, FrameSize size) : path_(std::move(path)), size_(size) {}
  void check(FrameSize size, std::int64_t pts_us) const;
  void accept(std::int64_t pts_us) { last_pts_us_ = pts_us; }
  [[nodiscard]] std::int64_t last_pts_us() const { return last_pts_us_; }

 private:
  std::filesystem::path path_;
  FrameSize size_;
  std::int64_t last_pts_us_ = -1;
};

class H264Writer final : public datasets::VideoWriter {
 public:
  H264Writer(const std::filesystem::path& path, FrameSize size, const VideoOptions& options);

  [[nodiscard]] bool write(ImageView image, std::int64_t pts_us) override;
  void close() override;

  /// Ends the fragment if it is old: what is not ended is lost by a kill.
  void end_old_fragment();

 private:
  void write_packets();

  std::filesystem::path path_;
  PictureOrder order_;
  PictureEncoder encoder_;
  Muxer muxer_;
  LibavPtr<AVPacket> packet_;
  bool fragmented_;
  std::int64_t gap_us_;  // from the picture before the last to the last: how long the last one is taken to be shown
  bool failed_ = false;
  bool closed_ = false;
};

}  // namespace atl::video
