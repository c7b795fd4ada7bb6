#include "datasets/video/encoder.h"

#include "core/error.h"
#include "core/log.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
}
#include <fmt/ranges.h>

#include <vector>

namespace atl::video {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};

const char* libav_name(const std::string& encoder) {
  if (encoder == "nvenc") return "h264_nvenc";
  if (encoder == "vaapi") return "h264_vaapi";
  return "libx264";
}

}  // namespace

PictureEncoder::PictureEncoder(std::filesystem::path path, FrameSize size, const VideoOptions& options)
    : path_(std::move(path)) {
  std::vector<std::string> candidates{options.encoder};
  if (options.encoder == "auto") candidates = {"nvenc", "vaapi", "x264"};
  std::vector<std::string> tried;
  for (const std::string& candidate : candidates) {
    try {
      open(candidate, size, options);
      name_ = candidate;
      if (!tried.empty()) log_info("video encoder: {} ({})", candidate, fmt::join(tried, "; "));
      return;
    } catch (const Error& error) {
      tried.push_back(fmt::format("{}: {}", candidate, error.what()));
      context_.reset();
    }
  }
  fail(ErrorKind::kDevice, "no video encoder can be used; {}; x264 needs no graphics card (record.encoder=x264)",
       fmt::join(tried, "; "));
}

PictureEncoder::~PictureEncoder() = default;

void PictureEncoder::open(const std::string& encoder, FrameSize size, const VideoOptions& options) {
  const AVCodec* codec = avcodec_find_encoder_by_name(libav_name(encoder));
  if (codec == nullptr)
    fail(ErrorKind::kDevice, "libavcodec has no encoder {}; install one that was built with it", libav_name(encoder));
  context_.reset(avcodec_alloc_context3(codec));
  ATOLL_CHECK(context_ != nullptr, "out of memory for a video encoder");
  const bool full = options.chroma == Chroma::k444;
  context_->width = size.width_px;
  context_->height = size.height_px;
  context_->pix_fmt = full ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV420P;
  context_->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context_->colorspace = AVCOL_SPC_BT709;
  context_->color_primaries = AVCOL_PRI_BT709;
  context_->color_trc = AVCOL_TRC_BT709;
  context_->time_base = kMicroseconds;
  context_->framerate = av_d2q(options.rate_hz, 1'000'000);
  context_->gop_size = options.keyframe_interval;
  context_->max_b_frames = 0;
  context_->thread_count = 1;
  context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (encoder == "vaapi") attach_vaapi(size, options);
  if (encoder == "nvenc") set_nvenc_options(options);
  if (encoder == "x264") set_x264_options(options);
  check_av(avcodec_open2(context_.get(), codec, nullptr), fmt::format("open the H.264 encoder {} for", encoder), path_);
  colour_ = std::make_unique<ColourEncoder>(size, options.chroma, surface_ != nullptr);
}

void PictureEncoder::set_option(const char* name, const std::string& value) {
  check_av(av_opt_set(context_->priv_data, name, value.c_str(), 0), fmt::format("set {}={} for", name, value), path_);
}

void PictureEncoder::set_x264_options(const VideoOptions& options) {
  set_option("preset", options.preset);
  set_option("crf", std::to_string(options.crf));
  // Each picture leaves the encoder in the call that brought it. x264 would hold one back to learn how long it is
  // shown; force-cfr makes it take 1 / rate_hz for that, and leaves the times as they are.
  const std::string params = "rc-lookahead=0:sync-lookahead=0:mbtree=0:sliced-threads=0:force-cfr=1";
  set_option("x264-params", options.fast_decode ? params + ":cabac=0:no-deblock=1" : params);
}

void PictureEncoder::set_nvenc_options(const VideoOptions& options) {
  set_option("preset", "p4");
  set_option("tune", "ll");
  set_option("rc", "constqp");
  set_option("qp", std::to_string(options.crf));
  set_option("zerolatency", "1");
  set_option("delay", "0");
}

// Pictures go to the card as NV12 surfaces.
void PictureEncoder::attach_vaapi(FrameSize size, const VideoOptions& options) {
  if (options.chroma == Chroma::k444)
    fail(ErrorKind::kDevice, "VAAPI encodes 4:2:0 alone; ask for record.chroma=420 or another encoder");
  constexpr const char* kDevice = "/dev/dri/renderD128";
  AVBufferRef* device = nullptr;
  check_av(av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, kDevice, nullptr, 0), "open the VAAPI device",
           kDevice);
  AVBufferRef* frames = av_hwframe_ctx_alloc(device);
  av_buffer_unref(&device);
  ATOLL_CHECK(frames != nullptr, "out of memory for VAAPI surfaces");
  auto* settings = reinterpret_cast<AVHWFramesContext*>(frames->data);
  settings->format = AV_PIX_FMT_VAAPI;
  settings->sw_format = AV_PIX_FMT_NV12;
  settings->width = size.width_px;
  settings->height = size.height_px;
  settings->initial_pool_size = 8;
  const int result = av_hwframe_ctx_init(frames);
  context_->hw_frames_ctx = frames;  // owned by it from here on
  check_av(result, "make VAAPI surfaces for", path_);
  context_->pix_fmt = AV_PIX_FMT_VAAPI;
  set_option("rc_mode", "CQP");
  context_->global_quality = options.crf;
  surface_ = make_av_frame();
}

void PictureEncoder::send(ImageView image, std::int64_t pts_us) {
  AVFrame* frame = &colour_->convert(image);
  if (surface_) {
    av_frame_unref(surface_.get());
    check_av(av_hwframe_get_buffer(context_->hw_frames_ctx, surface_.get(), 0), "take a surface for a picture of",
             path_);
    check_av(av_hwframe_transfer_data(surface_.get(), frame, 0), "upload a picture of", path_);
    check_av(av_frame_copy_props(surface_.get(), frame), "upload a picture of", path_);
    frame = surface_.get();
  }
  frame->pts = pts_us;
  check_av(avcodec_send_frame(context_.get(), frame), "encode a picture of", path_);
}

void PictureEncoder::finish() { check_av(avcodec_send_frame(context_.get(), nullptr), "finish encoding", path_); }

bool PictureEncoder::receive(AVPacket& packet) {
  const int result = avcodec_receive_packet(context_.get(), &packet);
  if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return false;
  check_av(result, "encode a picture of", path_);
  return true;
}

}  // namespace atl::video
