// Copies pictures into a block of examples past the processor's caches: a block is larger than they are and is read
// much later. The plain way would first read what lies at the target, and put out what else is in the caches.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace atl::trainer {

/// Copies all of `from` to `to`, which does not overlap it. Seen by other threads once they synchronise, as any store.
inline void copy_to_memory(std::span<const std::uint8_t> from, std::uint8_t* to) {
#ifdef __SSE2__
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kPart = sizeof(__m128i);
  if (reinterpret_cast<std::uintptr_t>(to) % kPart == 0) {
    std::size_t at = 0;
    for (; at + kLine <= from.size(); at += kLine) {
      __m128i parts[kLine / kPart];
      for (std::size_t i = 0; i < kLine / kPart; ++i)
        parts[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from.data() + at + i * kPart));
      for (std::size_t i = 0; i < kLine / kPart; ++i)
        _mm_stream_si128(reinterpret_cast<__m128i*>(to + at + i * kPart), parts[i]);
    }
    _mm_sfence();
    from = from.subspan(at);
    to += at;
  }
#endif
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

}  // namespace atl::trainer
