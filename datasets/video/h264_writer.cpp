#include "datasets/video/h264_writer.h"

#include "core/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <algorithm>

namespace atl::video {
void PictureOrder::check(FrameSize size, std::int64_t pts_us) const {
  if (size != size_)
    fail(ErrorKind::kFormat, "picture of {}x{} px for {}, expected {}x{}", size.width_px, size.height_px,
         path_.string(), size_.width_px, size_.height_px);
  if (pts_us <= last_pts_us_)
    fail(ErrorKind::kFormat, "picture at {} us for {}, expected a time after {} us", pts_us, path_.string(),
         last_pts_us_);
}

H264Writer::H264Writer(const std::filesystem::path& path, FrameSize size, const VideoOptions& options)
    : path_(path),
      order_(path, size),
      encoder_(path, size, options),
      muxer_(path, *parameters_of(encoder_.context(), path),
             {.fragmented = options.fragmented, .append = options.append}),
      packet_(make_av_packet()),
      fragmented_(options.fragmented),
      gap_us_(std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / options.rate_hz))) {}

bool H264Writer::write(ImageView image, std::int64_t pts_us) {
  ATOLL_CHECK(!closed_, "picture at {} us for {} after its close", pts_us, path_.string());
  if (failed_) fail(ErrorKind::kFile, "video {} failed before; no more pictures can be written", path_.string());
  order_.check(image.size(), pts_us);
  if (order_.last_pts_us() >= 0) gap_us_ = pts_us - order_.last_pts_us();
  failed_ = true;  // until the picture is through
  encoder_.send(image, pts_us);
  order_.accept(pts_us);
  write_packets();
  failed_ = false;
  return true;
}

void H264Writer::write_packets() {
  while (encoder_.receive(*packet_)) {
    const bool is_key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    // Only the last picture of a fragment needs to say how long it is shown, and any picture of a recording may turn
    // out to be that: the clock ends fragments. What it says is a guess, and one that reaches beyond the next picture
    // would move that picture. So it lasts a moment.
    const bool ends_fragment = !is_key && muxer_.is_fragment_old();
    packet_->duration = fragmented_ ? 1 : gap_us_;
    muxer_.write(*packet_);
    av_packet_unref(packet_.get());
    if (ends_fragment) muxer_.end_fragment();
  }
}

void H264Writer::end_old_fragment() {
  if (muxer_.is_fragment_old()) muxer_.end_fragment();
}

void H264Writer::close() {
  if (closed_) return;
  if (failed_) fail(ErrorKind::kFile, "video {} failed before and cannot be completed", path_.string());
  failed_ = true;
  encoder_.finish();
  write_packets();
  muxer_.close();
  failed_ = false;
  closed_ = true;
}

}  // namespace atl::video
