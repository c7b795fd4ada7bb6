#include "datasets/video/audio_reader.h"

#include "core/error.h"
#include "datasets/audio_entry.h"
#include "datasets/video/fragments.h"
#include "datasets/video/libav.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <cstring>

namespace atl::video {
namespace {

struct CloseInput {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};

class FlacReader final : public datasets::AudioReader {
 public:
  explicit FlacReader(const std::filesystem::path& path);
  [[nodiscard]] AudioFormat format() const override { return format_; }
  [[nodiscard]] bool next(datasets::AudioPiece& piece) override;

 private:
  [[nodiscard]] bool feed();

  const std::filesystem::path path_;
  const std::uint64_t end_;  // of what is whole, in bytes
  std::unique_ptr<AVFormatContext, CloseInput> demuxer_;
  LibavPtr<AVCodecContext> decoder_;
  LibavPtr<AVPacket> packet_ = make_av_packet();
  LibavPtr<AVFrame> frame_ = make_av_frame();
  AudioFormat format_;
};

FlacReader::FlacReader(const std::filesystem::path& path) : path_(path), end_(find_fragments(path).end) {
  // No protocol but files: what is called like an address must not be fetched.
  AVFormatContext* opened = nullptr;
  check_av(avformat_open_input(&opened, ("file:" + path.string()).c_str(), nullptr, nullptr), "open sound", path);
  demuxer_.reset(opened);
  const bool is_flac = opened->nb_streams == 1 && opened->streams[0]->codecpar->codec_id == AV_CODEC_ID_FLAC;
  if (!is_flac) fail(ErrorKind::kFormat, "{} has {} streams, expected one of FLAC", path.string(), opened->nb_streams);
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_FLAC);
  ATOLL_CHECK(codec != nullptr, "libavcodec has no decoder for FLAC; install one that was built with it");
  decoder_.reset(avcodec_alloc_context3(codec));
  ATOLL_CHECK(decoder_ != nullptr, "out of memory for a decoder of sound");
  check_av(avcodec_parameters_to_context(decoder_.get(), opened->streams[0]->codecpar), "describe", path);
  decoder_->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
  check_av(avcodec_open2(decoder_.get(), codec, nullptr), "open a decoder for", path);
  format_ = {decoder_->sample_rate, decoder_->ch_layout.nb_channels};
  const AVRational time_base = opened->streams[0]->time_base;
  const bool is_ours = format_.rate_hz > 0 && format_.rate_hz <= datasets::kMaxAudioRate_hz &&
                       format_.num_channels > 0 && format_.num_channels <= datasets::kMaxAudioChannels &&
                       time_base.num == 1 && time_base.den == format_.rate_hz;
  if (!is_ours)
    fail(ErrorKind::kFormat, "{} has {} Hz, {} channels and times in {}/{} s, expected times in samples", path.string(),
         format_.rate_hz, format_.num_channels, time_base.num, time_base.den);
}

bool FlacReader::next(datasets::AudioPiece& piece) {
  for (;;) {
    const int got = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (got == AVERROR_EOF) return false;
    if (got != AVERROR(EAGAIN)) {
      check_av(got, "decode sound of", path_);
      break;
    }
    if (!feed()) return false;
  }
  const bool is_same = frame_->format == AV_SAMPLE_FMT_S16 && frame_->sample_rate == format_.rate_hz &&
                       frame_->ch_layout.nb_channels == format_.num_channels && frame_->pts != AV_NOPTS_VALUE;
  if (!is_same)
    fail(ErrorKind::kFormat,
         "the sound of {} changes to {} Hz, {} channels and samples of kind {} at {}, expected 16 bits", path_.string(),
         frame_->sample_rate, frame_->ch_layout.nb_channels, frame_->format, frame_->pts);
  piece.pts = frame_->pts;
  piece.samples.resize(static_cast<std::size_t>(frame_->nb_samples) * static_cast<std::size_t>(format_.num_channels));
  std::memcpy(piece.samples.data(), frame_->data[0], piece.samples.size() * sizeof(std::int16_t));
  return true;
}

// One packet, or the word that there are no more; false: that was said before.
bool FlacReader::feed() {
  av_packet_unref(packet_.get());
  const int read = av_read_frame(demuxer_.get(), packet_.get());
  const bool is_whole = read >= 0 && packet_->pos >= 0 &&
                        static_cast<std::uint64_t>(packet_->pos) + static_cast<std::uint64_t>(packet_->size) <= end_;
  if (read >= 0 && is_whole) {
    check_av(avcodec_send_packet(decoder_.get(), packet_.get()), "decode sound of", path_);
    return true;
  }
  // Behind the last whole fragment the demuxer may stumble over a torn one.
  const bool is_cut = end_ < std::filesystem::file_size(path_);
  if (read < 0 && read != AVERROR_EOF && !is_cut) check_av(read, "read", path_);
  return avcodec_send_packet(decoder_.get(), nullptr) >= 0;
}

}  // namespace

std::unique_ptr<datasets::AudioReader> open_audio(const std::filesystem::path& path) {
  quiet_libav();
  return std::make_unique<FlacReader>(path);
}

datasets::AudioReaderFactory audio_reader_factory() {
  return [](const std::filesystem::path& path) { return open_audio(path); };
}

}  // namespace atl::video
