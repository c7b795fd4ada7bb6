#include "datasets/video/reader.h"

#include "core/error.h"
#include "datasets/video/colour.h"
#include "datasets/video/libav.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

namespace atl::video {
namespace {

constexpr std::int64_t kMaxPixels = 8192 * 8192;  // a damaged size must not become an allocation
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

struct Sample {
  std::int64_t offset;  // in the file
  int size_bytes;
  bool is_key;
};

std::uint64_t read_big_endian(const std::uint8_t* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

// The file as libav sees it: up to the end, or to the header of a fragment that was cut short, which libav would take
// for a broken file.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    if (io_ != nullptr) av_freep(&io_->buffer);
    avio_context_free(&io_);
    ::close(fd_);
  }
  [[nodiscard]] AVIOContext* io() const { return io_; }
  [[nodiscard]] std::int64_t size_bytes() const { return size_bytes_; }

  /// Reads at most `size` bytes at `offset`; 0 at the end, or a negative libav code.
  [[nodiscard]] int read_at(std::int64_t offset, std::uint8_t* bytes, int size) const;

 private:
  void find_visible_end();
  static int on_read(void* self, std::uint8_t* bytes, int size);
  static std::int64_t on_seek(void* self, std::int64_t offset, int whence);

  int fd_ = -1;
  std::int64_t size_bytes_ = 0;
  std::int64_t visible_bytes_ = 0;
  std::int64_t position_ = 0;
  AVIOContext* io_ = nullptr;
};

InputFile::InputFile(const std::filesystem::path& path) {
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) fail(ErrorKind::kFile, "cannot open video {}: {}", path.string(), std::strerror(errno));
  size_bytes_ = visible_bytes_ = std::max<std::int64_t>(0, ::lseek(fd_, 0, SEEK_END));
  find_visible_end();
  constexpr int kBufferBytes = 1 << 15;
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
  io_ = avio_alloc_context(buffer, kBufferBytes, 0, this, on_read, nullptr, on_seek);
  ATOLL_CHECK(buffer != nullptr && io_ != nullptr, "out of memory for a video buffer");
}

// Boxes of the top level: 4 bytes size, 4 bytes type; size 1: 8 bytes more of size; size 0: to the end of the file.
void InputFile::find_visible_end() {
  std::array<std::uint8_t, 16> header{};
  for (std::int64_t at = 0; at < size_bytes_;) {
    const int got = read_at(at, header.data(), static_cast<int>(header.size()));
    if (got < 8) return;
    std::uint64_t box_bytes = read_big_endian(header.data(), 4);
    if (box_bytes == 1 && got == 16) box_bytes = read_big_endian(header.data() + 8, 8);
    const auto left = static_cast<std::uint64_t>(size_bytes_ - at);
    if (box_bytes > left && std::memcmp(header.data() + 4, "moof", 4) == 0) visible_bytes_ = at;
    if (box_bytes < 8 || box_bytes > left) return;
    at += static_cast<std::int64_t>(box_bytes);
  }
}

int InputFile::read_at(std::int64_t offset, std::uint8_t* bytes, int size) const {
  while (true) {
    const ssize_t n = ::pread(fd_, bytes, static_cast<std::size_t>(size), offset);
    if (n >= 0) return static_cast<int>(n);
    if (errno != EINTR) return AVERROR(errno);
  }
}

int InputFile::on_read(void* self, std::uint8_t* bytes, int size) {
  auto& file = *static_cast<InputFile*>(self);
  const std::int64_t left = file.visible_bytes_ - file.position_;
  if (left <= 0) return AVERROR_EOF;
  const int n = file.read_at(file.position_, bytes, static_cast<int>(std::min<std::int64_t>(left, size)));
  if (n == 0) return AVERROR_EOF;
  if (n > 0) file.position_ += n;
  return n;
}

std::int64_t InputFile::on_seek(void* self, std::int64_t offset, int whence) {
  auto& file = *static_cast<InputFile*>(self);
  if (whence == AVSEEK_SIZE) return file.visible_bytes_;
  if (whence == SEEK_CUR) offset += file.position_;
  if (whence == SEEK_END) offset += file.visible_bytes_;
  if (offset < 0) return AVERROR(EINVAL);
  return file.position_ = offset;
}

class H264Reader final : public datasets::VideoReader {
 public:
  explicit H264Reader(const std::filesystem::path& path);

  [[nodiscard]] FrameSize size() const override { return size_; }
  [[nodiscard]] std::span<const std::int64_t> timestamps_us() const override { return timestamps_us_; }
  void read(std::size_t index, std::vector<std::uint8_t>& pixels) override;

 private:
  void read_index();
  void open_decoder(const AVCodecParameters& parameters);
  void decode(std::size_t index);
  void send(std::size_t index);
  [[nodiscard]] std::string name_of(std::size_t index) const;

  std::filesystem::path path_;
  InputFile file_;
  FrameSize size_;
  std::vector<std::int64_t> timestamps_us_;
  std::vector<Sample> samples_;
  LibavPtr<AVCodecContext> decoder_;
  LibavPtr<AVPacket> packet_ = make_av_packet();
  LibavPtr<AVFrame> frame_ = make_av_frame();
  std::size_t decoded_ = kNone;  // the picture that frame_ holds; the decoder stands right behind it
  ColourDecoder colour_;
};

H264Reader::H264Reader(const std::filesystem::path& path) : path_(path), file_(path) { read_index(); }

