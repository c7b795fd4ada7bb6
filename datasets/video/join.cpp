#include "datasets/video/join.h"

#include "core/error.h"
#include "datasets/video/encoded_track.h"
#include "datasets/video/libav.h"
#include "datasets/video/muxer.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <algorithm>
#include <memory>

namespace atl::video {
namespace {

void require_same(const AVCodecParameters& first, const AVCodecParameters& other, const std::filesystem::path& source) {
  const bool is_same = first.width == other.width && first.height == other.height &&
                       first.extradata_size == other.extradata_size &&
                       std::equal(first.extradata, first.extradata + first.extradata_size, other.extradata);
  if (!is_same)
    fail(ErrorKind::kContract,
         "the video {} has another size or was encoded with other settings than those before it; keep the recordings "
         "together in a dataset (.toml) instead",
         source.string());
}

std::vector<std::int64_t> keyframes(const std::filesystem::path& source) {
  quiet_libav();
  const EncodedTrack video(source);
  std::vector<std::int64_t> times_us;
  for (std::size_t i = 0; i < video.packets().size(); ++i)
    if (video.packets()[i].is_key) times_us.push_back(video.times()[i]);
  return times_us;
}

// The pictures of one cut; each is proven by its checksum before it gets a new one.
void copy(const EncodedTrack& video, const datasets::VideoCut& cut, Muxer& out) {
  const LibavPtr<AVPacket> packet = make_av_packet();
  const std::span<const std::int64_t> times = video.times();
  const auto first =
      static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), cut.first_us) - times.begin());
  if (times.size() - first < cut.count)
    fail(ErrorKind::kFormat, "video {} ends after {} of {} pictures from {} us on", cut.source.string(),
         times.size() - first, cut.count, cut.first_us);
  if (cut.count > 0 && (times[first] != cut.first_us || times[first + cut.count - 1] != cut.last_us))
    fail(ErrorKind::kFormat,
         "video {}: the {} pictures from {} us on reach to {} us, expected {} us: it holds pictures that its recording "
         "does not know, as after a repair, and cannot be copied in parts",
         cut.source.string(), cut.count, times[first], times[first + cut.count - 1], cut.last_us);
  for (std::size_t i = first; i < first + cut.count; ++i) {
    video.read(i, *packet);
    packet->pts = packet->dts = times[i] + cut.shift_us;  // there are no B-frames
    packet->duration = 1;                                 // as datasets/video/h264_writer.cpp says
    out.write(*packet);
  }
}

void join(const std::filesystem::path& out, std::span<const datasets::VideoCut> cuts) {
  quiet_libav();
  std::unique_ptr<EncodedTrack> video;
  std::unique_ptr<Muxer> muxer;
  for (const datasets::VideoCut& cut : cuts) {
    if (video == nullptr || video->path() != cut.source) video = std::make_unique<EncodedTrack>(cut.source);
    if (muxer == nullptr) muxer = std::make_unique<Muxer>(out, video->parameters(), MuxerOptions{});
    require_same(muxer->parameters(), video->parameters(), cut.source);
    copy(*video, cut, *muxer);
  }
  if (muxer != nullptr) muxer->close();
}

}  // namespace

datasets::VideoJoiner video_joiner() { return {keyframes, join}; }

}  // namespace atl::video
