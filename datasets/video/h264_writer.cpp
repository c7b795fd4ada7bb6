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

int write_to_file(void* opaque, std::uint8_t* bytes, int size) {
  const int error = static_cast<OutputFile*>(opaque)->put(bytes, static_cast<std::size_t>(size));
  return error == 0 ? size : AVERROR(error);
}

std::int64_t seek_file(void* opaque, std::int64_t offset, int whence) {
  const int fd = static_cast<OutputFile*>(opaque)->fd();
  if (whence == AVSEEK_SIZE) return AVERROR(ENOSYS);
  const off_t at = ::lseek(fd, offset, whence);
  return at < 0 ? AVERROR(errno) : at;
}

std::optional<Fragments> fragments_before(const std::filesystem::path& path, const VideoOptions& options) {
  if (!options.append || !std::filesystem::exists(path)) return std::nullopt;
  ATOLL_CHECK(options.fragmented, "video {} is to be added to, which only fragmented ones can be", path.string());
  return find_fragments(path);
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

OutputFile::OutputFile(const std::filesystem::path& path, bool seekable, std::optional<std::uint64_t> append_at)
    : path_(path) {
  const int create = append_at ? 0 : O_CREAT | O_EXCL;
  fd_ = ::open(path.c_str(), O_WRONLY | create | O_CLOEXEC, 0644);
  if (fd_ < 0) fail(ErrorKind::kFile, "cannot create video {}: {}", path.string(), std::strerror(errno));
  const auto end = static_cast<off_t>(append_at.value_or(0));
  if (append_at && (::ftruncate(fd_, end) != 0 || ::lseek(fd_, end, SEEK_SET) != end))
    fail(ErrorKind::kFile, "cannot go on with video {}: {}", path.string(), std::strerror(errno));
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kIoBufferBytes));
  io_ = avio_alloc_context(buffer, kIoBufferBytes, 1, this, nullptr, write_to_file, seekable ? seek_file : nullptr);
  ATOLL_CHECK(buffer != nullptr && io_ != nullptr, "out of memory for a video buffer");
}

OutputFile::~OutputFile() {
  av_freep(&io_->buffer);
  avio_context_free(&io_);
  if (fd_ >= 0) ::close(fd_);
}

int OutputFile::put(const std::uint8_t* bytes, std::size_t size) {
  if (holds_) {
    held_.insert(held_.end(), bytes, bytes + size);
    return 0;
  }
  while (size > 0) {
    const ssize_t n = ::write(fd_, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
  return 0;
}

std::vector<std::uint8_t> OutputFile::release() {
  avio_flush(io_);
  holds_ = false;
  return std::exchange(held_, {});
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
      before_(fragments_before(path, options)),
      encoder_(path, size, options),
      file_(path, !options.fragmented, before_ ? std::optional(before_->end) : std::nullopt),
      packet_(make_av_packet()),
      fragmented_(options.fragmented),
      gap_us_(std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / options.rate_hz))) {
  open_muxer();
}

void H264Writer::open_muxer() {
  AVFormatContext* created = nullptr;
  check_av(avformat_alloc_output_context2(&created, nullptr, "mp4", nullptr), "create the MP4 muxer for", path_);
  muxer_.reset(created);
  muxer_->pb = file_.io();
  muxer_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_FLUSH_PACKETS;
  AVStream* stream = avformat_new_stream(muxer_.get(), nullptr);
  ATOLL_CHECK(stream != nullptr, "out of memory for a video stream");
  stream->time_base = kMicroseconds;
  check_av(avcodec_parameters_from_context(stream->codecpar, &encoder_.context()), "describe", path_);
  AVDictionary* settings = nullptr;
  // The first picture keeps its own time: frag_discont with neither an edit list nor a shift to 0.
  if (fragmented_) av_dict_set(&settings, "movflags", "frag_keyframe+empty_moov+default_base_moof+frag_discont", 0);
  if (before_) av_dict_set_int(&settings, "fragment_index", static_cast<std::int64_t>(before_->count) + 1, 0);
  av_dict_set(&settings, "use_editlist", "0", 0);
  muxer_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  av_dict_set(&settings, "video_track_timescale", "1000000", 0);
  // The header of a file that is gone on with is there; it must say the same.
  if (before_) file_.hold();
  const int result = avformat_write_header(muxer_.get(), &settings);
  const int unknown_settings = av_dict_count(settings);
  av_dict_free(&settings);
  check_av(result, "write the header of video", path_);
  ATOLL_CHECK(unknown_settings == 0, "the MP4 muxer left {} settings unused", unknown_settings);
  if (before_ && file_.release() != before_->header)
    fail(ErrorKind::kFormat,
         "cannot go on with video {}: it has another size, or was made with other settings or versions of the encoder; "
         "record into a new folder",
         path_.string());
}

bool H264Writer::write(ImageView image, std::int64_t pts_us) {
  ATOLL_CHECK(!closed_, "picture at {} us for {} after its close", pts_us, path_.string());
  if (failed_) fail(ErrorKind::kFile, "video {} failed before; no more pictures can be written", path_.string());
  order_.check(image.size(), pts_us);
  if (order_.last_pts_us() >= 0) gap_us_ = pts_us - order_.last_pts_us();
  failed_ = true;  // until the picture is through
  encoder_.send(image, pts_us);
  order_.accept(pts_us);
  write_packets();
  failed_ = false;
  return true;
}

void H264Writer::write_packets() {
  while (encoder_.receive(*packet_)) {
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
  encoder_.finish();
  write_packets();
  check_av(av_write_trailer(muxer_.get()), "complete video", path_);
  file_.close();
  failed_ = false;
  closed_ = true;
}

}  // namespace atl::video
