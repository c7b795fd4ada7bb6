#include "datasets/video/episode_video.h"

#include "core/error.h"
#include "datasets/video/writer.h"

#include <fmt/format.h>

#include <cmath>

namespace atl::video {
namespace {

constexpr int kKeyframeInterval = 150;  // players of films seek seldom, and decode 150 small pictures in no time

}  // namespace

EpisodeVideo::EpisodeVideo(std::filesystem::path path, double rate_hz, const FilmOptions& options)
    : path_(std::move(path)), rate_hz_(rate_hz), options_(options) {
  ATOLL_CHECK(rate_hz > 0, "film at {} Hz, expected > 0", rate_hz);
}

void EpisodeVideo::begin(std::string_view instruction, std::string_view note) {
  content_ = {.instruction = std::string(instruction),
              .note = std::string(note),
              .status = {},
              .verdict = {},
              .reason = {},
              .action = {}};
  doing_.clear();
  last_ = {};
}

void EpisodeVideo::add(ImageView picture, const Action& action, std::uint64_t step) {
  content_.action = action;
  content_.status = fmt::format("step {}   {:.1f} s", step, static_cast<double>(step) / rate_hz_);
  if (!doing_.empty()) content_.status += "   " + doing_;
  write(picture);
  copy_packed(picture, last_.pixels);
  last_.width_px = picture.width_px;
  last_.height_px = picture.height_px;
  last_.stride_bytes = static_cast<std::ptrdiff_t>(picture.width_px) * kBytesPerPixel;
}

void EpisodeVideo::end(std::string_view verdict, std::string_view reason) {
  if (last_.pixels.empty()) return;
  const Frame picture = std::move(last_);
  end(picture.view(), verdict, reason);
}

void EpisodeVideo::end(ImageView picture, std::string_view verdict, std::string_view reason) {
  content_.verdict = verdict;
  content_.reason = reason;
  content_.action = {};
  const auto count = static_cast<int>(std::lround(std::max(1.0, kVerdictTime_s * rate_hz_)));
  for (int i = 0; i < count; ++i) write(picture);
  last_ = {};
}

void EpisodeVideo::write(ImageView picture) {
  if (!canvas_) {
    canvas_.emplace(picture.size(), options_.width_px);
    picture_size_ = picture.size();
    writer_ = create_video_writer(path_, canvas_->size(),
                                  {.chroma = Chroma::k420,
                                   .crf = options_.crf,
                                   .preset = "medium",
                                   .keyframe_interval = kKeyframeInterval,
                                   .rate_hz = rate_hz_,
                                   .fragmented = false});
  }
  if (picture.size() != picture_size_)
    fail(ErrorKind::kFormat, "picture of {}x{} px for the film {}, expected {}x{} like the first", picture.width_px,
         picture.height_px, path_.string(), picture_size_.width_px, picture_size_.height_px);
  const auto pts_us = std::llround(static_cast<double>(num_pictures_) * 1e6 / rate_hz_);
  if (writer_->write(canvas_->draw(picture, content_), pts_us)) ++num_pictures_;
}

void EpisodeVideo::close() {
  if (writer_ == nullptr) fail(ErrorKind::kFormat, "film {} has no pictures", path_.string());
  writer_->close();
}

}  // namespace atl::video
