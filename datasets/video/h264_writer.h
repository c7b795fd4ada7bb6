// The writer itself, without a thread: encoder, muxer and file. Used through datasets/video/writer.h.
#pragma once

#include "core/clock.h"
#include "datasets/video/encoder.h"
#include "datasets/video/fragments.h"
#include "datasets/video/writer.h"

#include <cstdint>
#include <optional>
#include <vector>

struct AVIOContext;

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

/// A file that libav writes to through callbacks: every short write is seen, and errno survives.
class OutputFile {
 public:
  /// `append_at`: an existing file is cut there and added to; nothing: a new one is created.
  OutputFile(const std::filesystem::path& path, bool seekable, std::optional<std::uint64_t> append_at);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();
  [[nodiscard]] AVIOContext* io() const { return io_; }
  /// What is written until `release` is kept back; that returns it.
  void hold() { holds_ = true; }
  [[nodiscard]] std::vector<std::uint8_t> release();
  /// Part of the callbacks: 0, or an error of errno.
  [[nodiscard]] int put(const std::uint8_t* bytes, std::size_t size);
  [[nodiscard]] int fd() const { return fd_; }
  /// Flushes to disk and closes; throws Error(kFile).
  void close();

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  AVIOContext* io_ = nullptr;
  bool holds_ = false;
  std::vector<std::uint8_t> held_;
};

class H264Writer final : public datasets::VideoWriter {
 public:
  H264Writer(const std::filesystem::path& path, FrameSize size, const VideoOptions& options);

  [[nodiscard]] bool write(ImageView image, std::int64_t pts_us) override;
  void close() override;

  /// Ends the fragment if it has been open for kFragmentTime: what is not ended is lost by a kill.
  void end_old_fragment();
  static constexpr Duration kFragmentTime = std::chrono::milliseconds(250);

 private:
  void open_muxer();
  void write_packets();
  [[nodiscard]] bool is_fragment_old() const;
  void end_fragment();

  std::filesystem::path path_;
  PictureOrder order_;
  std::optional<Fragments> before_;  // of the file that is gone on with
  PictureEncoder encoder_;
  OutputFile file_;
  LibavPtr<AVPacket> packet_;
  LibavPtr<AVFormatContext> muxer_;
  Timestamp fragment_begin_;  // when the oldest picture of the open fragment came
  bool fragmented_;
  bool fragment_open_ = false;
  std::int64_t gap_us_;  // from the picture before the last to the last: how long the last one is taken to be shown
  bool failed_ = false;
  bool closed_ = false;
};

}  // namespace atl::video
