#include "datasets/video/h264_writer.h"

#include "core/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace atl::video {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};
constexpr int kIoBufferBytes = 1 << 16;

int write_to_fd(void* opaque, std::uint8_t* bytes, int size) {
  const int fd = *static_cast<int*>(opaque);
  int written = 0;
  while (written < size) {
    const ssize_t n = ::write(fd, bytes + written, static_cast<std::size_t>(size - written));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return AVERROR(errno);
    written += static_cast<int>(n);
  }
  return size;
}

std::int64_t seek_fd(void* opaque, std::int64_t offset, int whence) {
  const int fd = *static_cast<int*>(opaque);
  if (whence == AVSEEK_SIZE) return AVERROR(ENOSYS);
  const off_t at = ::lseek(fd, offset, whence);
  return at < 0 ? AVERROR(errno) : at;
}

}  // namespace

void PictureOrder::check(FrameSize size, std::int64_t pts_us) const {
  if (size != size_)
    fail(ErrorKind::kFormat, "picture of {}x{} px for {}, expected {}x{}", size.width_px, size.height_px,
         path_.string(), size_.width_px, size_.height_px);
  if (pts_us <= last_pts_us_)
    fail(ErrorKind::kFormat, "picture at {} us for {}, expected a time after {} us", pts_us, path_.string(),
         last_pts_us_);
}

OutputFile::OutputFile(const std::filesystem::path& path, bool seekable) : path_(path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd_ < 0) fail(ErrorKind::kFile, "cannot create video {}: {}", path.string(), std::strerror(errno));
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kIoBufferBytes));
  io_ = avio_alloc_context(buffer, kIoBufferBytes, 1, &fd_, nullptr, write_to_fd, seekable ? seek_fd : nullptr);
  ATOLL_CHECK(buffer != nullptr && io_ != nullptr, "out of memory for a video buffer");
}

OutputFile::~OutputFile() {
  av_freep(&io_->buffer);
  avio_context_free(&io_);
  if (fd_ >= 0) ::close(fd_);
}

void OutputFile::close() {
  avio_flush(io_);
  check_av(io_->error, "write video", path_);
  if (::fsync(fd_) != 0) fail(ErrorKind::kFile, "cannot flush video {}: {}", path_.string(), std::strerror(errno));
  if (::close(std::exchange(fd_, -1)) != 0)
    fail(ErrorKind::kFile, "cannot close video {}: {}", path_.string(), std::strerror(errno));
}

H264Writer::H264Writer(const std::filesystem::path& path, FrameSize size, const VideoOptions& options)
    : path_(path),
      order_(path, size),
      file_(path, !options.fragmented),
      colour_(size, options.chroma),
      packet_(make_av_packet()),
      fragmented_(options.fragmented),
      gap_us_(std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / options.rate_hz))) {
  open_encoder(size, options);
  open_muxer(options.fragmented);
}

void H264Writer::open_encoder(FrameSize size, const VideoOptions& options) {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr)
    fail(ErrorKind::kDevice, "libavcodec has no encoder libx264; install one that was built with it");
  encoder_.reset(avcodec_alloc_context3(codec));
  ATOLL_CHECK(encoder_ != nullptr, "out of memory for a video encoder");
  const bool full = options.chroma == Chroma::k444;
  encoder_->width = size.width_px;
  encoder_->height = size.height_px;
  encoder_->pix_fmt = full ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV420P;
  encoder_->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  encoder_->colorspace = AVCOL_SPC_BT709;
  encoder_->color_primaries = AVCOL_PRI_BT709;
  encoder_->color_trc = AVCOL_TRC_BT709;
  encoder_->time_base = kMicroseconds;
  encoder_->framerate = av_d2q(options.rate_hz, 1'000'000);
  encoder_->gop_size = options.keyframe_interval;
  encoder_->max_b_frames = 0;
  encoder_->thread_count = 1;
  encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  const auto set_option = [&](const char* name, const std::string& value) {
    check_av(av_opt_set(encoder_->priv_data, name, value.c_str(), 0), std::string("set ") + name + "=" + value + " for",
             path_);
  };
  set_option("preset", options.preset);
  set_option("crf", std::to_string(options.crf));
  // Each picture leaves the encoder in the call that brought it. x264 would hold one back to learn how long it is
  // shown; force-cfr makes it take 1 / rate_hz for that, and leaves the times as they are.
  set_option("x264-params", "rc-lookahead=0:sync-lookahead=0:mbtree=0:sliced-threads=0:force-cfr=1");
  check_av(avcodec_open2(encoder_.get(), codec, nullptr), "open the H.264 encoder for", path_);
}

