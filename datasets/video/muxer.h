// Encoded pictures, or packets of sound, into an MP4 file. What the recorder's writers and the copying of join.h write
// through.
//
// A fragmented file is a row of fragments, each with its seal (seal.h) before it and both written in one go: what a
// killed recorder leaves is readable and proven up to its end.
#pragma once

#include "core/clock.h"
#include "datasets/video/fragments.h"
#include "datasets/video/libav.h"
#include "datasets/video/output_file.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace atl::video {

struct MuxerOptions {
  bool fragmented = true;          // false: one index at the end
  bool append = false;             // goes on with the fragmented file that is there, if one is
  bool keys_end_fragments = true;  // a keyframe ends the fragment before it; of sound each packet is one
  int ticks_hz = 1'000'000;        // what times of packets are told in; of sound its sample rate
};

/// One thread.
class Muxer {
 public:
  /// Creates `path`, which must not exist unless options.append; then a torn end is cut off, and Error(kFormat) is
  /// thrown where `parameters` are not those of the file. Throws Error(kFile).
  Muxer(const std::filesystem::path& path, const AVCodecParameters& parameters, const MuxerOptions& options);

  [[nodiscard]] const AVCodecParameters& parameters() const;

  /// Takes the next picture or packet of sound, its times and duration in ticks.
  void write(AVPacket& packet);
  /// Ends the open fragment, if there is one: what is not ended is lost by a kill.
  void end_fragment();
  [[nodiscard]] bool is_fragment_open() const { return num_open_ > 0; }
  /// Whether a fragment of a fragmented file has been open for kFragmentTime.
  [[nodiscard]] bool is_fragment_old() const;
  static constexpr Duration kFragmentTime = std::chrono::milliseconds(250);
  /// Completes the file and waits for the disk.
  void close();

 private:
  void open(const AVCodecParameters& parameters);
  [[nodiscard]] std::vector<std::uint8_t> take();  // what libav wrote since
  void begin_seal();
  void write_sealed();

  MuxerOptions options_;
  std::optional<Fragments> before_;  // of the file that is gone on with
  OutputFile file_;
  LibavPtr<AVFormatContext> muxer_;
  std::size_t num_open_ = 0;       // pictures of the open fragment
  Timestamp fragment_begin_;       // when the first of them came
  std::uint64_t num_written_ = 0;  // pictures of those before
  std::size_t num_in_seal_ = 0;    // pictures of the fragment that is being ended
};

}  // namespace atl::video
