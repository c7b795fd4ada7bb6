#include "capture/audio_ring.h"

namespace atl::capture {
namespace {

constexpr std::uint32_t kBytes = 1 << 20;  // a power of two; five seconds of 48,000 Hz and two channels

}  // namespace

AudioRing::AudioRing(AudioFormat format) : format_(format), bytes_(kBytes) { spa_ringbuffer_init(&ring_); }

void AudioRing::put(Timestamp time, std::span<const std::int16_t> samples, std::int64_t num_missing) {
  missing_ += num_missing;
  std::uint32_t at = 0;
  const std::int32_t filled = spa_ringbuffer_get_write_index(&ring_, &at);
  const auto size = static_cast<std::uint32_t>(samples.size_bytes());
  if (filled < 0 || static_cast<std::uint32_t>(filled) + sizeof(Header) + size > kBytes) {
    refused_ += static_cast<std::int64_t>(samples.size()) / format_.num_channels;
    return;
  }
  const Header header{to_ns(time), static_cast<std::int64_t>(samples.size()), missing_, refused_};
  spa_ringbuffer_write_data(&ring_, bytes_.data(), kBytes, at % kBytes, &header, sizeof header);
  at += sizeof header;
  spa_ringbuffer_write_data(&ring_, bytes_.data(), kBytes, at % kBytes, samples.data(), size);
  spa_ringbuffer_write_update(&ring_, static_cast<std::int32_t>(at + size));
  missing_ = refused_ = 0;
}

bool AudioRing::take(AudioBlock& block, std::uint64_t& num_lost) {
  std::uint32_t at = 0;
  if (spa_ringbuffer_get_read_index(&ring_, &at) < static_cast<std::int32_t>(sizeof(Header))) return false;
  Header header;
  spa_ringbuffer_read_data(&ring_, bytes_.data(), kBytes, at % kBytes, &header, sizeof header);
  at += sizeof header;
  block.time = from_ns(header.time_ns);
  block.format = format_;
  block.samples.resize(static_cast<std::size_t>(header.num_values));
  const auto size = static_cast<std::uint32_t>(block.samples.size() * sizeof(std::int16_t));
  spa_ringbuffer_read_data(&ring_, bytes_.data(), kBytes, at % kBytes, block.samples.data(), size);
  spa_ringbuffer_read_update(&ring_, static_cast<std::int32_t>(at + size));
  block.lost = header.num_refused > 0   ? "the recorder was behind"
               : header.num_missing > 0 ? "the sound server left some out"
                                        : "";
  num_lost += static_cast<std::uint64_t>(header.num_missing + header.num_refused);
  return true;
}

bool AudioRing::is_empty() const {
  std::uint32_t at = 0;
  return spa_ringbuffer_get_read_index(&ring_, &at) <= 0;
}

}  // namespace atl::capture
