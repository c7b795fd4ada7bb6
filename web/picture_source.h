// Pictures of a finished recording by time: from its video, or, where it has none, rendered again from seed and
// actions. Used by the labelling page.
//
// They go to browsers as JPEG, one by one, and not as the video: recordings at agent size are H.264 4:4:4, which
// browsers do not play, worlds that are rendered again have no video at all, and a picture that is asked for by its
// time is exactly that picture.
#pragma once

#include "datasets/reader.h"
#include "datasets/video.h"
#include "envs/environment.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace atl::web {

/// What drawing pictures needs from other parts of the program.
struct PictureParts {
  datasets::VideoReaderFactory open_video;
  /// A JPEG file's bytes; at most `most_px` wide, 0: as it is.
  std::function<std::string(ImageView picture, int most_px)> encode_jpeg;
  /// The stepped world of that name with frames of that size, for recordings without video.
  std::function<std::unique_ptr<envs::SteppedEnvironment>(const std::string& world, FrameSize frame)> create_world;
};

class PictureSource {
 public:
  virtual ~PictureSource() = default;
  /// When each picture of the episode was seen, in rising order; valid until the next call.
  [[nodiscard]] virtual std::span<const Timestamp> times(std::size_t episode) = 0;
  /// Picture `index` of the episode; valid until the next call. In rising order each is decoded once.
  [[nodiscard]] virtual ImageView picture(std::size_t episode, std::size_t index) = 0;
};

/// `reader` is borrowed and outlives it. One thread at a time. Throws what opening the video throws; episodes that are
/// rendered again throw Error(kFormat) where they come out different from what was recorded.
[[nodiscard]] std::unique_ptr<PictureSource> create_picture_source(datasets::RecordingReader& reader,
                                                                   const PictureParts& parts);

}  // namespace atl::web
