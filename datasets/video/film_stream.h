// The pictures of a film of any kind that libav reads (Matroska, MP4, H.264, H.265, ...), one after the other: for
// importers of other programs' recordings. Atoll's own videos are read exactly and at any place by reader.h.
#pragma once

#include "core/frame.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace atl::video {

/// One thread.
class FilmStream {
 public:
  virtual ~FilmStream() = default;
  [[nodiscard]] virtual FrameSize size() const = 0;

  /// Decodes the next picture in the order of presentation into `pixels`, resized to [height, width, 4], BGRA8. Returns
  /// false at the end. `pts_ns`: its presentation time, as the container says it. Throws Error(kFormat) naming the file
  /// where it cannot be decoded.
  [[nodiscard]] virtual bool next(std::int64_t& pts_ns, std::vector<std::uint8_t>& pixels) = 0;
};

/// Opens `path`. Throws Error(kFile) if it cannot be read, Error(kFormat) if it has no picture that can be decoded.
[[nodiscard]] std::unique_ptr<FilmStream> open_film(const std::filesystem::path& path);

}  // namespace atl::video