void H264Reader::read_index() {
  AVFormatContext* opened = avformat_alloc_context();
  ATOLL_CHECK(opened != nullptr, "out of memory for a video reader");
  opened->pb = file_.io();
  check_av(avformat_open_input(&opened, nullptr, av_find_input_format("mp4"), nullptr), "open video", path_);
  const auto close_input = [](AVFormatContext* context) { avformat_close_input(&context); };
  const std::unique_ptr<AVFormatContext, decltype(close_input)> demuxer(opened, close_input);
  const int stream_index =
      check_av(av_find_best_stream(demuxer.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0), "find a video in", path_);
  AVStream* stream = demuxer->streams[stream_index];

  // With every stream discarded, one read runs through the headers of all fragments and skips their data. A file that
  // was cut ends in the middle of a header or of data; what the index holds by then is judged below.
  for (unsigned i = 0; i < demuxer->nb_streams; ++i) demuxer->streams[i]->discard = AVDISCARD_ALL;
  const int end = av_read_frame(demuxer.get(), packet_.get());
  if (end != AVERROR_EOF && end != AVERROR_INVALIDDATA) check_av(end, "read the index of video", path_);

  for (int i = 0; i < avformat_index_get_entries_count(stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream, i);
    if (entry->pos + entry->size > file_.size_bytes()) break;
    const std::int64_t pts_us = av_rescale_q(entry->timestamp, stream->time_base, {1, 1'000'000});
    if (!timestamps_us_.empty() && pts_us <= timestamps_us_.back())
      fail(ErrorKind::kFormat, "video {}: picture {} is at {} us, expected a time after {} us", path_.string(), i,
           pts_us, timestamps_us_.back());
    timestamps_us_.push_back(pts_us);
    samples_.push_back({entry->pos, entry->size, (entry->flags & AVINDEX_KEYFRAME) != 0});
  }
  open_decoder(*stream->codecpar);
}

void H264Reader::open_decoder(const AVCodecParameters& parameters) {
  if (parameters.codec_id != AV_CODEC_ID_H264)
    fail(ErrorKind::kFormat, "video {} holds {}, expected h264", path_.string(), avcodec_get_name(parameters.codec_id));
  size_ = {parameters.width, parameters.height};
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_H264);
  if (codec == nullptr) fail(ErrorKind::kDevice, "libavcodec has no H.264 decoder; install one that has");
  decoder_.reset(avcodec_alloc_context3(codec));
  ATOLL_CHECK(decoder_ != nullptr, "out of memory for a video decoder");
  check_av(avcodec_parameters_to_context(decoder_.get(), &parameters), "describe", path_);
  decoder_->thread_count = 1;
  decoder_->max_pixels = kMaxPixels;
  decoder_->flags |= AV_CODEC_FLAG_LOW_DELAY;
  decoder_->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK | AV_EF_BITSTREAM;
  check_av(avcodec_open2(decoder_.get(), codec, nullptr), "open the H.264 decoder for", path_);
}

std::string H264Reader::name_of(std::size_t index) const {
  return fmt::format("decode picture {} (at {} us) of video", index, timestamps_us_[index]);
}

void H264Reader::read(std::size_t index, std::vector<std::uint8_t>& pixels) {
  ATOLL_CHECK(index < samples_.size(), "picture {} of {}, expected < {}", index, path_.string(), samples_.size());
  if (decoded_ != index) {
    std::size_t key = index;
    while (key > 0 && !samples_[key].is_key) --key;
    if (!samples_[key].is_key)
      fail(ErrorKind::kFormat, "cannot {} {}: no keyframe comes before it", name_of(index), path_.string());
    std::size_t next = decoded_ == kNone ? 0 : decoded_ + 1;
    if (decoded_ == kNone || next < key || next > index) {
      avcodec_flush_buffers(decoder_.get());
      next = key;
    }
    decoded_ = kNone;  // until the picture is there
    for (; next <= index; ++next) decode(next);
    decoded_ = index;
  }
  if (frame_->width != size_.width_px || frame_->height != size_.height_px)
    fail(ErrorKind::kFormat, "cannot {} {}: it is {}x{} px, expected {}x{}", name_of(index), path_.string(),
         frame_->width, frame_->height, size_.width_px, size_.height_px);
  colour_.convert(*frame_, pixels);
}

// Without B-frames each sample gives its picture at once.
void H264Reader::decode(std::size_t index) {
  send(index);
  check_av(avcodec_receive_frame(decoder_.get(), frame_.get()), name_of(index), path_);
  if (frame_->pts != static_cast<std::int64_t>(index) || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 ||
      frame_->decode_error_flags != 0)
    fail(ErrorKind::kFormat, "cannot {} {}: its data are damaged", name_of(index), path_.string());
}

void H264Reader::send(std::size_t index) {
  const Sample& sample = samples_[index];
  av_packet_unref(packet_.get());
  check_av(av_new_packet(packet_.get(), sample.size_bytes), name_of(index), path_);
  for (int done = 0; done < sample.size_bytes;) {
    const int n = check_av(file_.read_at(sample.offset + done, packet_->data + done, sample.size_bytes - done),
                           name_of(index), path_);
    if (n == 0) fail(ErrorKind::kFile, "cannot {} {}: the file became shorter", name_of(index), path_.string());
    done += n;
  }
  packet_->pts = packet_->dts = static_cast<std::int64_t>(index);
  check_av(avcodec_send_packet(decoder_.get(), packet_.get()), name_of(index), path_);
}

}  // namespace

std::unique_ptr<datasets::VideoReader> open_video(const std::filesystem::path& path) {
  quiet_libav();
  return std::make_unique<H264Reader>(path);
}

datasets::VideoReaderFactory video_reader_factory() { return open_video; }

}  // namespace atl::video
