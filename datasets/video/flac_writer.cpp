#include "datasets/video/flac_writer.h"

#include "core/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cstring>
#include <utility>

namespace atl::video {
namespace {

// Samples that are encoded together: shorter ones make the file larger, and longer ones are longer on their way to it.
constexpr std::int64_t kFrame = 1024;

std::optional<Fragments> fragments_before(const std::filesystem::path& path, bool append) {
  if (!append || !std::filesystem::exists(path)) return std::nullopt;
  return find_fragments(path);
}

}  // namespace

FlacWriter::FlacWriter(const std::filesystem::path& path, const AudioFormat& format, bool append)
    : path_(path),
      format_(format),
      before_(fragments_before(path, append)),
      file_(path, false, before_ ? std::optional(before_->end) : std::nullopt),
      frame_(make_av_frame()),
      packet_(make_av_packet()) {
  open_encoder();
  frame_->format = AV_SAMPLE_FMT_S16;
  frame_->sample_rate = format_.rate_hz;
  frame_->nb_samples = kFrame;
  check_av(av_channel_layout_copy(&frame_->ch_layout, &encoder_->ch_layout), "describe", path_);
  check_av(av_frame_get_buffer(frame_.get(), 0), "get memory for", path_);
  open_muxer();
}

void FlacWriter::open_encoder() {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_FLAC);
  if (codec == nullptr)
    fail(ErrorKind::kDevice, "libavcodec has no encoder for FLAC; install one that was built with it");
  encoder_.reset(avcodec_alloc_context3(codec));
  ATOLL_CHECK(encoder_ != nullptr, "out of memory for an encoder of sound");
  encoder_->sample_fmt = AV_SAMPLE_FMT_S16;
  encoder_->sample_rate = format_.rate_hz;
  encoder_->time_base = {1, format_.rate_hz};
  encoder_->frame_size = kFrame;
  encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av_channel_layout_default(&encoder_->ch_layout, format_.num_channels);
  check_av(avcodec_open2(encoder_.get(), codec, nullptr), "open an encoder of sound for", path_);
}

void FlacWriter::open_muxer() {
  AVFormatContext* created = nullptr;
  check_av(avformat_alloc_output_context2(&created, nullptr, "mp4", nullptr), "create the MP4 muxer for", path_);
  muxer_.reset(created);
  muxer_->pb = file_.io();
  muxer_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_FLUSH_PACKETS;
  // FLAC in MP4 has been a settled format for years; libav of Debian 12 still calls it an experiment.
  muxer_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  muxer_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  AVStream* stream = avformat_new_stream(muxer_.get(), nullptr);
  ATOLL_CHECK(stream != nullptr, "out of memory for a stream of sound");
  stream->time_base = {1, format_.rate_hz};
  check_av(avcodec_parameters_from_context(stream->codecpar, encoder_.get()), "describe", path_);
  AVDictionary* settings = nullptr;
  // As of video.mp4, the first sample keeps its own time. Each packet of sound could begin a fragment: ours do when we
  // say so.
  av_dict_set(&settings, "movflags", "frag_custom+empty_moov+default_base_moof+frag_discont", 0);
  av_dict_set(&settings, "use_editlist", "0", 0);
  if (before_) av_dict_set_int(&settings, "fragment_index", static_cast<std::int64_t>(before_->count) + 1, 0);
  if (before_) file_.hold();
  const int result = avformat_write_header(muxer_.get(), &settings);
  const int unknown_settings = av_dict_count(settings);
  av_dict_free(&settings);
  check_av(result, "write the header of", path_);
  ATOLL_CHECK(unknown_settings == 0, "the MP4 muxer left {} settings unused", unknown_settings);
  if (before_ && file_.release() != before_->header)
    fail(ErrorKind::kFormat,
         "cannot go on with the sound {}: it has another format, or was made by another version of the encoder; record "
         "into a new folder",
         path_.string());
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
  open_encoder();
}

void FlacWriter::write_packets() {
  for (;;) {
    const int got = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) break;
    check_av(got, "encode sound for", path_);
    if (packet_->size > 0) {  // the last one only tells a checksum of all, which nobody needs: frames have theirs
      packet_->stream_index = 0;
      check_av(av_write_frame(muxer_.get(), packet_.get()), "write", path_);
      if (!fragment_open_) fragment_begin_ = MonotonicClock::now();
      fragment_open_ = true;
    }
    av_packet_unref(packet_.get());
  }
  end_old_fragment();
}

void FlacWriter::end_old_fragment() {
  if (fragment_open_ && MonotonicClock::now() - fragment_begin_ >= kFragmentTime) end_fragment();
}

void FlacWriter::end_fragment() {
  check_av(av_write_frame(muxer_.get(), nullptr), "write", path_);
  // As in H264Writer: else the next fragment would begin where the muxer guesses.
  check_av(av_opt_set(muxer_->priv_data, "movflags", "+frag_discont", 0), "write", path_);
  fragment_open_ = false;
}

void FlacWriter::close() {
  if (closed_) return;
  if (failed_) fail(ErrorKind::kFile, "{} failed before and cannot be completed", path_.string());
  failed_ = true;
  flush();
  check_av(av_write_trailer(muxer_.get()), "complete", path_);
  file_.close();
  failed_ = false;
  closed_ = true;
}

}  // namespace atl::video
