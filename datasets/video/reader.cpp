#include "datasets/video/reader.h"

#include "core/error.h"
#include "datasets/video/colour.h"
#include "datasets/video/encoded_track.h"
#include "datasets/video/libav.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <algorithm>
#include <limits>
#include <string>

namespace atl::video {
namespace {

constexpr std::int64_t kMaxPixels = 8192 * 8192;  // a damaged size must not become an allocation
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

class H264Reader final : public datasets::VideoReader {
 public:
  explicit H264Reader(const std::filesystem::path& path) : encoded_(path) { open_decoder(encoded_.parameters()); }

  [[nodiscard]] FrameSize size() const override { return size_; }
  [[nodiscard]] std::span<const std::int64_t> timestamps_us() const override { return encoded_.times(); }
  void read(std::size_t index, std::vector<std::uint8_t>& pixels) override;
  [[nodiscard]] std::vector<datasets::DamagedPictures> find_damage() const override;
  [[nodiscard]] std::size_t num_without_checksum() const override;
  [[nodiscard]] const std::string& loss() const override { return encoded_.loss(); }
  [[nodiscard]] bool is_closed() const override { return encoded_.is_closed(); }

 private:
  void open_decoder(const AVCodecParameters& parameters);
  void decode(std::size_t index);
  [[nodiscard]] std::string name_of(std::size_t index) const;
  [[nodiscard]] const std::filesystem::path& path() const { return encoded_.path(); }

  EncodedTrack encoded_;
  FrameSize size_;
  LibavPtr<AVCodecContext> decoder_;
  LibavPtr<AVPacket> packet_ = make_av_packet();
  LibavPtr<AVFrame> frame_ = make_av_frame();
  std::size_t decoded_ = kNone;  // the picture that frame_ holds; the decoder stands right behind it
  ColourDecoder colour_;
};

void H264Reader::open_decoder(const AVCodecParameters& parameters) {
  if (parameters.codec_id != AV_CODEC_ID_H264)
    fail(ErrorKind::kFormat, "{}: its header says that it holds {}, expected h264", path().string(),
         avcodec_get_name(parameters.codec_id));
  size_ = {parameters.width, parameters.height};
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_H264);
  if (codec == nullptr) fail(ErrorKind::kDevice, "libavcodec has no H.264 decoder; install one that has");
  decoder_.reset(avcodec_alloc_context3(codec));
  ATOLL_CHECK(decoder_ != nullptr, "out of memory for a video decoder");
  check_av(avcodec_parameters_to_context(decoder_.get(), &parameters), "describe", path());
  decoder_->thread_count = 1;
  decoder_->max_pixels = kMaxPixels;
  decoder_->flags |= AV_CODEC_FLAG_LOW_DELAY;
  decoder_->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK | AV_EF_BITSTREAM;
  check_av(avcodec_open2(decoder_.get(), codec, nullptr), "open the H.264 decoder by the header of", path());
}

std::string H264Reader::name_of(std::size_t index) const {
  return fmt::format("decode picture {} (at {} us) of video", index, timestamps_us()[index]);
}

void H264Reader::read(std::size_t index, std::vector<std::uint8_t>& pixels) {
  const std::span<const EncodedPacket> pictures = encoded_.packets();
  ATOLL_CHECK(index < pictures.size(), "picture {} of {}, expected < {}", index, path().string(), pictures.size());
  if (decoded_ != index) {
    std::size_t key = index;
    while (key > 0 && !pictures[key].is_key) --key;
    if (!pictures[key].is_key)
      fail(ErrorKind::kFormat, "cannot {} {}: no keyframe comes before it", name_of(index), path().string());
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
    fail(ErrorKind::kFormat, "cannot {} {}: it is {}x{} px, expected {}x{}", name_of(index), path().string(),
         frame_->width, frame_->height, size_.width_px, size_.height_px);
  colour_.convert(*frame_, pixels);
}

// Without B-frames each sample gives its picture at once.
void H264Reader::decode(std::size_t index) {
  encoded_.read(index, *packet_);
  check_av(avcodec_send_packet(decoder_.get(), packet_.get()), name_of(index), path());
  check_av(avcodec_receive_frame(decoder_.get(), frame_.get()), name_of(index), path());
  if (frame_->pts != static_cast<std::int64_t>(index) || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 ||
      frame_->decode_error_flags != 0)
    fail(ErrorKind::kFormat, "cannot {} {}: its data are damaged", name_of(index), path().string());
}

std::vector<datasets::DamagedPictures> H264Reader::find_damage() const {
  const std::span<const EncodedPacket> pictures = encoded_.packets();
  std::vector<datasets::DamagedPictures> found;
  std::vector<std::uint8_t> scratch;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    std::string damage = encoded_.damage_of(i, scratch);
    if (damage.empty()) continue;
    std::size_t end = i + 1;
    while (end < pictures.size() && !pictures[end].is_key) ++end;
    found.push_back({i, end, std::move(damage)});
    i = end - 1;
  }
  return found;
}

std::size_t H264Reader::num_without_checksum() const {
  const std::span<const EncodedPacket> pictures = encoded_.packets();
  return static_cast<std::size_t>(
      std::count_if(pictures.begin(), pictures.end(), [](const EncodedPacket& picture) { return !picture.crc; }));
}

}  // namespace

std::unique_ptr<datasets::VideoReader> open_video(const std::filesystem::path& path) {
  quiet_libav();
  return std::make_unique<H264Reader>(path);
}

datasets::VideoReaderFactory video_reader_factory() { return open_video; }

}  // namespace atl::video
