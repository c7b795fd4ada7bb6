#include "datasets/video/film_stream.h"

#include "core/error.h"
#include "datasets/video/colour.h"
#include "datasets/video/libav.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace atl::video {
namespace {

struct CloseInput {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};

class LibavFilm final : public FilmStream {
 public:
  explicit LibavFilm(const std::filesystem::path& path);
  [[nodiscard]] FrameSize size() const override { return {decoder_->width, decoder_->height}; }
  [[nodiscard]] bool next(std::int64_t& pts_ns, std::vector<std::uint8_t>& pixels) override;

 private:
  void feed();

  const std::filesystem::path path_;
  std::unique_ptr<AVFormatContext, CloseInput> demuxer_;
  LibavPtr<AVCodecContext> decoder_;
  LibavPtr<AVPacket> packet_ = make_av_packet();
  LibavPtr<AVFrame> frame_ = make_av_frame();
  AVStream* stream_ = nullptr;  // of demuxer_
  ColourDecoder colour_;
};

LibavFilm::LibavFilm(const std::filesystem::path& path) : path_(path) {
  // No protocol but files: what is called like an address must not be fetched.
  AVFormatContext* opened = nullptr;
  check_av(avformat_open_input(&opened, ("file:" + path.string()).c_str(), nullptr, nullptr), "open film", path);
  demuxer_.reset(opened);
  check_av(avformat_find_stream_info(opened, nullptr), "read", path);
  const AVCodec* codec = nullptr;
  const int index =
      check_av(av_find_best_stream(opened, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0), "find a video in", path);
  stream_ = opened->streams[index];
  decoder_.reset(avcodec_alloc_context3(codec));
  ATOLL_CHECK(decoder_ != nullptr, "out of memory for a video decoder");
  check_av(avcodec_parameters_to_context(decoder_.get(), stream_->codecpar), "describe", path);
  check_av(avcodec_open2(decoder_.get(), codec, nullptr), "open a decoder for", path);
  if (decoder_->width <= 0 || decoder_->height <= 0)
    fail(ErrorKind::kFormat, "film {} has pictures of {}x{} px, expected at least 1x1", path.string(), decoder_->width,
         decoder_->height);
}

bool LibavFilm::next(std::int64_t& pts_ns, std::vector<std::uint8_t>& pixels) {
  for (;;) {
    const int got = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (got == AVERROR_EOF) return false;
    if (got != AVERROR(EAGAIN)) {
      check_av(got, "decode", path_);
      break;
    }
    feed();
  }
  if (frame_->width != size().width_px || frame_->height != size().height_px)
    fail(ErrorKind::kFormat, "a picture of film {} is {}x{} px, expected {}x{}", path_.string(), frame_->width,
         frame_->height, size().width_px, size().height_px);
  if (frame_->best_effort_timestamp == AV_NOPTS_VALUE)
    fail(ErrorKind::kFormat, "a picture of film {} has no time; expected a presentation time", path_.string());
  pts_ns = av_rescale_q(frame_->best_effort_timestamp, stream_->time_base, {1, 1'000'000'000});
  colour_.convert(*frame_, pixels);
  return true;
}

// One packet of the film, or the word that there are no more.
void LibavFilm::feed() {
  for (;;) {
    av_packet_unref(packet_.get());
    const int read = av_read_frame(demuxer_.get(), packet_.get());
    if (read == AVERROR_EOF) {
      check_av(avcodec_send_packet(decoder_.get(), nullptr), "decode", path_);
      return;
    }
    check_av(read, "read", path_);
    if (packet_->stream_index != stream_->index) continue;
    check_av(avcodec_send_packet(decoder_.get(), packet_.get()), "decode", path_);
    return;
  }
}

}  // namespace

std::unique_ptr<FilmStream> open_film(const std::filesystem::path& path) {
  quiet_libav();
  return std::make_unique<LibavFilm>(path);
}

}  // namespace atl::video
