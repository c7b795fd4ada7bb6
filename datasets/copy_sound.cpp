#include "datasets/copy_sound.h"

#include "core/error.h"

#include <algorithm>

namespace atl::datasets {

std::int64_t end_of_sound_us(const std::vector<AudioEntry>& entries) {
  std::int64_t end_us = -1;
  for (const AudioEntry& entry : entries) {
    if (entry.kind != AudioKind::kSamples) continue;
    const AudioFormat format{entry.rate_hz, entry.num_channels};
    end_us = duration_of(entry.pts + static_cast<std::int64_t>(entry.count), format).count() / 1000;
  }
  return end_us;
}

void SoundCopier::begin(const std::filesystem::path& source) {
  source_ = source / kAudioFile;
  cursor_.reset();
  offset_.reset();
  source_next_ = 0;
}

void SoundCopier::copy(AudioEntry& entry, std::optional<std::int64_t> shift_us) {
  const AudioFormat format{entry.rate_hz, entry.num_channels};
  read(entry, format);
  if (!writer_) writer_ = files_.create(path_, format_ = format);
  if (format != format_)
    fail(ErrorKind::kContract,
         "the sound of {} has {} Hz and {} channels, that of those before it {} and {}; keep the recordings together "
         "in a dataset (.toml) instead",
         source_.string(), format.rate_hz, format.num_channels, format_.rate_hz, format_.num_channels);
  if (shift_us)
    offset_ = num_samples_in(std::chrono::microseconds(*shift_us), format);
  else if (!offset_)
    offset_ = next_pts_ - entry.pts + (next_pts_ > 0 ? format.rate_hz : 0);
  const bool follows = entry.first == source_next_;
  source_next_ = entry.first + entry.count;
  const std::int64_t earliest = std::max<std::int64_t>(0, next_pts_ - (follows ? kMaxAudioStep : 0));
  entry.pts = std::max(entry.pts + *offset_, earliest);
  entry.first = num_samples_;
  ATOLL_CHECK(writer_->write(samples_, entry.pts), "a writer of sound without a queue left samples out");
  num_samples_ += entry.count;
  next_pts_ = entry.pts + static_cast<std::int64_t>(entry.count);
}

void SoundCopier::read(const AudioEntry& entry, const AudioFormat& format) {
  if (!files_.open || !files_.create)
    fail(ErrorKind::kUsage, "{} has sound, which this build cannot copy: configure with -DATOLL_DESKTOP=ON",
         source_.parent_path().string());
  if (!cursor_) cursor_.emplace(files_.open(source_));
  const bool is_there = cursor_->format() == format && cursor_->read(entry.first, entry.count, samples_) &&
                        hash_samples(samples_) == entry.hash;
  if (!is_there)
    fail(ErrorKind::kFormat,
         "{} does not hold the samples from number {} on that were recorded; `atoll check` says more", source_.string(),
         entry.first);
}

void SoundCopier::close() {
  if (writer_) writer_->close();
}

}  // namespace atl::datasets
