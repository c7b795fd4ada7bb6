// The writer itself, without a thread: encoder, muxer and file. Used through datasets/video/audio_writer.h.
#pragma once

#include "core/clock.h"
#include "datasets/audio.h"
#include "datasets/video/fragments.h"
#include "datasets/video/h264_writer.h"
#include "datasets/video/libav.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace atl::video {

class FlacWriter final : public datasets::AudioWriter {
 public:
  FlacWriter(const std::filesystem::path& path, const AudioFormat& format, bool append);

  [[nodiscard]] bool write(std::span<const std::int16_t> samples, std::int64_t pts) override;
  void close() override;

  /// Ends the fragment if it has been open for kFragmentTime: what is not ended is lost by a kill.
  void end_old_fragment();
  static constexpr Duration kFragmentTime = std::chrono::milliseconds(250);

 private:
  void open_encoder();
  void open_muxer();
  void encode(std::int64_t count);
  void flush();
  void write_packets();
  void end_fragment();

  const std::filesystem::path path_;
  const AudioFormat format_;
  std::optional<Fragments> before_;  // of the file that is gone on with
  OutputFile file_;
  LibavPtr<AVCodecContext> encoder_;
  LibavPtr<AVFrame> frame_;
  LibavPtr<AVPacket> packet_;
  LibavPtr<AVFormatContext> muxer_;
  std::vector<std::int16_t> waiting_;  // less than one encoded frame
  std::int64_t waiting_pts_ = 0;       // of its first sample
  std::int64_t step_ = 0;              // that the samples after the next encoded frame are moved by
  std::int64_t next_pts_ = -1;         // where the newest sample ends; -1: nothing was written
  std::int64_t last_packet_pts_ = -1;  // the file's packets must come later and later
  Timestamp fragment_begin_;           // when the oldest sample of the open fragment came
  bool fragment_open_ = false;
  bool failed_ = false;
  bool closed_ = false;
};

}  // namespace atl::video
