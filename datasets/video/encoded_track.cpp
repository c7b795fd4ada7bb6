#include "datasets/video/encoded_track.h"

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
  Input(const MediaFile& file, std::uint64_t num_bytes)
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

  const MediaFile& file_;
  const std::int64_t num_bytes_;
  std::int64_t position_ = 0;
  AVIOContext* io_ = nullptr;
};

constexpr std::string_view packet_word(TrackKind kind) { return kind == TrackKind::kVideo ? "picture" : "packet"; }

std::string text_of(TrackKind kind, std::int64_t time) {
  return kind == TrackKind::kVideo ? fmt::format("{} us", time) : fmt::format("sample {}", time);
}

}  // namespace

EncodedTrack::EncodedTrack(const std::filesystem::path& path, TrackKind kind) : kind_(kind), file_(path) {
  const Fragments fragments = find_fragments(file_);
  if (!fragments.damage.empty()) loss_ = fragments.damage + "; what is behind it is lost";
  is_closed_ = fragments.is_closed || !fragments.is_fragmented;
  read_index(fragments);
  add_checksums(fragments);
}

void EncodedTrack::read_index(const Fragments& fragments) {
  const Input input(file_, fragments.readable_bytes);
  AVFormatContext* opened = avformat_alloc_context();
  ATOLL_CHECK(opened != nullptr, "out of memory for a video reader");
  opened->pb = input.io();
  check_av(avformat_open_input(&opened, nullptr, av_find_input_format("mp4"), nullptr), "read the header of", path());
  const auto close_input = [](AVFormatContext* context) { avformat_close_input(&context); };
  const std::unique_ptr<AVFormatContext, decltype(close_input)> demuxer(opened, close_input);
  const bool is_video = kind_ == TrackKind::kVideo;
  const int stream_index = check_av(
      av_find_best_stream(demuxer.get(), is_video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0),
      is_video ? "find a video in the header of" : "find sound in the header of", path());
  AVStream* stream = demuxer->streams[stream_index];

  // With every stream discarded, one read runs through the headers of all fragments and skips their data. A file that
  // was cut ends in the middle of a header or of data; what the index holds by then is judged below.
  for (unsigned i = 0; i < demuxer->nb_streams; ++i) demuxer->streams[i]->discard = AVDISCARD_ALL;
  const LibavPtr<AVPacket> packet = make_av_packet();
  const int end = av_read_frame(demuxer.get(), packet.get());
  if (end != AVERROR_EOF && end != AVERROR_INVALIDDATA) check_av(end, "read the index of", path());

  const AVRational time_base = is_video ? AVRational{1, 1'000'000} : stream->time_base;
  // What goes on with a file cuts off its torn end, and by numbers of samples it must know what is left.
  const std::uint64_t end_byte = is_video ? file_.num_bytes() : fragments.end;
  for (int i = 0; i < avformat_index_get_entries_count(stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream, i);
    const auto offset = static_cast<std::uint64_t>(entry->pos);
    if (entry->pos < 0 || entry->size < 0 || offset + static_cast<std::uint64_t>(entry->size) > end_byte) break;
    const std::int64_t time = av_rescale_q(entry->timestamp, stream->time_base, time_base);
    if (!times_.empty() && time <= times_.back())
      fail(ErrorKind::kFormat, "{}: {} {} is at {}, expected a time after {}", path().string(), packet_word(kind_), i,
           text_of(kind_, time), text_of(kind_, times_.back()));
    times_.push_back(time);
    packets_.push_back({offset, entry->size, (entry->flags & AVINDEX_KEYFRAME) != 0, {}});
  }
  parameters_.reset(avcodec_parameters_alloc());
  ATOLL_CHECK(parameters_ != nullptr, "out of memory for a video reader");
  check_av(avcodec_parameters_copy(parameters_.get(), stream->codecpar), "describe", path());
}

// Packets and seals stand in the same order.
void EncodedTrack::add_checksums(const Fragments& fragments) {
  std::size_t next = 0;
  for (const Fragment& fragment : fragments.list) {
    const std::size_t count = std::min(fragment.num_pictures, packets_.size() - next);
    if (fragment.is_whole && count < fragment.num_pictures)
      fail(ErrorKind::kFormat, "{}: {} {}s can be found, expected {} up to byte {}", path().string(), packets_.size(),
           packet_word(kind_), next + fragment.num_pictures, fragment.end);
    for (std::size_t i = 0; fragment.seal && i < count; ++i) packets_[next + i].crc = fragment.seal->picture_crcs[i];
    next += count;
  }
  if (!fragments.list.empty() && next != packets_.size())
    fail(ErrorKind::kFormat, "{}: {} {}s can be found, expected {}", path().string(), packets_.size(),
         packet_word(kind_), next);
}

std::string EncodedTrack::damage_in(std::size_t index, std::span<const std::uint8_t> bytes) const {
  const EncodedPacket& entry = packets_[index];
  const std::string where = fmt::format("{}: {} {} (at {}), bytes {} to {}", path().string(), packet_word(kind_), index,
                                        text_of(kind_, times_[index]), entry.offset,
                                        entry.offset + static_cast<std::uint64_t>(entry.num_bytes));
  if (bytes.size() < static_cast<std::size_t>(entry.num_bytes))
    return fmt::format("{}: the file became shorter while it was read", where);
  if (!entry.crc) return "";
  const std::uint32_t found = datasets::crc32_of(bytes);
  if (found == *entry.crc) return "";
  return fmt::format("{}: CRC-32 {:08x}, expected {:08x}: it was damaged since it was recorded", where, found,
                     *entry.crc);
}

void EncodedTrack::read(std::size_t index, AVPacket& packet) const {
  const EncodedPacket& entry = packets_[index];
  av_packet_unref(&packet);
  check_av(av_new_packet(&packet, entry.num_bytes), "read a packet of", path());
  const std::span<std::uint8_t> bytes(packet.data, static_cast<std::size_t>(entry.num_bytes));
  const std::string damage = damage_in(index, bytes.first(file_.read(entry.offset, bytes)));
  if (!damage.empty()) fail(ErrorKind::kFormat, "{}", damage);
  packet.pts = packet.dts = static_cast<std::int64_t>(index);
  if (entry.is_key) packet.flags |= AV_PKT_FLAG_KEY;
}

std::string EncodedTrack::damage_of(std::size_t index, std::vector<std::uint8_t>& scratch) const {
  const EncodedPacket& entry = packets_[index];
  scratch.resize(static_cast<std::size_t>(entry.num_bytes));
  return damage_in(index, std::span(scratch).first(file_.read(entry.offset, scratch)));
}

}  // namespace atl::video