void H264Writer::open_muxer(bool fragmented) {
  AVFormatContext* created = nullptr;
  check_av(avformat_alloc_output_context2(&created, nullptr, "mp4", nullptr), "create the MP4 muxer for", path_);
  muxer_.reset(created);
  muxer_->pb = file_.io();
  muxer_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_FLUSH_PACKETS;
  AVStream* stream = avformat_new_stream(muxer_.get(), nullptr);
  ATOLL_CHECK(stream != nullptr, "out of memory for a video stream");
  stream->time_base = kMicroseconds;
  check_av(avcodec_parameters_from_context(stream->codecpar, encoder_.get()), "describe", path_);
  AVDictionary* settings = nullptr;
  // The first picture keeps its own time: frag_discont with neither an edit list nor a shift to 0.
  if (fragmented) av_dict_set(&settings, "movflags", "frag_keyframe+empty_moov+default_base_moof+frag_discont", 0);
  av_dict_set(&settings, "use_editlist", "0", 0);
  muxer_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  av_dict_set(&settings, "video_track_timescale", "1000000", 0);
  const int result = avformat_write_header(muxer_.get(), &settings);
  const int unknown_settings = av_dict_count(settings);
  av_dict_free(&settings);
  check_av(result, "write the header of video", path_);
  ATOLL_CHECK(unknown_settings == 0, "the MP4 muxer left {} settings unused", unknown_settings);
}

bool H264Writer::write(ImageView image, std::int64_t pts_us) {
  ATOLL_CHECK(!closed_, "picture at {} us for {} after its close", pts_us, path_.string());
  if (failed_) fail(ErrorKind::kFile, "video {} failed before; no more pictures can be written", path_.string());
  order_.check(image.size(), pts_us);
  AVFrame& frame = colour_.convert(image);
  frame.pts = pts_us;
  if (order_.last_pts_us() >= 0) gap_us_ = pts_us - order_.last_pts_us();
  failed_ = true;  // until the picture is through
  check_av(avcodec_send_frame(encoder_.get(), &frame), "encode a picture of", path_);
  order_.accept(pts_us);
  write_packets();
  failed_ = false;
  return true;
}

void H264Writer::write_packets() {
  while (true) {
    const int result = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    check_av(result, "encode a picture of", path_);
    const bool is_key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    packet_->stream_index = 0;
    // Only the last picture of a fragment needs to say how long it is shown, and any picture of a recording may turn
    // out to be that: the clock ends fragments. What it says is a guess, and one that reaches beyond the next picture
    // would move that picture. So it lasts a moment.
    const bool ends_fragment = !is_key && is_fragment_old();
    packet_->duration = fragmented_ ? 1 : gap_us_;
    av_packet_rescale_ts(packet_.get(), kMicroseconds, muxer_->streams[0]->time_base);
    check_av(av_write_frame(muxer_.get(), packet_.get()), "write video", path_);
    av_packet_unref(packet_.get());
    // A keyframe has just ended the fragment before it.
    if (is_key || !fragment_open_) fragment_begin_ = MonotonicClock::now();
    fragment_open_ = true;
    if (ends_fragment) end_fragment();
  }
}

bool H264Writer::is_fragment_old() const {
  return fragmented_ && fragment_open_ && MonotonicClock::now() - fragment_begin_ >= kFragmentTime;
}

void H264Writer::end_old_fragment() {
  if (is_fragment_old()) end_fragment();
}

void H264Writer::end_fragment() {
  check_av(av_write_frame(muxer_.get(), nullptr), "write video", path_);
  // The muxer lays the next fragment where it guesses that the last picture's time ends; this flag, which it forgets at
  // each use, makes it take that fragment's own time.
  check_av(av_opt_set(muxer_->priv_data, "movflags", "+frag_discont", 0), "write video", path_);
  fragment_open_ = false;
}

void H264Writer::close() {
  if (closed_) return;
  if (failed_) fail(ErrorKind::kFile, "video {} failed before and cannot be completed", path_.string());
  failed_ = true;
  check_av(avcodec_send_frame(encoder_.get(), nullptr), "finish encoding", path_);
  write_packets();
  check_av(av_write_trailer(muxer_.get()), "complete video", path_);
  file_.close();
  failed_ = false;
  closed_ = true;
}

}  // namespace atl::video
