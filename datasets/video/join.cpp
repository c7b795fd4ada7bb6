#include "datasets/video/join.h"

#include "core/error.h"
#include "datasets/video/h264_writer.h"
#include "datasets/video/libav.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <algorithm>

namespace atl::video {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};

struct CloseInput {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};

// The packets of a video in order.
class Packets {
 public:
  explicit Packets(const std::filesystem::path& path) : path_(path) {
    AVFormatContext* opened = nullptr;
    check_av(avformat_open_input(&opened, ("file:" + path.string()).c_str(), nullptr, nullptr), "open video", path);
    demuxer_.reset(opened);
    check_av(avformat_find_stream_info(opened, nullptr), "read", path);
    index_ = check_av(av_find_best_stream(opened, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0), "find a video in", path);
  }

  [[nodiscard]] const AVCodecParameters& parameters() const { return *demuxer_->streams[index_]->codecpar; }

  // The next one, its times in microseconds; false at the end.
  [[nodiscard]] bool next(AVPacket& packet) {
    for (;;) {
      av_packet_unref(&packet);
      const int read = av_read_frame(demuxer_.get(), &packet);
      if (read == AVERROR_EOF) return false;
      check_av(read, "read", path_);
      if (packet.stream_index != index_) continue;
      av_packet_rescale_ts(&packet, demuxer_->streams[index_]->time_base, kMicroseconds);
      return true;
    }
  }

 private:
  const std::filesystem::path path_;
  std::unique_ptr<AVFormatContext, CloseInput> demuxer_;
  int index_ = 0;
};

// One file out of packets.
class Joined {
 public:
  explicit Joined(const std::filesystem::path& path) : path_(path), file_(path, false, std::nullopt) {}

  void begin(const AVCodecParameters& parameters) {
    AVFormatContext* created = nullptr;
    check_av(avformat_alloc_output_context2(&created, nullptr, "mp4", nullptr), "create the MP4 muxer for", path_);
    muxer_.reset(created);
    muxer_->pb = file_.io();
    muxer_->flags |= AVFMT_FLAG_CUSTOM_IO;
    AVStream* stream = avformat_new_stream(muxer_.get(), nullptr);
    ATOLL_CHECK(stream != nullptr, "out of memory for a video stream");
    stream->time_base = kMicroseconds;
    check_av(avcodec_parameters_copy(stream->codecpar, &parameters), "describe", path_);
    stream->codecpar->codec_tag = 0;
    // As the recorder's own writer sets it up.
    AVDictionary* settings = nullptr;
    av_dict_set(&settings, "movflags", "frag_keyframe+empty_moov+default_base_moof+frag_discont", 0);
    av_dict_set(&settings, "use_editlist", "0", 0);
    av_dict_set(&settings, "video_track_timescale", "1000000", 0);
    muxer_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    const int result = avformat_write_header(muxer_.get(), &settings);
    av_dict_free(&settings);
    check_av(result, "write the header of video", path_);
  }

  void require_same(const AVCodecParameters& parameters, const std::filesystem::path& source) const {
    const AVCodecParameters& mine = *muxer_->streams[0]->codecpar;
    const bool is_same = mine.width == parameters.width && mine.height == parameters.height &&
                         mine.extradata_size == parameters.extradata_size &&
                         std::equal(mine.extradata, mine.extradata + mine.extradata_size, parameters.extradata);
    if (!is_same)
      fail(ErrorKind::kContract,
           "the video {} has another size or was encoded with other settings than those before it; keep the recordings "
           "together in a dataset (.toml) instead",
           source.string());
  }

  [[nodiscard]] bool has_begun() const { return muxer_ != nullptr; }

  void write(AVPacket& packet) {
    packet.stream_index = 0;
    packet.pos = -1;
    av_packet_rescale_ts(&packet, kMicroseconds, muxer_->streams[0]->time_base);
    check_av(av_write_frame(muxer_.get(), &packet), "write", path_);
  }

  void close() {
    check_av(av_write_trailer(muxer_.get()), "complete", path_);
    avio_flush(file_.io());
    check_av(file_.io()->error, "write", path_);
    file_.close();
  }

 private:
  const std::filesystem::path path_;
  OutputFile file_;
  LibavPtr<AVFormatContext> muxer_;
};

std::vector<std::int64_t> keyframes(const std::filesystem::path& source) {
  quiet_libav();
  Packets packets(source);
  const LibavPtr<AVPacket> packet = make_av_packet();
  std::vector<std::int64_t> times_us;
  while (packets.next(*packet))
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0) times_us.push_back(packet->pts);
  return times_us;
}

void join(const std::filesystem::path& out, std::span<const datasets::VideoCut> cuts) {
  quiet_libav();
  Joined joined(out);
  const LibavPtr<AVPacket> packet = make_av_packet();
  for (const datasets::VideoCut& cut : cuts) {
    Packets packets(cut.source);
    if (!joined.has_begun()) joined.begin(packets.parameters());
    joined.require_same(packets.parameters(), cut.source);
    std::size_t copied = 0;
    while (copied < cut.count && packets.next(*packet)) {
      if (packet->pts < cut.first_us) continue;
      packet->pts += cut.shift_us;
      packet->dts = packet->pts;  // there are no B-frames
      joined.write(*packet);
      ++copied;
    }
    if (copied != cut.count)
      fail(ErrorKind::kFormat, "video {} ends after {} of {} pictures from {} us on", cut.source.string(), copied,
           cut.count, cut.first_us);
  }
  joined.close();
}

}  // namespace

datasets::VideoJoiner video_joiner() { return {keyframes, join}; }

}  // namespace atl::video
