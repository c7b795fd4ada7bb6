// BGRA to 4:2:0 in one pass: what each picture of a recording goes through. The same bytes on every machine: whole
// numbers only. Three times as fast as swscale's exact way.
#pragma once

#include "core/frame.h"

#include <cstddef>
#include <cstdint>

namespace atl::video {

/// Three planes that the caller owns: luma [height, luma_stride], blue and red difference [height / 2, chroma_stride].
struct Planes420 {
  std::uint8_t* luma = nullptr;
  std::uint8_t* blue = nullptr;
  std::uint8_t* red = nullptr;
  std::ptrdiff_t luma_stride = 0;
  std::ptrdiff_t chroma_stride = 0;
};

/// Full-range BGRA to BT.709 limited range (16..235; ITU-R BT.709-6, 3.2 to 3.5), each byte rounded to the nearest;
/// chroma is the mean of its 2x2 pixels, taken before rounding. Both sides must be even.
void convert_bgra_to_420(ImageView image, const Planes420& planes);

}  // namespace atl::video
