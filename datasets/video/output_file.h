// A file that libav writes a video or sound to. Used by muxer.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

struct AVIOContext;

namespace atl::video {

/// libav writes through callbacks: every short write is seen, and errno survives. One thread.
class OutputFile {
 public:
  /// `append_at`: an existing file is cut there and added to; nothing: a new one is created. Throws Error(kFile).
  OutputFile(const std::filesystem::path& path, bool seekable, std::optional<std::uint64_t> append_at);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] AVIOContext* io() const { return io_; }

  /// What libav writes from here on is kept back until `release`, which returns it. Throws Error(kFile).
  void hold() { holds_ = true; }
  [[nodiscard]] std::vector<std::uint8_t> release();
  /// Writes past libav, at once. Throws Error(kFile).
  void write(std::span<const std::uint8_t> bytes);
  /// Flushes to disk and closes; throws Error(kFile).
  void close();

  // Part of the callbacks: 0, or an error of errno.
  [[nodiscard]] int put(std::span<const std::uint8_t> bytes);
  [[nodiscard]] int fd() const { return fd_; }

 private:
  [[nodiscard]] int write_all(std::span<const std::uint8_t> bytes) const;

  std::filesystem::path path_;
  int fd_ = -1;
  AVIOContext* io_ = nullptr;
  bool holds_ = false;
  std::vector<std::uint8_t> held_;
};

}  // namespace atl::video
