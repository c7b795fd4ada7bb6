#include "datasets/video/audio_reader.h"

#include "core/error.h"
#include "datasets/audio_entry.h"
#include "datasets/video/encoded_track.h"
#include "datasets/video/libav.h"

extern "C" {
#include <libavcodec/avcodec.h>
}
#include <fmt/format.h>

#include <cstring>

namespace atl::video {
namespace {

class FlacReader final : public datasets::AudioReader {
 public:
  explicit FlacReader(const std::filesystem::path& path);
  [[nodiscard]] AudioFormat format() const override { return format_; }
  [[nodiscard]] bool next(datasets::AudioPiece& piece) override;

 private:
  [[nodiscard]] const std::filesystem::path& path() const { return track_.path(); }

  const EncodedTrack track_;
  std::size_t next_ = 0;  // packet of it
  LibavPtr<AVCodecContext> decoder_;
  LibavPtr<AVPacket> packet_ = make_av_packet();
  LibavPtr<AVFrame> frame_ = make_av_frame();
  AudioFormat format_;
};

FlacReader::FlacReader(const std::filesystem::path& path) : track_(path, TrackKind::kSound) {
  if (track_.parameters().codec_id != AV_CODEC_ID_FLAC)
    fail(ErrorKind::kFormat, "{} holds {}, expected flac", path.string(),
         avcodec_get_name(track_.parameters().codec_id));
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_FLAC);
  if (codec == nullptr) fail(ErrorKind::kDevice, "libavcodec has no decoder for FLAC; install one that has");
  decoder_.reset(avcodec_alloc_context3(codec));
  ATOLL_CHECK(decoder_ != nullptr, "out of memory for a decoder of sound");
  check_av(avcodec_parameters_to_context(decoder_.get(), &track_.parameters()), "describe", path);
  decoder_->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
  check_av(avcodec_open2(decoder_.get(), codec, nullptr), "open a decoder for", path);
  format_ = {decoder_->sample_rate, decoder_->ch_layout.nb_channels};
  const bool is_ours = format_.rate_hz > 0 && format_.rate_hz <= datasets::kMaxAudioRate_hz &&
                       format_.num_channels > 0 && format_.num_channels <= datasets::kMaxAudioChannels;
  if (!is_ours)
    fail(ErrorKind::kFormat, "{} has {} Hz and {} channels, expected at most {} and {}", path.string(), format_.rate_hz,
         format_.num_channels, datasets::kMaxAudioRate_hz, datasets::kMaxAudioChannels);
}

// Each packet gives its samples at once.
bool FlacReader::next(datasets::AudioPiece& piece) {
  if (next_ == track_.packets().size()) {
    if (!track_.loss().empty()) fail(ErrorKind::kFormat, "{}", track_.loss());
    return false;
  }
  const std::size_t index = next_++;
  const auto attempt = [&] { return fmt::format("decode packet {} of", index); };
  track_.read(index, *packet_);
  check_av(avcodec_send_packet(decoder_.get(), packet_.get()), attempt(), path());
  check_av(avcodec_receive_frame(decoder_.get(), frame_.get()), attempt(), path());
  const bool is_same = frame_->format == AV_SAMPLE_FMT_S16 && frame_->sample_rate == format_.rate_hz &&
                       frame_->ch_layout.nb_channels == format_.num_channels;
  if (!is_same)
    fail(ErrorKind::kFormat,
         "packet {} of {} has {} Hz, {} channels and samples of kind {}, expected {}, {} and 16 bits", index,
         path().string(), frame_->sample_rate, frame_->ch_layout.nb_channels, frame_->format, format_.rate_hz,
         format_.num_channels);
  piece.pts = track_.times()[index];
  piece.samples.resize(static_cast<std::size_t>(frame_->nb_samples) * static_cast<std::size_t>(format_.num_channels));
  std::memcpy(piece.samples.data(), frame_->data[0], piece.samples.size() * sizeof(std::int16_t));
  return true;
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
