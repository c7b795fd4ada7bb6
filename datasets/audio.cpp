#include "datasets/audio.h"

#include "core/error.h"

#include <algorithm>

namespace atl::datasets {

bool AudioCursor::read(std::uint64_t first, std::uint64_t count, std::vector<std::int16_t>& samples) {
  ATOLL_CHECK(first >= piece_first_, "sample {} asked for after {}: a cursor goes forward", first, piece_first_);
  const auto channels = static_cast<std::uint64_t>(format().num_channels);
  samples.clear();
  for (std::uint64_t at = first; at < first + count;) {
    const std::uint64_t end = piece_first_ + piece_.samples.size() / channels;
    if (at >= end) {
      piece_first_ = end;
      piece_.samples.clear();
      if (!reader_->next(piece_)) return false;
      continue;
    }
    const std::uint64_t until = std::min(end, first + count);
    const auto begin = piece_.samples.begin() - static_cast<std::ptrdiff_t>(piece_first_ * channels);
    samples.insert(samples.end(), begin + static_cast<std::ptrdiff_t>(at * channels),
                   begin + static_cast<std::ptrdiff_t>(until * channels));
    at = until;
  }
  return true;
}

AudioEnd AudioCursor::find_end() {
  const auto channels = static_cast<std::uint64_t>(format().num_channels);
  AudioEnd end;
  do {
    const std::uint64_t count = piece_.samples.size() / channels;
    piece_first_ += count;
    if (count > 0) end.pts = piece_.pts + static_cast<std::int64_t>(count);
    piece_.samples.clear();
  } while (reader_->next(piece_));
  end.num_samples = piece_first_;
  return end;
}

std::optional<AudioEnd> find_audio_end(const std::filesystem::path& path, const AudioReaderFactory& open) {
  if (!open || !std::filesystem::exists(path)) return std::nullopt;
  return AudioCursor(open(path)).find_end();
}

}  // namespace atl::datasets
