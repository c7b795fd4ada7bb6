// The pictures of a video as they are encoded: where each lies, and its bytes, proven by their checksum. What the
// decoder of reader.h and the copying of join.h are fed by.
#pragma once

#include "datasets/video/fragments.h"
#include "datasets/video/libav.h"
#include "datasets/video/video_file.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct AVCodecParameters;

namespace atl::video {

struct EncodedPicture {
  std::uint64_t offset = 0;  // in the file
  int num_bytes = 0;
  bool is_key = false;
  std::optional<std::uint32_t> crc;  // of its bytes; older recordings have none
};

/// One thread.
class EncodedPictures {
 public:
  /// Reads the index of all fragments and no picture data. Throws Error(kFile), Error(kFormat) for what is no such
  /// video or has a damaged header. Pictures behind a damaged index are left out, and told of by `loss`.
  explicit EncodedPictures(const std::filesystem::path& path);
  EncodedPictures(const EncodedPictures&) = delete;
  EncodedPictures& operator=(const EncodedPictures&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }
  [[nodiscard]] const AVCodecParameters& parameters() const { return *parameters_; }
  [[nodiscard]] std::span<const std::int64_t> timestamps_us() const { return timestamps_us_; }  // rising
  [[nodiscard]] std::span<const EncodedPicture> pictures() const { return pictures_; }          // one each
  // As datasets::VideoReader says.
  [[nodiscard]] const std::string& loss() const { return loss_; }
  [[nodiscard]] bool is_closed() const { return is_closed_; }

  /// Fills `packet` with the bytes of picture `index`; its times are the index. Throws Error(kFormat) naming picture
  /// and place where they are not those that were written.
  void read(std::size_t index, AVPacket& packet) const;
  /// What `read` would throw; empty: nothing. Decodes nothing.
  [[nodiscard]] std::string damage_of(std::size_t index, std::vector<std::uint8_t>& scratch) const;

 private:
  void read_index(const Fragments& fragments);
  void add_checksums(const Fragments& fragments);
  [[nodiscard]] std::string damage_in(std::size_t index, std::span<const std::uint8_t> bytes) const;

  VideoFile file_;
  LibavPtr<AVCodecParameters> parameters_;
  std::vector<std::int64_t> timestamps_us_;
  std::vector<EncodedPicture> pictures_;
  std::string loss_;
  bool is_closed_ = false;
};

}  // namespace atl::video
