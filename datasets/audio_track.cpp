#include "datasets/audio_track.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace atl::datasets {
namespace {

constexpr Duration kEntry = std::chrono::milliseconds(100);  // an entry lasts about as long
// A block's time may differ by so much from the end of the one before without a word: the jitter of a sound server.
constexpr Duration kJitter = std::chrono::milliseconds(5);
// audio.mp4's times follow the clock when they are off by so much, which nobody hears.
constexpr Duration kSlip = std::chrono::milliseconds(2);

}  // namespace

void AudioTrack::add(const AudioBlock& block, std::optional<Timestamp> begin) {
  if (block.samples.empty()) {
    stop(block.time, {}, block.lost);
    return;
  }
  if (!writer_) {
    format_ = block.format;
    writer_ = create_(path_, format_);
  }
  ATOLL_CHECK(block.format == format_, "sound of {} Hz and {} channels, before it {} and {}", block.format.rate_hz,
              block.format.num_channels, format_.rate_hz, format_.num_channels);
  const Duration gap = end_ ? block.time - *end_ : Duration{};
  if (!block.lost.empty()) {
    stop(end_.value_or(block.time), std::max(gap, Duration{}), block.lost);
  } else if (gap > kJitter || gap < -kJitter) {
    flush();
    tell(AudioKind::kStep, std::min(block.time, *end_), gap, "the clock of the sound server stepped");
  }
  if (begin) axis_begin_ = begin;
  if (!axis_begin_) axis_begin_ = block.time;
  if (waiting_.samples.empty()) waiting_ = {.time = block.time, .format = format_, .samples = {}, .lost = {}};
  waiting_.samples.insert(waiting_.samples.end(), block.samples.begin(), block.samples.end());
  end_ = block.end();
  is_silent_ = false;
  if (waiting_.end() - waiting_.time >= kEntry) flush();
}

std::int64_t AudioTrack::place_of(Timestamp time) const {
  const std::int64_t wanted = std::max<std::int64_t>(0, num_samples_in(time - *axis_begin_, format_));
  if (next_pts_ < 0) return wanted;
  if (!follows_) return std::max(wanted, next_pts_);
  const std::int64_t slip = num_samples_in(kSlip, format_);
  if (std::abs(wanted - next_pts_) <= slip) return next_pts_;
  return std::max(wanted, next_pts_ - kMaxAudioStep);
}

void AudioTrack::flush() {
  if (waiting_.samples.empty()) return;
  const std::int64_t count = waiting_.num_samples();
  const std::int64_t pts = place_of(waiting_.time);
  if (writer_->write(waiting_.samples, pts)) {
    put_({.kind = AudioKind::kSamples,
          .time = waiting_.time,
          .first = next_sample_,
          .count = static_cast<std::uint64_t>(count),
          .rate_hz = format_.rate_hz,
          .num_channels = format_.num_channels,
          .pts = pts,
          .hash = hash_samples(waiting_.samples)});
    next_sample_ += static_cast<std::uint64_t>(count);
    next_pts_ = pts + count;
    follows_ = true;
    seconds_ += to_seconds(duration_of(count, format_));
  } else {
    tell(AudioKind::kLost, waiting_.time, duration_of(count, format_), "the encoder was behind");
    follows_ = false;
  }
  waiting_.samples.clear();
}

// Sound is missing from `time` on. Where it is told when it begins and again when it is over, it is one loss.
void AudioTrack::stop(Timestamp time, Duration length, const std::string& why) {
  flush();
  if (!end_ && is_silent_) return;
  tell(AudioKind::kLost, time, length, why.empty() ? "no sound came" : why);
  end_.reset();
  follows_ = false;
  is_silent_ = true;
}

void AudioTrack::tell(AudioKind kind, Timestamp time, Duration length, const std::string& why) {
  if (kind == AudioKind::kLost) ++num_losses_;
  put_({.kind = kind, .time = time, .length_ns = length.count(), .reason = why});
}

void AudioTrack::end_episode() {
  flush();
  end_.reset();
  follows_ = is_silent_ = false;
}

void AudioTrack::close() {
  if (writer_) writer_->close();
}

std::int64_t AudioTrack::end_us() const {
  return next_pts_ < 0 || !writer_ ? -1 : duration_of(next_pts_, format_).count() / 1000;
}

}  // namespace atl::datasets
