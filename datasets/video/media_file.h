// A file of pictures or sound to read from at any place. Used by what reads boxes and packets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace atl::video {

/// Any thread.
class MediaFile {
 public:
  /// Throws Error(kFile).
  explicit MediaFile(const std::filesystem::path& path);
  MediaFile(const MediaFile&) = delete;
  MediaFile& operator=(const MediaFile&) = delete;
  ~MediaFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t num_bytes() const { return num_bytes_; }  // when it was opened

  /// Fills `bytes` from `offset` on, as far as the file goes; returns how many. Throws Error(kFile).
  [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<std::uint8_t> bytes) const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t num_bytes_ = 0;
};

}  // namespace atl::video
