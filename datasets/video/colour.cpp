#include "datasets/video/colour.h"

#include "core/error.h"
#include "datasets/video/bgra_to_420.h"
#include "datasets/video/ycbcr_to_bgra.h"

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace atl::video {
namespace {

constexpr int kFlags = SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT | SWS_BITEXACT;

LibavPtr<AVFrame> make_picture(int width, int height, int format) {
  LibavPtr<AVFrame> frame = make_av_frame();
  frame->width = width;
  frame->height = height;
  frame->format = format;
  ATOLL_CHECK(av_frame_get_buffer(frame.get(), 0) >= 0, "out of memory for a video frame of {}x{} px", width, height);
  return frame;
}

struct PixelLayout {
  AVPixelFormat format;
  bool full_range;
};

LibavPtr<SwsContext> make_context(int width, int height, PixelLayout from, PixelLayout to, int matrix) {
  LibavPtr<SwsContext> context(
      sws_getContext(width, height, from.format, width, height, to.format, kFlags, nullptr, nullptr, nullptr));
  const int* coefficients = sws_getCoefficients(matrix);
  // 1 << 16 is "unchanged" for contrast and saturation.
  if (context == nullptr || sws_setColorspaceDetails(context.get(), coefficients, from.full_range, coefficients,
                                                     to.full_range, 0, 1 << 16, 1 << 16) < 0)
    fail(ErrorKind::kFormat, "swscale cannot convert {} to {} at {}x{} px", av_get_pix_fmt_name(from.format),
         av_get_pix_fmt_name(to.format), width, height);
  return context;
}

// The "J" layouts of old libav are the plain ones at full range; swscale warns about them.
PixelLayout layout_of(const AVFrame& frame) {
  const bool full = frame.color_range == AVCOL_RANGE_JPEG;
  switch (frame.format) {
    case AV_PIX_FMT_YUVJ444P: return {AV_PIX_FMT_YUV444P, true};
    case AV_PIX_FMT_YUVJ422P: return {AV_PIX_FMT_YUV422P, true};
    case AV_PIX_FMT_YUVJ420P: return {AV_PIX_FMT_YUV420P, true};
    default: return {static_cast<AVPixelFormat>(frame.format), full};
  }
}

int sws_matrix_of(const AVFrame& frame) {
  return frame.colorspace == AVCOL_SPC_UNSPECIFIED ? SWS_CS_ITU709 : static_cast<int>(frame.colorspace);
}

}  // namespace

ColourEncoder::ColourEncoder(FrameSize size, Chroma chroma, bool interleaved) : size_(size) {
  const AVPixelFormat format_420 = interleaved ? AV_PIX_FMT_NV12 : AV_PIX_FMT_YUV420P;
  const PixelLayout target{chroma == Chroma::k444 ? AV_PIX_FMT_YUV444P : format_420, chroma == Chroma::k444};
  frame_ = make_picture(size.width_px, size.height_px, target.format);
  frame_->color_range = target.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  frame_->colorspace = AVCOL_SPC_BT709;
  frame_->color_primaries = AVCOL_PRI_BT709;
  frame_->color_trc = AVCOL_TRC_BT709;
  if (target.format != AV_PIX_FMT_YUV420P)
    context_ = make_context(size.width_px, size.height_px, {AV_PIX_FMT_BGR0, true}, target, SWS_CS_ITU709);
}

AVFrame& ColourEncoder::convert(ImageView image) {
  ATOLL_CHECK(image.size() == size_, "picture of {}x{} px, expected {}x{}", image.width_px, image.height_px,
              size_.width_px, size_.height_px);
  // The encoder may still hold a reference to the last picture.
  ATOLL_CHECK(av_frame_make_writable(frame_.get()) >= 0, "out of memory for a video frame");
  if (context_ == nullptr) {
    convert_bgra_to_420(image,
                        {frame_->data[0], frame_->data[1], frame_->data[2], frame_->linesize[0], frame_->linesize[1]});
    return *frame_;
  }
  const std::uint8_t* const planes[4] = {image.data, nullptr, nullptr, nullptr};
  const int strides[4] = {static_cast<int>(image.stride_bytes), 0, 0, 0};
  const int rows = sws_scale(context_.get(), planes, strides, 0, image.height_px, frame_->data, frame_->linesize);
  ATOLL_CHECK(rows == image.height_px, "swscale wrote {} rows of {}", rows, image.height_px);
  return *frame_;
}

namespace {

// The layouts of recordings: no swscale for those.
bool converts_itself(const AVFrame& frame, AVPixelFormat format) {
  return format == AV_PIX_FMT_YUV444P || (format == AV_PIX_FMT_YUV420P && can_halve_chroma(frame.width, frame.height));
}

}  // namespace

void ColourDecoder::prepare(const AVFrame& frame) {
  const int matrix = sws_matrix_of(frame);
  if (frame.width == width_ && frame.height == height_ && frame.format == format_ && frame.color_range == range_ &&
      matrix == matrix_)
    return;
  context_ = make_context(frame.width, frame.height, layout_of(frame), {AV_PIX_FMT_BGRA, true}, matrix);
  bgra_ = make_picture(frame.width, frame.height, AV_PIX_FMT_BGRA);
  width_ = frame.width;
  height_ = frame.height;
  format_ = frame.format;
  range_ = frame.color_range;
  matrix_ = matrix;
}

void ColourDecoder::convert(const AVFrame& frame, std::vector<std::uint8_t>& pixels) {
  const PixelLayout layout = layout_of(frame);
  if (!converts_itself(frame, layout.format)) return convert_by_swscale(frame, pixels);
  pixels.resize(static_cast<std::size_t>(frame.width) * static_cast<std::size_t>(frame.height) * kBytesPerPixel);
  convert_to_bgra({.luma = frame.data[0],
                   .blue = frame.data[1],
                   .red = frame.data[2],
                   .luma_stride = frame.linesize[0],
                   .chroma_stride = frame.linesize[1],
                   .width_px = frame.width,
                   .height_px = frame.height,
                   .halved_chroma = layout.format == AV_PIX_FMT_YUV420P},
                  {sws_getCoefficients(sws_matrix_of(frame)), layout.full_range}, pixels.data());
}

void ColourDecoder::convert_by_swscale(const AVFrame& frame, std::vector<std::uint8_t>& pixels) {
  prepare(frame);
  const int rows = sws_scale(context_.get(), frame.data, frame.linesize, 0, frame.height, bgra_->data, bgra_->linesize);
  ATOLL_CHECK(rows == frame.height, "swscale wrote {} rows of {}", rows, frame.height);
  // Through a padded picture: swscale's vector code may write past the end of a tightly packed row.
  copy_packed({bgra_->data[0], frame.width, frame.height, bgra_->linesize[0]}, pixels);
}

}  // namespace atl::video
