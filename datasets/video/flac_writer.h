// The writer itself, without a thread: encoder and muxer. Used through datasets/video/audio_writer.h.
#pragma once

#include "datasets/audio.h"
#include "datasets/video/libav.h"
#include "datasets/video/muxer.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace atl::video {

class FlacWriter final : public datasets::AudioWriter {
 public:
  FlacWriter(const std::filesystem::path& path, const AudioFormat& format, bool append);

  [[nodiscard]] bool write(std::span<const std::int16_t> samples, std::int64_t pts) override;
  void close() override;

  /// Ends the fragment if it is old, or holds as much sound: what is not ended is lost by a kill, and by damage to a
  /// fragment's index all that follows.
  void end_old_fragment();

 private:
  void encode(std::int64_t count);
  void flush();
  void write_packets();

  const std::filesystem::path path_;
  const AudioFormat format_;
  LibavPtr<AVCodecContext> encoder_;
  Muxer muxer_;
  LibavPtr<AVFrame> frame_;
  LibavPtr<AVPacket> packet_;
  std::vector<std::int16_t> waiting_;  // less than one encoded frame
  std::int64_t waiting_pts_ = 0;       // of its first sample
  std::int64_t step_ = 0;              // that the samples after the next encoded frame are moved by
  std::int64_t next_pts_ = -1;         // where the newest sample ends; -1: nothing was written
  std::int64_t last_packet_pts_ = -1;  // the file's packets must come later and later
  std::int64_t fragment_pts_ = 0;      // of the first packet of the open fragment
  bool failed_ = false;
  bool closed_ = false;
};

}  // namespace atl::video
