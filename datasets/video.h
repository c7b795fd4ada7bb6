// Video beside a recording: what RecordingWriter needs to write pictures and what check, show and the loader need to
// read them. datasets/video/ implements both over libav; builds without it pass no factory and record without video.
// The frame index in session.mcap is the truth about pictures; the container only has to agree with it.
#pragma once

#include "core/frame.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace atl::datasets {

/// Encodes pictures of one size into one file. One thread. Destroying it without `close` leaves what a killed recorder
/// would leave: a file that is readable up to about the last second.
class VideoWriter {
 public:
  virtual ~VideoWriter() = default;

  /// Takes `image` (BGRA8, the size given to the factory; borrowed for the call), shown from `pts_us` on: >= 0, greater
  /// than the one before, stored to the microsecond. False: the picture was left out because the encoder is behind
  /// (only writers that work on a thread of their own do that); the recorder then notes a drop, and the next picture
  /// may use the same time. Throws Error(kFile) when the disk is full, Error(kFormat) for a picture of another size or
  /// a time that does not grow; writers with a thread throw what it met on the next call.
  [[nodiscard]] virtual bool write(ImageView image, std::int64_t pts_us) = 0;

  /// Encodes what is pending and completes the file; nothing may be written after it. Throws like `write`.
  virtual void close() = 0;
};

/// Pictures that cannot be shown: the bytes of the first are not those that were written, the others need it.
struct DamagedPictures {
  std::size_t first = 0;
  std::size_t end = 0;   // the next keyframe, or the number of pictures
  std::string reason{};  // file, picture, time, bytes, what was found and expected
};

/// Finds pictures in one video file exactly. One thread.
class VideoReader {
 public:
  virtual ~VideoReader() = default;
  [[nodiscard]] virtual FrameSize size() const = 0;

  /// Presentation times in us of every picture that the file holds whole, in rising order. Valid as long as the reader.
  [[nodiscard]] virtual std::span<const std::int64_t> timestamps_us() const = 0;

  /// Decodes picture `index` (0 .. timestamps_us().size() - 1) into `pixels`, resized to [height, width, 4], BGRA8,
  /// tightly packed, full range. Reading in rising order decodes each picture once. Throws Error(kFormat) naming file
  /// and picture, also where it, or one that it needs, is not what was written.
  virtual void read(std::size_t index, std::vector<std::uint8_t>& pixels) = 0;

  /// Reads the bytes of every picture and holds them against their checksums; decodes nothing. Rising, apart from each
  /// other.
  [[nodiscard]] virtual std::vector<DamagedPictures> find_damage() const = 0;
  /// Pictures that have no checksum: those of recordings before version 3.
  [[nodiscard]] virtual std::size_t num_without_checksum() const = 0;
  /// Why the file cannot be read up to its end, in words that name the place; empty: it can.
  [[nodiscard]] virtual const std::string& loss() const = 0;
  /// Whether it ends as its writer ends a file: not after a kill, nor where it was cut.
  [[nodiscard]] virtual bool is_closed() const = 0;
};

/// Creates `path` (which must not exist) for pictures of `size`; throws Error(kFile) or Error(kFormat).
using VideoWriterFactory =
    std::function<std::unique_ptr<VideoWriter>(const std::filesystem::path& path, FrameSize size)>;

/// Opens `path`, whole or cut short; throws Error(kFile) or Error(kFormat).
using VideoReaderFactory = std::function<std::unique_ptr<VideoReader>(const std::filesystem::path& path)>;

/// The index of the picture shown at exactly `pts_us`; throws Error(kFormat) naming the nearest time if there is none.
[[nodiscard]] std::size_t index_at(const VideoReader& video, std::int64_t pts_us);

}  // namespace atl::datasets
