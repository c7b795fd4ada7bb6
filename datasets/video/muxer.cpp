#include "datasets/video/muxer.h"

#include "core/error.h"
#include "datasets/mcap_format.h"
#include "datasets/video/big_endian.h"
#include "datasets/video/seal.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <utility>
#include <vector>

namespace atl::video {
namespace {

std::optional<Fragments> fragments_before(const std::filesystem::path& path, const MuxerOptions& options) {
  if (!options.append || !std::filesystem::exists(path)) return std::nullopt;
  ATOLL_CHECK(options.fragmented, "{} is to be added to, which only fragmented files can be", path.string());
  Fragments found = find_fragments(path);
  // Cutting it there would lose pictures that are only hidden by the damage.
  if (!found.damage.empty())
    fail(ErrorKind::kFormat, "{}; it cannot be added to: record into a new folder", found.damage);
  return found;
}

}  // namespace

Muxer::Muxer(const std::filesystem::path& path, const AVCodecParameters& parameters, const MuxerOptions& options)
    : options_(options),
      before_(fragments_before(path, options)),
      file_(path, !options.fragmented, before_ ? std::optional(before_->end) : std::nullopt),
      num_written_(before_ ? before_->num_pictures : 0) {
  open(parameters);
}

void Muxer::open(const AVCodecParameters& parameters) {
  AVFormatContext* created = nullptr;
  check_av(avformat_alloc_output_context2(&created, nullptr, "mp4", nullptr), "create the MP4 muxer for", file_.path());
  muxer_.reset(created);
  muxer_->pb = file_.io();
  muxer_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_FLUSH_PACKETS;
  AVStream* stream = avformat_new_stream(muxer_.get(), nullptr);
  ATOLL_CHECK(stream != nullptr, "out of memory for a stream");
  stream->time_base = {1, options_.ticks_hz};
  check_av(avcodec_parameters_copy(stream->codecpar, &parameters), "describe", file_.path());
  stream->codecpar->codec_tag = 0;
  // FLAC in MP4 has been settled for years; libav of Debian 12 still calls it an experiment.
  const bool is_video = stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
  if (!is_video) muxer_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  AVDictionary* settings = nullptr;
  // The first picture keeps its own time: frag_discont with neither an edit list nor a shift to 0.
  if (options_.fragmented) av_dict_set(&settings, "movflags", "empty_moov+default_base_moof+frag_discont", 0);
  if (options_.fragmented)
    av_dict_set(&settings, "movflags", options_.keys_end_fragments ? "+frag_keyframe" : "+frag_custom", AV_DICT_APPEND);
  // The table of fragments at the end would know the new ones alone, and at wrong places.
  if (before_) av_dict_set(&settings, "movflags", "+skip_trailer", AV_DICT_APPEND);
  if (before_) av_dict_set_int(&settings, "fragment_index", static_cast<std::int64_t>(before_->count) + 1, 0);
  av_dict_set(&settings, "use_editlist", "0", 0);
  muxer_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  if (is_video) av_dict_set_int(&settings, "video_track_timescale", options_.ticks_hz, 0);
  if (options_.fragmented) file_.hold();
  const int result = avformat_write_header(muxer_.get(), &settings);
  const int unknown_settings = av_dict_count(settings);
  av_dict_free(&settings);
  check_av(result, "write the header of", file_.path());
  ATOLL_CHECK(unknown_settings == 0, "the MP4 muxer left {} settings unused", unknown_settings);
  if (!options_.fragmented) return;
  const std::vector<std::uint8_t> header = take();
  // The header of a file that is gone on with is there; it must say the same.
  if (before_ && header != before_->header)
    fail(ErrorKind::kFormat,
         "cannot go on with {}: it has another size or format, or was made with other settings or versions of the "
         "encoder; record into a new folder",
         file_.path().string());
  if (!before_) file_.write(header);
  if (before_ && (before_->has_header_seal || before_->count > 0)) return;
  const std::vector<std::uint8_t> seal = encode(Seal{.index_crc = datasets::crc32_of(header), .picture_crcs = {}});
  avio_write(file_.io(), seal.data(), static_cast<int>(seal.size()));  // so that libav knows where it is
  file_.write(take());
}

const AVCodecParameters& Muxer::parameters() const { return *muxer_->streams[0]->codecpar; }

std::vector<std::uint8_t> Muxer::take() {
  std::vector<std::uint8_t> bytes = file_.release();
  file_.hold();
  return bytes;
}

void Muxer::write(AVPacket& packet) {
  const bool ends_fragment =
      options_.fragmented && options_.keys_end_fragments && num_open_ > 0 && (packet.flags & AV_PKT_FLAG_KEY) != 0;
  packet.stream_index = 0;
  av_packet_rescale_ts(&packet, {1, options_.ticks_hz}, muxer_->streams[0]->time_base);
  // libav ends the fragment within the call that brings a keyframe, and then knows how long its last picture is shown.
  if (ends_fragment) begin_seal();
  check_av(av_write_frame(muxer_.get(), &packet), "write", file_.path());
  if (ends_fragment) write_sealed();
  if (num_open_ == 0) fragment_begin_ = MonotonicClock::now();
  ++num_open_;
}

bool Muxer::is_fragment_old() const {
  return options_.fragmented && num_open_ > 0 && MonotonicClock::now() - fragment_begin_ >= kFragmentTime;
}

void Muxer::end_fragment() {
  if (!options_.fragmented || num_open_ == 0) return;
  begin_seal();
  check_av(av_write_frame(muxer_.get(), nullptr), "write", file_.path());
  // The muxer lays the next fragment where it guesses that the last picture's time ends; this flag, which it forgets at
  // each use, makes it take that fragment's own time.
  check_av(av_opt_set(muxer_->priv_data, "movflags", "+frag_discont", 0), "write", file_.path());
  write_sealed();
}

// Leaves room for the seal, whose size is known, so that libav knows where it is in the file.
void Muxer::begin_seal() {
  num_in_seal_ = std::exchange(num_open_, 0);
  const std::vector<std::uint8_t> room(seal_bytes(num_in_seal_));
  avio_write(file_.io(), room.data(), static_cast<int>(room.size()));
}

void Muxer::write_sealed() {
  std::vector<std::uint8_t> bytes = take();
  const std::size_t index_at = seal_bytes(num_in_seal_);
  const auto size_at = [&](std::size_t at) {
    ATOLL_CHECK(at + 8 <= bytes.size(), "the MP4 muxer wrote {} bytes, expected a box at {}", bytes.size(), at);
    return static_cast<std::size_t>(big_endian(bytes, at, 4));
  };
  const std::size_t data_at = index_at + size_at(index_at);
  const std::size_t data_end = data_at + size_at(data_at);
  const std::span<const std::uint8_t> index = std::span(bytes).subspan(index_at, data_at - index_at);
  Seal seal{.first_picture = num_written_, .index_crc = datasets::crc32_of(index), .picture_crcs = {}};
  std::size_t at = data_at + 8;
  for (const std::uint32_t size : picture_sizes(index, file_.path().string())) {
    ATOLL_CHECK(at + size <= data_end && data_end <= bytes.size(),
                "the MP4 muxer wrote {} bytes of a picture at {} of {}", size, at, data_end);
    seal.picture_crcs.push_back(datasets::crc32_of(std::span(bytes).subspan(at, size)));
    at += size;
  }
  ATOLL_CHECK(seal.picture_crcs.size() == num_in_seal_ && at == data_end && data_end == bytes.size(),
              "the MP4 muxer wrote {} pictures up to {}, expected {} up to {}", seal.picture_crcs.size(), at,
              num_in_seal_, data_end);
  const std::vector<std::uint8_t> box = encode(seal);
  std::copy(box.begin(), box.end(), bytes.begin());
  num_written_ += num_in_seal_;
  num_in_seal_ = 0;
  file_.write(bytes);
}

void Muxer::close() {
  end_fragment();
  if (options_.fragmented) file_.write(encode(Seal{.first_picture = num_written_, .picture_crcs = {}}));
  check_av(av_write_trailer(muxer_.get()), "complete", file_.path());
  if (options_.fragmented) file_.write(take());
  file_.close();
}

}  // namespace atl::video
