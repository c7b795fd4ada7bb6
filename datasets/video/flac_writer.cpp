#include "datasets/video/flac_writer.h"

#include "core/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
}

#include <algorithm>
#include <cstring>
#include <utility>

namespace atl::video {
namespace {

// Samples that are encoded together: shorter ones make the file larger, and longer ones are longer on their way to it.
constexpr std::int64_t kFrame = 1024;

LibavPtr<AVCodecContext> open_encoder(const AudioFormat& format, const std::filesystem::path& path) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_FLAC);
  if (codec == nullptr)
    fail(ErrorKind::kDevice, "libavcodec has no encoder for FLAC; install one that was built with it");
  LibavPtr<AVCodecContext> encoder(avcodec_alloc_context3(codec));
  ATOLL_CHECK(encoder != nullptr, "out of memory for an encoder of sound");
  encoder->sample_fmt = AV_SAMPLE_FMT_S16;
  encoder->sample_rate = format.rate_hz;
  encoder->time_base = {1, format.rate_hz};
  encoder->frame_size = kFrame;
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av_channel_layout_default(&encoder->ch_layout, format.num_channels);
  check_av(avcodec_open2(encoder.get(), codec, nullptr), "open an encoder of sound for", path);
  return encoder;
}

}  // namespace

FlacWriter::FlacWriter(const std::filesystem::path& path, const AudioFormat& format, bool append)
    : path_(path),
      format_(format),
      encoder_(open_encoder(format, path)),
      muxer_(path, *parameters_of(*encoder_, path),
             {.append = append, .keys_end_fragments = false, .ticks_hz = format.rate_hz}),
      frame_(make_av_frame()),
      packet_(make_av_packet()) {
  frame_->format = AV_SAMPLE_FMT_S16;
  frame_->sample_rate = format_.rate_hz;
  frame_->nb_samples = kFrame;
  check_av(av_channel_layout_copy(&frame_->ch_layout, &encoder_->ch_layout), "describe", path_);
  check_av(av_frame_get_buffer(frame_.get(), 0), "get memory for", path_);
}

bool FlacWriter::write(std::span<const std::int16_t> samples, std::int64_t pts) {
  ATOLL_CHECK(!closed_, "sound at {} for {} after its close", pts, path_.string());
  if (failed_) fail(ErrorKind::kFile, "{} failed before; no more sound can be written", path_.string());
  const std::int64_t step = next_pts_ < 0 ? 0 : pts - next_pts_;
  if (pts < 0 || step < -datasets::kMaxAudioStep)
    fail(ErrorKind::kFormat, "sound at sample {} for {}, expected at least {}", pts, path_.string(),
         next_pts_ - datasets::kMaxAudioStep);
  failed_ = true;  // until it is through
  if (step > datasets::kMaxAudioStep) flush();
  if (waiting_.empty())
    waiting_pts_ = std::max(pts, last_packet_pts_ + 1);
  else
    step_ += step;
  waiting_.insert(waiting_.end(), samples.begin(), samples.end());
  next_pts_ = pts + static_cast<std::int64_t>(samples.size()) / format_.num_channels;
  while (static_cast<std::int64_t>(waiting_.size()) >= kFrame * format_.num_channels) encode(kFrame);
  failed_ = false;
  return true;
}

// The first `count` of what waits.
void FlacWriter::encode(std::int64_t count) {
  const auto values = static_cast<std::size_t>(count * format_.num_channels);
  frame_->nb_samples = kFrame;  // what a buffer of its own must hold
  check_av(av_frame_make_writable(frame_.get()), "get memory for", path_);
  frame_->nb_samples = static_cast<int>(count);
  frame_->pts = waiting_pts_;
  std::memcpy(frame_->data[0], waiting_.data(), values * sizeof(std::int16_t));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(values));
  last_packet_pts_ = waiting_pts_;
  waiting_pts_ = std::max(waiting_pts_ + count + std::exchange(step_, 0), last_packet_pts_ + 1);
  check_av(avcodec_send_frame(encoder_.get(), frame_.get()), "encode sound for", path_);
  write_packets();
}

// A gap, or the end: what waits is less than the encoder takes but as its last, so that the next one begins anew.
void FlacWriter::flush() {
  if (!waiting_.empty()) encode(static_cast<std::int64_t>(waiting_.size()) / format_.num_channels);
  check_av(avcodec_send_frame(encoder_.get(), nullptr), "encode sound for", path_);
  write_packets();
  encoder_ = open_encoder(format_, path_);
}

void FlacWriter::write_packets() {
  for (;;) {
    const int got = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) break;
    check_av(got, "encode sound for", path_);
    if (packet_->size > 0) {  // the last one only tells a checksum of all, which nobody needs: frames have theirs
      if (!muxer_.is_fragment_open()) fragment_pts_ = packet_->pts;
      muxer_.write(*packet_);
    }
    av_packet_unref(packet_.get());
  }
  end_old_fragment();
}

void FlacWriter::end_old_fragment() {
  if (!muxer_.is_fragment_open()) return;
  const bool is_long = duration_of(last_packet_pts_ - fragment_pts_, format_) >= Muxer::kFragmentTime;
  if (is_long || muxer_.is_fragment_old()) muxer_.end_fragment();
}

void FlacWriter::close() {
  if (closed_) return;
  if (failed_) fail(ErrorKind::kFile, "{} failed before and cannot be completed", path_.string());
  failed_ = true;
  flush();
  muxer_.close();
  failed_ = false;
  closed_ = true;
}

}  // namespace atl::video
