#include "datasets/video/libav.h"

#include "core/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <mutex>
#include <string>

namespace atl::video {
namespace {

// A damaged count in a file must not become an allocation; a picture of 8K takes a tenth of this.
constexpr std::size_t kMaxAllocation = std::size_t{512} << 20;

thread_local std::string last_complaint;

void remember_complaint(void* object, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  std::array<char, 512> line{};
  int print_prefix = 1;
  av_log_format_line2(object, level, format, arguments, line.data(), static_cast<int>(line.size()), &print_prefix);
  last_complaint = line.data();
  while (!last_complaint.empty() && last_complaint.back() == '\n') last_complaint.pop_back();
}

// libav's own codes are four letters behind a minus sign; the system's are small numbers.
bool is_system_error(int code) { return AVUNERROR(code) > 0 && AVUNERROR(code) < 4096 && code != AVERROR(EINVAL); }

}  // namespace

void LibavDeleter::operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
void LibavDeleter::operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
void LibavDeleter::operator()(AVFormatContext* context) const { avformat_free_context(context); }
void LibavDeleter::operator()(AVFrame* frame) const { av_frame_free(&frame); }
void LibavDeleter::operator()(AVPacket* packet) const { av_packet_free(&packet); }
void LibavDeleter::operator()(SwsContext* context) const { sws_freeContext(context); }

LibavPtr<AVFrame> make_av_frame() {
  LibavPtr<AVFrame> frame(av_frame_alloc());
  ATOLL_CHECK(frame != nullptr, "out of memory for a video frame");
  return frame;
}

LibavPtr<AVPacket> make_av_packet() {
  LibavPtr<AVPacket> packet(av_packet_alloc());
  ATOLL_CHECK(packet != nullptr, "out of memory for a video packet");
  return packet;
}

LibavPtr<AVCodecParameters> parameters_of(const AVCodecContext& encoder, const std::filesystem::path& path) {
  LibavPtr<AVCodecParameters> parameters(avcodec_parameters_alloc());
  ATOLL_CHECK(parameters != nullptr, "out of memory for a stream");
  check_av(avcodec_parameters_from_context(parameters.get(), &encoder), "describe", path);
  return parameters;
}

int check_av(int code, std::string_view attempt, const std::filesystem::path& path) {
  if (code >= 0) return code;
  std::array<char, AV_ERROR_MAX_STRING_SIZE> reason{};
  av_strerror(code, reason.data(), reason.size());
  const std::string detail = last_complaint.empty() ? "" : " (" + last_complaint + ")";
  last_complaint.clear();
  fail(is_system_error(code) ? ErrorKind::kFile : ErrorKind::kFormat, "cannot {} {}: {}{}", attempt, path.string(),
       reason.data(), detail);
}

void quiet_libav() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_callback(remember_complaint);
    av_max_alloc(kMaxAllocation);
  });
  last_complaint.clear();
}

}  // namespace atl::video
