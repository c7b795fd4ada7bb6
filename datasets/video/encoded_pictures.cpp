#include "datasets/video/encoded_pictures.h"

#include "core/error.h"
#include "datasets/mcap_format.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

namespace atl::video {
namespace {

// The file as libav sees it: up to where its layout can be trusted. A fragment whose index was cut short libav would
// take for a broken file.
class Input {
 public:
  Input(const VideoFile& file, std::uint64_t num_bytes)
      : file_(file), num_bytes_(static_cast<std::int64_t>(num_bytes)) {
    constexpr int kBufferBytes = 1 << 15;
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
    io_ = avio_alloc_context(buffer, kBufferBytes, 0, this, on_read, nullptr, on_seek);
    ATOLL_CHECK(buffer != nullptr && io_ != nullptr, "out of memory for a video buffer");
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input() {
    av_freep(&io_->buffer);
    avio_context_free(&io_);
  }
  [[nodiscard]] AVIOContext* io() const { return io_; }

 private:
  static int on_read(void* self, std::uint8_t* bytes, int size) {
    auto& input = *static_cast<Input*>(self);
    const std::int64_t count = std::min<std::int64_t>(input.num_bytes_ - input.position_, size);
    if (count <= 0) return AVERROR_EOF;
    try {  // libav is C
      const std::size_t n =
          input.file_.read(static_cast<std::uint64_t>(input.position_), {bytes, static_cast<std::size_t>(count)});
      input.position_ += static_cast<std::int64_t>(n);
      return n == 0 ? AVERROR_EOF : static_cast<int>(n);
    } catch (const Error&) {
      return AVERROR(EIO);
    }
  }
  static std::int64_t on_seek(void* self, std::int64_t offset, int whence) {
    auto& input = *static_cast<Input*>(self);
    if (whence == AVSEEK_SIZE) return input.num_bytes_;
    if (whence == SEEK_CUR) offset += input.position_;
    if (whence == SEEK_END) offset += input.num_bytes_;
    if (offset < 0) return AVERROR(EINVAL);
    return input.position_ = offset;
  }

  const VideoFile& file_;
  const std::int64_t num_bytes_;
  std::int64_t position_ = 0;
  AVIOContext* io_ = nullptr;
};

}  // namespace

EncodedPictures::EncodedPictures(const std::filesystem::path& path) : file_(path) {
  const Fragments fragments = find_fragments(file_);
  if (!fragments.damage.empty()) loss_ = fragments.damage + "; what is behind it is lost";
  is_closed_ =
      fragments.is_closed || (fragments.list.empty() && !fragments.has_header_seal);  // films have no fragments
  read_index(fragments);
  add_checksums(fragments);
}

void EncodedPictures::read_index(const Fragments& fragments) {
  const Input input(file_, fragments.readable_bytes);
  AVFormatContext* opened = avformat_alloc_context();
  ATOLL_CHECK(opened != nullptr, "out of memory for a video reader");
  opened->pb = input.io();
  check_av(avformat_open_input(&opened, nullptr, av_find_input_format("mp4"), nullptr), "open video", path());
  const auto close_input = [](AVFormatContext* context) { avformat_close_input(&context); };
  const std::unique_ptr<AVFormatContext, decltype(close_input)> demuxer(opened, close_input);
  const int stream_index =
      check_av(av_find_best_stream(demuxer.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0), "find a video in", path());
  AVStream* stream = demuxer->streams[stream_index];

  // With every stream discarded, one read runs through the headers of all fragments and skips their data. A file that
  // was cut ends in the middle of a header or of data; what the index holds by then is judged below.
  for (unsigned i = 0; i < demuxer->nb_streams; ++i) demuxer->streams[i]->discard = AVDISCARD_ALL;
  const LibavPtr<AVPacket> packet = make_av_packet();
  const int end = av_read_frame(demuxer.get(), packet.get());
  if (end != AVERROR_EOF && end != AVERROR_INVALIDDATA) check_av(end, "read the index of video", path());

  for (int i = 0; i < avformat_index_get_entries_count(stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream, i);
    const auto offset = static_cast<std::uint64_t>(entry->pos);
    if (entry->pos < 0 || entry->size < 0 || offset + static_cast<std::uint64_t>(entry->size) > file_.num_bytes())
      break;
    const std::int64_t pts_us = av_rescale_q(entry->timestamp, stream->time_base, {1, 1'000'000});
    if (!timestamps_us_.empty() && pts_us <= timestamps_us_.back())
      fail(ErrorKind::kFormat, "video {}: picture {} is at {} us, expected a time after {} us", path().string(), i,
           pts_us, timestamps_us_.back());
    timestamps_us_.push_back(pts_us);
    pictures_.push_back({offset, entry->size, (entry->flags & AVINDEX_KEYFRAME) != 0, {}});
  }
  parameters_.reset(avcodec_parameters_alloc());
  ATOLL_CHECK(parameters_ != nullptr, "out of memory for a video reader");
  check_av(avcodec_parameters_copy(parameters_.get(), stream->codecpar), "describe", path());
}

// Pictures and seals stand in the same order.
void EncodedPictures::add_checksums(const Fragments& fragments) {
  std::size_t next = 0;
  for (const Fragment& fragment : fragments.list) {
    const std::size_t count = std::min(fragment.num_pictures, pictures_.size() - next);
    if (fragment.is_whole && count < fragment.num_pictures)
      fail(ErrorKind::kFormat, "video {}: {} pictures can be found, expected {} up to byte {}", path().string(),
           pictures_.size(), next + fragment.num_pictures, fragment.end);
    for (std::size_t i = 0; fragment.seal && i < count; ++i) pictures_[next + i].crc = fragment.seal->picture_crcs[i];
    next += count;
  }
  if (!fragments.list.empty() && next != pictures_.size())
    fail(ErrorKind::kFormat, "video {}: {} pictures can be found, expected {}", path().string(), pictures_.size(),
         next);
}

std::string EncodedPictures::damage_in(std::size_t index, std::span<const std::uint8_t> bytes) const {
  const EncodedPicture& picture = pictures_[index];
  const std::string where =
      fmt::format("video {}: picture {} (at {} us), bytes {} to {}", path().string(), index, timestamps_us_[index],
                  picture.offset, picture.offset + static_cast<std::uint64_t>(picture.num_bytes));
  if (bytes.size() < static_cast<std::size_t>(picture.num_bytes))
    return fmt::format("{}: the file became shorter while it was read", where);
  if (!picture.crc) return "";
  const std::uint32_t found = datasets::crc32_of(bytes);
  if (found == *picture.crc) return "";
  return fmt::format("{}: CRC-32 {:08x}, expected {:08x}: it was damaged since it was recorded", where, found,
                     *picture.crc);
}

void EncodedPictures::read(std::size_t index, AVPacket& packet) const {
  const EncodedPicture& picture = pictures_[index];
  av_packet_unref(&packet);
  check_av(av_new_packet(&packet, picture.num_bytes), "read a picture of", path());
  const std::span<std::uint8_t> bytes(packet.data, static_cast<std::size_t>(picture.num_bytes));
  const std::string damage = damage_in(index, bytes.first(file_.read(picture.offset, bytes)));
  if (!damage.empty()) fail(ErrorKind::kFormat, "{}", damage);
  packet.pts = packet.dts = static_cast<std::int64_t>(index);
  if (picture.is_key) packet.flags |= AV_PKT_FLAG_KEY;
}

std::string EncodedPictures::damage_of(std::size_t index, std::vector<std::uint8_t>& scratch) const {
  const EncodedPicture& picture = pictures_[index];
  scratch.resize(static_cast<std::size_t>(picture.num_bytes));
  return damage_in(index, std::span(scratch).first(file_.read(picture.offset, scratch)));
}

}  // namespace atl::video
