#include "datasets/video/png.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/video/libav.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <string_view>

namespace atl::video {
namespace {

// RGB rows, as the encoder wants them.
LibavPtr<AVFrame> to_rgb(ImageView picture, const std::filesystem::path& path) {
  LibavPtr<AVFrame> frame = make_av_frame();
  frame->format = AV_PIX_FMT_RGB24;
  frame->width = picture.width_px;
  frame->height = picture.height_px;
  check_av(av_frame_get_buffer(frame.get(), 0), "make room for", path);
  for (int y = 0; y < picture.height_px; ++y) {
    const std::uint8_t* in = picture.row(y);
    std::uint8_t* out = frame->data[0] + std::ptrdiff_t{y} * frame->linesize[0];
    for (int x = 0; x < picture.width_px; ++x, in += kBytesPerPixel, out += 3) {
      out[0] = in[2];
      out[1] = in[1];
      out[2] = in[0];
    }
  }
  return frame;
}

}  // namespace

void write_png(const std::filesystem::path& path, ImageView picture) {
  quiet_libav();
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (codec == nullptr) fail(ErrorKind::kEnvironment, "{}: this FFmpeg has no PNG encoder", path.string());
  const LibavPtr<AVCodecContext> encoder(avcodec_alloc_context3(codec));
  ATOLL_CHECK(encoder, "no memory for a PNG encoder");
  encoder->width = picture.width_px;
  encoder->height = picture.height_px;
  encoder->pix_fmt = AV_PIX_FMT_RGB24;
  encoder->time_base = {1, 1};
  check_av(avcodec_open2(encoder.get(), codec, nullptr), "encode", path);
  const LibavPtr<AVFrame> frame = to_rgb(picture, path);
  const LibavPtr<AVPacket> packet = make_av_packet();
  check_av(avcodec_send_frame(encoder.get(), frame.get()), "encode", path);
  check_av(avcodec_receive_packet(encoder.get(), packet.get()), "encode", path);
  write_file_atomically(
      path, std::string_view(reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)));
}

}  // namespace atl::video
