// The pictures of a video, or the packets of recorded sound, as they are encoded: where each lies, and its bytes,
// proven by their checksum. What the decoders of reader.h and audio_reader.h and the copying of join.h are fed by.
#pragma once

#include "datasets/video/fragments.h"
#include "datasets/video/libav.h"
#include "datasets/video/media_file.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct AVCodecParameters;

namespace atl::video {

struct EncodedPacket {
  std::uint64_t offset = 0;  // in the file
  int num_bytes = 0;
  bool is_key = false;
  std::optional<std::uint32_t> crc;  // of its bytes; older recordings have none
};

enum class TrackKind : std::uint8_t { kVideo, kSound };

/// One thread.
class EncodedTrack {
 public:
  /// Reads the index of all fragments and no packet. Throws Error(kFile), Error(kFormat) for what has no track of
  /// `kind` or a damaged header. Packets behind a damaged index are left out, and told of by `loss`.
  explicit EncodedTrack(const std::filesystem::path& path, TrackKind kind = TrackKind::kVideo);
  EncodedTrack(const EncodedTrack&) = delete;
  EncodedTrack& operator=(const EncodedTrack&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }
  [[nodiscard]] const AVCodecParameters& parameters() const { return *parameters_; }
  [[nodiscard]] std::span<const std::int64_t> times() const { return times_; }       // rising: us, of sound samples
  [[nodiscard]] std::span<const EncodedPacket> packets() const { return packets_; }  // one each
  // As datasets::VideoReader says.
  [[nodiscard]] const std::string& loss() const { return loss_; }
  [[nodiscard]] bool is_closed() const { return is_closed_; }

  /// Fills `packet` with the bytes of packet `index`; its times are the index. Throws Error(kFormat) naming packet and
  /// place where they are not those that were written.
  void read(std::size_t index, AVPacket& packet) const;
  /// What `read` would throw; empty: nothing. Decodes nothing.
  [[nodiscard]] std::string damage_of(std::size_t index, std::vector<std::uint8_t>& scratch) const;

 private:
  void read_index(const Fragments& fragments);
  void add_checksums(const Fragments& fragments);
  [[nodiscard]] std::string damage_in(std::size_t index, std::span<const std::uint8_t> bytes) const;

  const TrackKind kind_;
  MediaFile file_;
  LibavPtr<AVCodecParameters> parameters_;
  std::vector<std::int64_t> times_;
  std::vector<EncodedPacket> packets_;
  std::string loss_;
  bool is_closed_ = false;
};

}  // namespace atl::video
