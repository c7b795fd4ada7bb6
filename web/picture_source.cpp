#include "web/picture_source.h"

#include "core/error.h"
#include "session/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <optional>

namespace atl::web {
namespace {

// An episode of a stepped world lasts minutes; longer ones are recorded with their video.
constexpr std::size_t kMostRenderedBytes = std::size_t{1} << 30;

class StoredPictures final : public PictureSource {
 public:
  StoredPictures(datasets::RecordingReader& reader, const datasets::VideoReaderFactory& open_video)
      : reader_(reader), video_(open_video(reader.video_path())) {}

  std::span<const Timestamp> times(std::size_t episode) override { return reader_.video_pictures(episode).seen; }

  ImageView picture(std::size_t episode, std::size_t index) override {
    const std::size_t place = reader_.video_pictures(episode).first + index;
    video_->read(datasets::index_at(*video_, reader_.video_times_us()[place]), pixels_);
    const FrameSize size = video_->size();
    return {pixels_.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel};
  }

 private:
  datasets::RecordingReader& reader_;
  const std::unique_ptr<datasets::VideoReader> video_;
  std::vector<std::uint8_t> pixels_;
};

class RenderedPictures final : public PictureSource {
 public:
  RenderedPictures(datasets::RecordingReader& reader, const PictureParts& parts) : reader_(reader), parts_(parts) {}

  std::span<const Timestamp> times(std::size_t episode) override {
    render(episode);
    return times_;
  }

  ImageView picture(std::size_t episode, std::size_t index) override {
    render(episode);
    const std::size_t bytes = pixels_.size() / times_.size();
    return {pixels_.data() + index * bytes, size_.width_px, size_.height_px,
            std::ptrdiff_t{size_.width_px} * kBytesPerPixel};
  }

 private:
  void render(std::size_t episode) {
    if (rendered_ == episode) return;
    rendered_.reset();
    times_.clear();
    pixels_.clear();
    const session::EpisodeTrace trace = session::read_trace(reader_, episode);
    if (trace.frames.empty()) fail(ErrorKind::kFormat, "episode {} has no pictures", episode);
    size_ = {trace.frames.front().window.width_px, trace.frames.front().window.height_px};
    if (world_ == nullptr || world_->spec().frame != size_) world_ = parts_.create_world(reader_.facts().world, size_);
    const session::ReplayResult result = session::replay_episode(*world_, trace, [&](const envs::Observation& seen) {
      if (times_.size() == trace.frames.size()) return;
      std::vector<std::uint8_t> packed;
      copy_packed(seen.frame, packed);
      if (pixels_.size() + packed.size() > kMostRenderedBytes)
        fail(ErrorKind::kFormat,
             "episode {} is too long to be rendered again in memory; record it with --set record.video=true", episode);
      pixels_.insert(pixels_.end(), packed.begin(), packed.end());
      times_.push_back(trace.frames[times_.size()].done);
    });
    if (!result.is_equal() || times_.empty())
      fail(ErrorKind::kFormat,
           "episode {} cannot be rendered again as it was recorded: {}; was it recorded by another version of the "
           "world?",
           episode, fmt::join(result.differences, "; "));
    rendered_ = episode;
  }

  datasets::RecordingReader& reader_;
  const PictureParts parts_;
  std::unique_ptr<envs::SteppedEnvironment> world_;
  std::optional<std::size_t> rendered_;  // the episode that is in memory
  FrameSize size_;
  std::vector<Timestamp> times_;
  std::vector<std::uint8_t> pixels_;  // [pictures, height, width, 4]
};

}  // namespace

std::unique_ptr<PictureSource> create_picture_source(datasets::RecordingReader& reader, const PictureParts& parts) {
  if (std::filesystem::exists(reader.video_path())) return std::make_unique<StoredPictures>(reader, parts.open_video);
  return std::make_unique<RenderedPictures>(reader, parts);
}

}  // namespace atl::web
