// The training cache: pictures of recordings, decoded once to training resolution and rate into one file that is
// memory-mapped. Used by loaders; the file holds pixels only, all else is read from the recordings.
//
// The file carries a hash of what it was made from (frame index with the hash of every picture, size, rate), so that it
// is never out of date in silence: when anything changed it is made anew. Layout: "ATOLLPIX", version (u32 little
// endian), length of a JSON header (u32), the header, zeros up to a multiple of 4096, then pictures [height, width, 4].
#pragma once

#include "core/frame.h"
#include "datasets/video.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::datasets {

inline constexpr int kCacheVersion = 1;

/// What a cache is made from.
struct CacheInputs {
  std::vector<std::filesystem::path> recordings;
  FrameSize frame;              // of the contract
  double action_rate_hz = 0.0;  // of the contract; each recording's is as high or higher (datasets/resample.h)
};

/// The pictures of one episode: picture i is what was seen when step i of the contract's clock began, the last one what
/// was seen after the last step.
struct CachedEpisode {
  std::size_t recording = 0;  // in CacheInputs
  std::size_t episode = 0;    // inside the recording
  std::uint64_t first = 0;    // index of its first picture
  std::uint64_t count = 0;    // steps + 1
};

/// Immutable: any thread.
class FrameCache {
 public:
  /// Opens `file` if it was made from exactly these inputs, else makes it, with `progress` (0 to 1, may be empty) now
  /// and then. Throws Error(kFormat) for pictures that are not in the video, Error(kContract) for recordings that
  /// are slower than the contract, Error(kFile) when it cannot be written.
  [[nodiscard]] static FrameCache open_or_create(const std::filesystem::path& file, const CacheInputs& inputs,
                                                 const VideoReaderFactory& open_video,
                                                 const std::function<void(double)>& progress = {});
  /// Opens `file` as it is; nothing if it is not there, or was made from anything else than exactly these inputs.
  [[nodiscard]] static std::optional<FrameCache> open(const std::filesystem::path& file, const CacheInputs& inputs);
  FrameCache(FrameCache&&) noexcept;
  FrameCache& operator=(FrameCache&&) noexcept;
  ~FrameCache();

  [[nodiscard]] std::span<const CachedEpisode> episodes() const;
  /// Picture `index`, packed [height, width, 4]; valid as long as the cache.
  [[nodiscard]] std::span<const std::uint8_t> frame(std::uint64_t index) const;
  [[nodiscard]] FrameSize frame_size() const;
  [[nodiscard]] std::uint64_t num_pictures() const;
  /// Of all that the pictures were made from, in hexadecimal: equal for equal pictures only.
  [[nodiscard]] const std::string& hash() const;

 private:
  struct State;
  explicit FrameCache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace atl::datasets
